/** Contents and states in words: for the conflict dialog, the live region and the save line. Pure. */
import type { CaseFinding } from "../api/readings";
import { answerOf } from "./answers";
import type { Autosave } from "./autosave";
import type { Answer, Content, Region, Side } from "./content";
import type { RegionKind } from "./geometry";
import { isInWorld } from "./regions";

const SIDES: Record<Side, string> = { "": "", left: "left", right: "right", both: "both sides" };

export const NAMES: Record<RegionKind, string> = {
  box: "box", polygon: "outline", ellipse: "ellipse", point: "point", length: "length", bidirectional: "two diameters",
  box3d: "3-D box", mask: "mask",
};

export function answerInWords(answer: Answer | null, finding: Pick<CaseFinding, "grades">): string {
  if (!answer) return "not assessed";
  const grade = answer.grade === null ? "" : finding.grades[answer.grade];
  return [answer.state, grade, SIDES[answer.laterality]].filter(Boolean).join(", ");
}

export interface Difference {
  what: string;
  mine: string;
  theirs: string;
  differs: boolean;
}

/** Both versions line by line. */
export function compared(mine: Content, theirs: Content, findings: readonly CaseFinding[]): Difference[] {
  const rows = findings.map((finding) => row(finding.name, (content) => findingInWords(content, finding), mine, theirs));
  return [
    ...rows,
    row("No finding", (content) => (content.no_finding ? "yes" : "no"), mine, theirs),
    row("Not assessable", (content) => content.not_assessable?.reason ?? "no", mine, theirs),
    row("Comment", (content) => content.comment || "none", mine, theirs),
  ];
}

function row(what: string, say: (content: Content) => string, mine: Content, theirs: Content): Difference {
  return { what, mine: say(mine), theirs: say(theirs), differs: say(mine) !== say(theirs) };
}

function findingInWords(content: Content, finding: CaseFinding): string {
  const boxes = content.regions.filter((region) => region.finding_id === finding.id);
  const places = boxes.map(markInWords);
  return [answerInWords(answerOf(content, finding.id), finding), ...places].join("; ");
}

/** A mark in the fewest words that tell it from another: a box by its place, others by their kind and first point. */
function markInWords(region: Region): string {
  if (isInWorld(region)) return `${NAMES[region.kind]} on a plane`;
  const g = region.geometry;
  if ("w" in g) return `${NAMES[region.kind]} at ${Math.round(g.x)}, ${Math.round(g.y)}, ${Math.round(g.w)} × ${Math.round(g.h)}`;
  if ("rle" in g) return "mask";
  const [x, y] = "points" in g ? (g.points[0] ?? [0, 0]) : "cx" in g ? [g.cx, g.cy] : "long" in g ? g.long.a : "a" in g ? g.a : [g.x, g.y];
  return `${NAMES[region.kind]} at ${Math.round(x)}, ${Math.round(y)}`;
}

export function probabilityInWords(probability: number, calibrated: boolean): string {
  return calibrated ? `${Math.round(100 * probability)} %` : `score ${probability.toFixed(2)}, not calibrated`;
}

export function saveInWords(state: Autosave): string {
  switch (state.phase) {
    case "idle":
      return state.savedAt === null ? "Nothing to save yet" : `Saved ${clock(state.savedAt)}`;
    case "waiting":
    case "sending":
      return "Saving…";
    case "retrying":
      return `Not saved: ${state.refusal}; trying again`;
    case "conflict":
      return "Not saved: changed elsewhere";
    case "refused":
      return `Not saved: ${state.refusal}`;
  }
}

export function clock(at: number): string {
  return new Date(at).toLocaleTimeString(undefined, { hour: "2-digit", minute: "2-digit", second: "2-digit" });
}

/** Slices by number, runs of neighbours joined: `slices 3, 8–12`; empty for none. */
export function slicesInWords(numbers: readonly number[]): string {
  const runs: [number, number][] = [];
  for (const number of [...new Set(numbers)].sort((a, b) => a - b)) {
    const last = runs.at(-1);
    if (last && number === last[1] + 1) last[1] = number;
    else runs.push([number, number]);
  }
  const told = runs.map(([first, last]) => (first === last ? `${first}` : `${first}–${last}`)).join(", ");
  return told && `${runs.length === 1 && runs[0]?.[0] === runs[0]?.[1] ? "slice" : "slices"} ${told}`;
}
