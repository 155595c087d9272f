/** What a reader says about a case: the same shape as the server's Content, always complete, never changed in place. */
import type { Shape } from "../api/client";
import type { Link } from "./links";
import type { Region } from "./regions";

export type { Box } from "./geometry";
export type { BoxRegion, ImageRegion, Region, WorldRegion } from "./regions";

export type State = Shape["FindingAnswer"]["state"];
export type Side = NonNullable<Shape["FindingAnswer"]["laterality"]>;
export type Act = Shape["SuggestionAct"];

export interface Answer {
  readonly state: State;
  readonly grade: number | null;
  readonly laterality: Side;
  readonly location: string;
  readonly note: string;
  /** Whether every instance of the finding is marked; null while the reader has not said. */
  readonly all_marked: boolean | null;
  readonly suggestion: Act | null;
}

/** A finding on one series, or on one image (frame) of it: exactly one of series_id and instance_id. */
export interface Level {
  readonly finding_id: number;
  readonly series_id: number | null;
  readonly instance_id: number | null;
  readonly frame: number;
  readonly state: State;
  readonly grade: number | null;
  readonly laterality: Side;
  readonly note: string;
}

export interface Content {
  readonly findings: Readonly<Record<string, Answer>>;
  readonly levels: readonly Level[];
  readonly regions: readonly Region[];
  readonly links: readonly Link[];
  readonly not_assessable: { readonly reason: string } | null;
  readonly no_finding: boolean;
  readonly comment: string;
}

/** Of a finding, what the rules here need. */
export interface FindingRule {
  readonly id: number;
  readonly grades: readonly string[];
  readonly has_laterality?: boolean;
  readonly parent?: number | null;
}

export const EMPTY: Content = {
  findings: {}, levels: [], regions: [], links: [], not_assessable: null, no_finding: false, comment: "",
};

/** What an answer says beside its state, until something is said. */
export const PLAIN = { grade: null, laterality: "", location: "", note: "", all_marked: null, suggestion: null } as const;

/** What a mark says beside its geometry, until something is said. */
export const PLAIN_MARK = {
  frame: 0, series_id: null, laterality: "", grade: null, location: "", note: "", suggestion: null,
} as const;

const PLAIN_LEVEL = { series_id: null, instance_id: null, frame: 0, grade: null, laterality: "", note: "" } as const;

/** A draft as the server or an older page kept it ({} at first), completed. */
export function fromDraft(draft: Partial<Content> | null | undefined): Content {
  const whole = { ...EMPTY, ...(draft ?? {}) };
  const findings = Object.entries(whole.findings).map(([id, answer]) => [id, { ...PLAIN, ...answer }]);
  return {
    ...whole,
    findings: Object.fromEntries(findings),
    levels: whole.levels.map((level) => ({ ...PLAIN_LEVEL, ...level })),
    regions: whole.regions.map((region) => ({ ...PLAIN_MARK, ...region })),
  };
}

export function isEmpty(content: Content): boolean {
  const { findings, levels, regions, not_assessable, no_finding } = content;
  return !Object.keys(findings).length && !levels.length && !regions.length && !not_assessable && !no_finding;
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
