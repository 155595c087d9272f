/** What each key and click on a finding does to the content. Pure: content in, content out. */
import { type Answer, type Content, type FindingRule, PLAIN, type Side, type State } from "./content";
import { below, carried } from "./tree";

export const UNSAID: Answer = { ...PLAIN, state: "absent" };

/** The answer as it counts: what was said, or absent after "no finding"; null when nothing was said. */
export function answerOf(content: Content, finding: number): Answer | null {
  return content.findings[finding] ?? (content.no_finding ? UNSAID : null);
}

/** Say this state, and what it says of the findings above and below. Absent takes marks and answers about parts along. */
export function mark(content: Content, finding: FindingRule, state: State, all: readonly FindingRule[]): Content {
  const spoken = spelledOut(content, all);
  const before = spoken.findings[finding.id];
  const answer: Answer = {
    ...(before ?? PLAIN),
    state,
    all_marked: state === "present" ? (before?.all_marked ?? null) : null,
    grade: state === "present" ? (before?.grade ?? null) : null,
    laterality: state === "absent" ? "" : (before?.laterality ?? ""),
    suggestion: reconsidered(before, state),
  };
  const regions = state === "present" ? spoken.regions : without(spoken, finding.id);
  const levels = state === "absent" ? spoken.levels.filter((one) => one.finding_id !== finding.id || one.state === "absent") : spoken.levels;
  return carried({ ...spoken, regions, levels, findings: { ...spoken.findings, [finding.id]: answer } }, finding, state, all);
}

/** Take the answer back: the finding counts as not assessed again. */
export function unmark(content: Content, finding: FindingRule, all: readonly FindingRule[]): Content {
  const spoken = spelledOut(content, all);
  const { [String(finding.id)]: _, ...findings } = spoken.findings;
  const levels = spoken.levels.filter((one) => one.finding_id !== finding.id);
  return { ...spoken, findings, levels, regions: without(spoken, finding.id) };
}

/** The finding's own key: present, and not said at the second press; a graded finding goes up a grade at each press. */
export function press(content: Content, finding: FindingRule, all: readonly FindingRule[]): Content {
  const answer = answerOf(content, finding.id);
  if (answer?.state !== "present") {
    const marked = mark(content, finding, "present", all);
    return finding.grades.length ? setGrade(marked, finding, 0) : marked;
  }
  const next = (answer.grade ?? -1) + 1;
  return next < finding.grades.length ? setGrade(content, finding, next) : unmark(content, finding, all);
}

/** Toggle absent or equivocal (shift and alt with the finding's key). */
export function toggle(content: Content, finding: FindingRule, state: State, all: readonly FindingRule[]): Content {
  const isSaid = answerOf(content, finding.id)?.state === state && !content.no_finding;
  return isSaid ? unmark(content, finding, all) : mark(content, finding, state, all);
}

export function setGrade(content: Content, finding: FindingRule, grade: number | null): Content {
  return changed(content, finding.id, { grade });
}

export function setSide(content: Content, finding: FindingRule, laterality: Side): Content {
  return changed(content, finding.id, { laterality });
}

/** Everything not said yet is absent; what holds a finding that is there follows that finding. */
export function restAbsent(content: Content, all: readonly FindingRule[]): Content {
  const rest = all.filter((finding) => !content.findings[finding.id]);
  const answers = rest.map((finding) => [finding.id, { ...UNSAID, state: strongest(content, below(finding, all)) }]);
  return { ...content, findings: { ...content.findings, ...Object.fromEntries(answers) }, not_assessable: null };
}

function strongest(content: Content, findings: readonly FindingRule[]): State {
  const said = new Set(findings.map((one) => content.findings[one.id]?.state));
  return said.has("present") ? "present" : said.has("equivocal") ? "equivocal" : "absent";
}

/** Nothing abnormal on this case; said again, it is taken back. Rejections of suggestions stay on record. */
export function noFinding(content: Content): Content {
  if (content.no_finding) return { ...content, no_finding: false };
  const kept = Object.entries(content.findings).filter(([, answer]) => answer.state === "absent");
  const levels = content.levels.filter((level) => level.state === "absent");
  return { ...content, findings: Object.fromEntries(kept), levels, regions: [], not_assessable: null, no_finding: true };
}

export function notAssessable(content: Content, reason: string): Content {
  return { ...content, findings: {}, levels: [], regions: [], no_finding: false, not_assessable: { reason: reason.trim() } };
}

/** A finding present, equivocal or absent contradicts "no finding" and "not assessable": what those said is spelled out. */
export function spelledOut(content: Content, all: readonly FindingRule[]): Content {
  const spoken = content.no_finding ? restAbsent(content, all) : content;
  return { ...spoken, no_finding: false, not_assessable: null };
}

/** An accepted suggestion that is changed afterwards was corrected, or rejected when its opposite is said. */
export function reconsidered(before: Answer | undefined, state: State): Answer["suggestion"] {
  if (!before?.suggestion || before.state === state) return before?.suggestion ?? null;
  return { ...before.suggestion, act: state === "equivocal" ? "corrected" : opposite(before.suggestion.act) };
}

function opposite(act: "accepted" | "rejected" | "corrected"): "accepted" | "rejected" | "corrected" {
  if (act === "corrected") return act;
  return act === "rejected" ? "accepted" : "rejected";
}

function changed(content: Content, finding: number, change: Partial<Answer>): Content {
  const before = content.findings[finding];
  if (!before) return content;
  const suggestion = before.suggestion?.act === "accepted" ? { ...before.suggestion, act: "corrected" as const } : before.suggestion;
  return { ...content, findings: { ...content.findings, [finding]: { ...before, suggestion, ...change } } };
}

function without(content: Content, finding: number): Content["regions"] {
  return content.regions.filter((region) => region.finding_id !== finding);
}
