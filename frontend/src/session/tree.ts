/** Findings as a tree: what an answer says about those above and below, and where answers contradict each other. Pure. */
import { type Answer, type Content, type FindingRule, PLAIN, type State } from "./content";

type All = readonly FindingRule[];

export interface Row<F extends FindingRule> {
  readonly finding: F;
  readonly depth: number;
  readonly hasChildren: boolean;
}

const parentOf = (finding: FindingRule, all: All): FindingRule | null =>
  all.find((one) => one.id === (finding.parent ?? null)) ?? null;

/** From the parent up. A circle, which the server refuses, ends where it began. */
export function above(finding: FindingRule, all: All): FindingRule[] {
  const found: FindingRule[] = [];
  for (let one = parentOf(finding, all); one && one.id !== finding.id && !found.includes(one); one = parentOf(one, all)) found.push(one);
  return found;
}

/** All below it, of any depth. */
export function below(finding: FindingRule, all: All): FindingRule[] {
  return all.filter((one) => above(one, all).includes(finding));
}

/** Parents before their children, otherwise in the form's order; what lies below a folded finding is left out. */
export function rows<F extends FindingRule>(all: readonly F[], folded: ReadonlySet<number> = new Set()): Row<F>[] {
  const placed: Row<F>[] = [];
  const place = (finding: F, depth: number): void => {
    const children = all.filter((one) => one.parent === finding.id);
    placed.push({ finding, depth, hasChildren: children.length > 0 });
    if (!folded.has(finding.id)) children.forEach((one) => place(one, depth + 1));
  };
  all.filter((one) => !parentOf(one, all)).forEach((one) => place(one, 0));
  return placed;
}

/** What a state said of this finding says of its family: present ones lie in present ones, nothing lies in an absent one. */
export function carried(content: Content, finding: FindingRule, state: State, all: All): Content {
  if (state === "absent") return absentBelow(content, finding, all);
  const needs = (now: State | undefined): boolean => now !== "present" && (state === "present" || now === "absent");
  const changed = above(finding, all).filter((one) => needs(content.findings[one.id]?.state));
  return withStates(content, changed, state);
}

function absentBelow(content: Content, finding: FindingRule, all: All): Content {
  const family = below(finding, all);
  const changed = family.filter((one) => content.findings[one.id]?.state !== "absent");
  const gone = new Set(family.map((one) => one.id));
  const regions = content.regions.filter((region) => !gone.has(region.finding_id));
  const levels = content.levels.filter((level) => !gone.has(level.finding_id) || level.state === "absent");
  return { ...withStates(content, changed, "absent"), regions, levels };
}

/** A finding that follows another was not judged by itself: a suggestion for it was neither accepted nor rejected. */
function withStates(content: Content, findings: readonly FindingRule[], state: State): Content {
  const answers = findings.map((one): [number, Answer] => {
    const { note, location } = content.findings[one.id] ?? PLAIN;
    return [one.id, { ...PLAIN, note, location, state }];
  });
  return { ...content, findings: { ...content.findings, ...Object.fromEntries(answers) } };
}

/** Findings that an act changed besides the one it was about. */
export function followers(before: Content, after: Content, but: number): number[] {
  const ids = new Set([...Object.keys(before.findings), ...Object.keys(after.findings)].map(Number));
  ids.delete(but);
  return [...ids].filter((id) => before.findings[id]?.state !== after.findings[id]?.state);
}

/** Finding → what it contradicts, in words. Drafts of other programs and retired rules may hold such. */
export function contradictions(content: Content, all: readonly (FindingRule & { name: string })[]): Map<number, string> {
  const found = new Map<number, string>();
  const named = new Map(all.map((one) => [one.id, one.name]));
  const tell = (id: number, words: string): void => void (found.has(id) || found.set(id, words));
  for (const one of all) {
    const state = content.findings[one.id]?.state;
    if (!state || state === "absent") continue;
    for (const parent of above(one, all)) {
      const said = content.findings[parent.id]?.state;
      if (said === "absent" || (said === "equivocal" && state === "present")) {
        tell(parent.id, `${said}, yet ${one.name} is ${state}`);
        tell(one.id, `${state}, yet ${named.get(parent.id)} is ${said}`);
      }
    }
  }
  return found;
}
