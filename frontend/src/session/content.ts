/** What a reader says about a case: the same shape as the server's Content, always complete, never changed in place. */
import type { Shape } from "../api/client";

export type State = Shape["FindingAnswer"]["state"];
export type Side = NonNullable<Shape["FindingAnswer"]["laterality"]>;
export type Act = Shape["SuggestionAct"];

export interface Answer {
  readonly state: State;
  readonly grade: number | null;
  readonly laterality: Side;
  readonly suggestion: Act | null;
}

/** Image pixels; 0 is the centre of the first pixel, x and y are the left and top edges. */
export interface Box {
  readonly x: number;
  readonly y: number;
  readonly w: number;
  readonly h: number;
}

export interface Region {
  readonly track: string;
  readonly finding_id: number;
  readonly instance_id: number;
  readonly frame: number;
  readonly kind: "box";
  readonly geometry: Box;
  readonly laterality: Side;
  readonly suggestion: Act | null;
}

export interface Content {
  readonly findings: Readonly<Record<string, Answer>>;
  readonly regions: readonly Region[];
  readonly not_assessable: { readonly reason: string } | null;
  readonly no_finding: boolean;
  readonly comment: string;
}

/** Of a finding, what the rules here need. */
export interface FindingRule {
  readonly id: number;
  readonly grades: readonly string[];
  readonly has_laterality?: boolean;
}

export const EMPTY: Content = { findings: {}, regions: [], not_assessable: null, no_finding: false, comment: "" };

/** A draft as the server keeps it ({} at first), completed. */
export function fromDraft(draft: Partial<Content> | null | undefined): Content {
  return { ...EMPTY, ...(draft ?? {}) };
}

export function isEmpty(content: Content): boolean {
  const { findings, regions, not_assessable, no_finding } = content;
  return !Object.keys(findings).length && !regions.length && !not_assessable && !no_finding;
}

/** Equal content has equal text, whatever order it was made or sent in. */
export function textOf(content: Content): string {
  return JSON.stringify(sorted(fromDraft(content)));
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, inner]) => [key, sorted(inner)]));
}
