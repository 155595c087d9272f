/** Contents and states in words: for the conflict dialog, the live region and the save line. Pure. */
import type { CaseFinding } from "../api/readings";
import { answerOf } from "./answers";
import type { Autosave } from "./autosave";
import type { Answer, Content, Side } from "./content";

const SIDES: Record<Side, string> = { "": "", left: "left", right: "right", both: "both sides" };

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
  const places = boxes.map(({ geometry: g }) => `box at ${Math.round(g.x)}, ${Math.round(g.y)}, ${Math.round(g.w)} × ${Math.round(g.h)}`);
  return [answerInWords(answerOf(content, finding.id), finding), ...places].join("; ");
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
