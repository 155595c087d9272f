/** What a Submit is asked back: mirrors annotation/services/second_look.py, which decides. Pure. */
import type { Contradiction, Suggestion } from "../api/readings";
import { answerOf } from "./answers";
import type { Content } from "./content";

export const SURE = 0.95;

interface Asked {
  readonly mode: string;
  readonly content: Content;
  readonly suggestions: readonly Suggestion[] | null;
  readonly findings: readonly { id: number; code: string }[];
}

/** Whether the server may answer a Submit with a second look; what it may not is turned without waiting. */
export function mayBeAskedBack({ mode, content, suggestions, findings }: Asked): boolean {
  if (mode === "unaided" || content.not_assessable || !suggestions) return false;
  const sure = new Set(suggestions.filter((one) => one.calibrated && one.probability >= SURE).map((one) => one.finding));
  return findings.some(({ id, code }) => sure.has(code) && saysAbsent(content, id));
}

function saysAbsent(content: Content, finding: number): boolean {
  const isMarked = content.regions.some((region) => region.finding_id === finding);
  return !isMarked && answerOf(content, finding)?.state === "absent";
}

/** One line: which finding, how sure, and what each key does now. */
export function askedInWords(asked: readonly Contradiction[], nameOf: (finding: number) => string): string {
  const told = asked.map(({ finding_id, probability }) => `${percent(probability)} sure of ${nameOf(finding_id).toLowerCase()}`);
  const joined = told.length > 1 ? `${told.slice(0, -1).join(", ")} and ${told.at(-1)}` : told[0];
  return `The model is ${joined}; you say absent.`;
}

const percent = (probability: number): string => `${Math.min(99, Math.round(100 * probability))} %`;
