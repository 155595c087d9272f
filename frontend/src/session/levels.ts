/** Answers about one series or one image, beside the study's. What is there on a part is there on the study. Pure. */
import { mark } from "./answers";
import type { Answer, Content, FindingRule, Level, Side, State } from "./content";

/** What an answer is about. */
export type Where =
  | { readonly is: "study" }
  | { readonly is: "series"; readonly series_id: number }
  | { readonly is: "image"; readonly instance_id: number; readonly frame: number };

export const STUDY: Where = { is: "study" };
type All = readonly FindingRule[];
type Part = Exclude<Where, { is: "study" }>;

const placeOf = (where: Part): Pick<Level, "series_id" | "instance_id" | "frame"> =>
  where.is === "series"
    ? { series_id: where.series_id, instance_id: null, frame: 0 }
    : { series_id: null, instance_id: where.instance_id, frame: where.frame };

const isAt = (level: Level, finding: number, where: Part): boolean => {
  const { series_id, instance_id, frame } = placeOf(where);
  return level.finding_id === finding && level.series_id === series_id && level.instance_id === instance_id && level.frame === frame;
};

export function levelOf(content: Content, finding: number, where: Part): Level | null {
  return content.levels.find((level) => isAt(level, finding, where)) ?? null;
}

/** How many parts of the study have an answer of their own for this finding. */
export const partsOf = (content: Content, finding: number): number =>
  content.levels.filter((level) => level.finding_id === finding).length;

/** Say this state of the part. Present there is present on the study; the reverse says nothing about other parts. */
export function markAt(content: Content, finding: FindingRule, where: Part, state: State, all: All): Content {
  const isThere = content.findings[finding.id]?.state === "present";
  const base = state === "present" && !isThere ? mark(content, finding, "present", all) : spoken(content, state, all);
  const before = levelOf(base, finding.id, where);
  const level: Level = {
    finding_id: finding.id, ...placeOf(where), state, grade: state === "present" ? (before?.grade ?? null) : null,
    laterality: state === "absent" ? "" : (before?.laterality ?? ""), note: before?.note ?? "",
  };
  return { ...base, levels: [...base.levels.filter((one) => !isAt(one, finding.id, where)), level] };
}

/** "No finding" and "not assessable" speak of the whole study: an answer about a part ends the latter. */
function spoken(content: Content, state: State, all: All): Content {
  if (state === "absent") return { ...content, not_assessable: null };
  const rest = content.no_finding ? all.filter((one) => !content.findings[one.id]) : [];
  const absent: Answer = { state: "absent", grade: null, laterality: "", location: "", note: "", all_marked: null, suggestion: null };
  const findings = { ...content.findings, ...Object.fromEntries(rest.map((one) => [one.id, absent])) };
  return { ...content, findings, no_finding: false, not_assessable: null };
}

export function unmarkAt(content: Content, finding: FindingRule, where: Part): Content {
  return { ...content, levels: content.levels.filter((level) => !isAt(level, finding.id, where)) };
}

export function toggleAt(content: Content, finding: FindingRule, where: Part, state: State, all: All): Content {
  const isSaid = levelOf(content, finding.id, where)?.state === state;
  return isSaid ? unmarkAt(content, finding, where) : markAt(content, finding, where, state, all);
}

/** The finding's own key: present, then up the grades, then not said. */
export function pressAt(content: Content, finding: FindingRule, where: Part, all: All): Content {
  const level = levelOf(content, finding.id, where);
  if (level?.state !== "present") {
    const marked = markAt(content, finding, where, "present", all);
    return finding.grades.length ? changeAt(marked, finding.id, where, { grade: 0 }) : marked;
  }
  const next = (level.grade ?? -1) + 1;
  return next < finding.grades.length
    ? changeAt(content, finding.id, where, { grade: next })
    : unmarkAt(content, finding, where);
}

export function changeAt(
  content: Content, finding: number, where: Part, change: { grade?: number | null; laterality?: Side; note?: string },
): Content {
  const levels = content.levels.map((level) => (isAt(level, finding, where) ? { ...level, ...change } : level));
  return { ...content, levels };
}
