/** The report beside the image, cut where marks begin and end. Pure; the pages' server-side twin is reports/pieces.py. */
import type { Shape } from "../api/client";

export type Marks = Shape["CaseReportMarks"];
export type Mention = Shape["CaseMention"];
export type Link = Shape["CaseLink"];

export interface Piece {
  readonly text: string;
  /** The innermost mention that holds it. */
  readonly mention: Mention | null;
  readonly link: Link | null;
  readonly isFirst: boolean;
}

const lengthOf = ({ start, end }: { start: number; end: number }): number => end - start;

/** Positions count code points, as the server does: an emoji is one of them and two of a JavaScript string. */
export function piecesOf(text: string, marks: Marks | null): Piece[] {
  const characters = [...text];
  const mentions = marks?.mentions ?? [];
  const links = marks?.links ?? [];
  const cuts = new Set([0, characters.length]);
  for (const { start, end } of [...mentions, ...links]) {
    cuts.add(Math.min(start, characters.length));
    cuts.add(Math.min(end, characters.length));
  }
  const edges = [...cuts].sort((a, b) => a - b);
  return edges.slice(0, -1).map((start, n) => {
    const end = edges[n + 1] as number;
    const holds = (mark: { start: number; end: number }): boolean => mark.start <= start && mark.end >= end;
    const mention = mentions.filter(holds).sort((a, b) => lengthOf(a) - lengthOf(b))[0] ?? null;
    return { text: characters.slice(start, end).join(""), mention, link: links.find(holds) ?? null, isFirst: mention?.start === start };
  });
}

/** How a mention looks: what it says, or that it does not count. */
export function lookOf(mention: Mention): "present" | "absent" | "equivocal" | "aside" {
  if (mention.context !== "asserted") return "aside";
  return mention.polarity === "uncertain" ? "equivocal" : mention.polarity;
}

export function isAbout(mention: Mention, code: string): boolean {
  return mention.codes.includes(code);
}
