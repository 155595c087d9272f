/** The report beside the image, cut where marks begin and end. Pure; the pages' server-side twin is reports/pieces.py. */
import type { Shape } from "../api/client";

export type Marks = Shape["CaseReportMarks"];
export type Mention = Shape["CaseMention"];
export type Link = Shape["CaseLink"];

/** A stretch of the text that is shown in a way of its own. */
export interface Stretch {
  readonly start: number;
  readonly end: number;
}

/** Where what the reader works on stands in the text. */
export interface Lit {
  /** Of the finding in hand, or of the links of the chosen mark. */
  readonly sentences: readonly Stretch[];
  readonly links: readonly (Stretch & { readonly track: string })[];
  /** Words picked for linking. */
  readonly picked: Stretch | null;
}

const UNLIT: Lit = { sentences: [], links: [], picked: null };

export interface Piece {
  readonly text: string;
  /** In characters from the beginning. */
  readonly start: number;
  /** Marks that these words are linked to. */
  readonly tracks: readonly string[];
  /** The first piece of a linked stretch carries the sign. */
  readonly beginsLink: boolean;
  readonly isLit: boolean;
  readonly isPicked: boolean;
  /** The innermost mention that holds it. */
  readonly mention: Mention | null;
  readonly link: Link | null;
  readonly isFirst: boolean;
}

const lengthOf = ({ start, end }: { start: number; end: number }): number => end - start;

/** Positions count code points, as the server does: an emoji is one of them and two of a JavaScript string. */
export function piecesOf(text: string, marks: Marks | null, lit: Lit = UNLIT): Piece[] {
  const characters = [...text];
  const mentions = marks?.mentions ?? [];
  const links = marks?.links ?? [];
  const cuts = new Set([0, characters.length]);
  const stretches = [...lit.sentences, ...lit.links, ...(lit.picked ? [lit.picked] : [])];
  for (const { start, end } of [...mentions, ...links, ...stretches]) {
    cuts.add(Math.min(start, characters.length));
    cuts.add(Math.min(end, characters.length));
  }
  const edges = [...cuts].sort((a, b) => a - b);
  return edges.slice(0, -1).map((start, n) => {
    const end = edges[n + 1] as number;
    const holds = (mark: Stretch): boolean => mark.start <= start && mark.end >= end;
    const mention = mentions.filter(holds).sort((a, b) => lengthOf(a) - lengthOf(b))[0] ?? null;
    const own = lit.links.filter(holds);
    return {
      text: characters.slice(start, end).join(""), start, mention, link: links.find(holds) ?? null, isFirst: mention?.start === start,
      tracks: [...new Set(own.map(({ track }) => track))], beginsLink: own.some((one) => one.start === start),
      isLit: lit.sentences.some(holds), isPicked: lit.picked !== null && holds(lit.picked),
    };
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

/** Sentences that speak of a finding. */
export function sentencesAbout(marks: Marks | null, code: string): Stretch[] {
  const about = (marks?.mentions ?? []).filter((one) => isAbout(one, code));
  return about.map(({ sentence_start, sentence_end }) => ({ start: sentence_start, end: sentence_end }));
}

/** The sentence around a place, as far as the marks know it; else its line. */
export function sentenceAround(text: string, marks: Marks | null, at: number): Stretch {
  const told = marks?.mentions.find((one) => one.sentence_start <= at && at < one.sentence_end);
  if (told) return { start: told.sentence_start, end: told.sentence_end };
  const characters = [...text];
  const next = characters.indexOf("\n", at);
  return { start: characters.lastIndexOf("\n", at - 1) + 1, end: next < 0 ? characters.length : next };
}

/** What a click into a sentence is about: the nearest mention in it that the form has a finding for. */
export function mentionAt(marks: Marks | null, at: number): Mention | null {
  const there = (marks?.mentions ?? []).filter((one) => one.sentence_start <= at && at < one.sentence_end && one.codes.length);
  const away = (one: Mention): number => (at < one.start ? one.start - at : at >= one.end ? at - one.end + 1 : 0);
  return there.sort((a, b) => away(a) - away(b))[0] ?? null;
}
