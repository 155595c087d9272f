/** Marks as part of the content: added, changed, deleted, copied, with the side they lie on and what they settle. Pure. */
import { mark } from "./answers";
import { type Answer, type Content, type FindingRule, PLAIN_MARK, type Region, type Side } from "./content";
import type { Slice } from "./geometry";
import { isOnImage } from "./regions";

/** What stands in the note of a mark that was copied and not looked at since. */
export const UNCHECKED = "Copied, to be checked";

export const isUnchecked = (region: Region): boolean => region.note.startsWith(UNCHECKED);

export function addMark(content: Content, finding: FindingRule, region: Region, all: readonly FindingRule[]): Content {
  const present = mark(content, finding, "present", all);
  return follow({ ...present, regions: [...present.regions, region] }, finding, content.regions);
}

/** Moved or reshaped by the reader, who has then looked at it: a copy is checked, an accepted suggestion corrected. A 3-D box goes on
 *  standing on its first slice. */
export function changeMark<R extends Region>(
  content: Content, track: string, geometry: R["geometry"], side: Side, finding: FindingRule,
): Content {
  return changed(content, track, finding, (region) => ({
    ...region, ...("first" in geometry ? geometry.first : {}), geometry, laterality: side, note: withoutFlag(region.note),
    suggestion: region.suggestion ? { ...region.suggestion, act: "corrected" as const } : null,
  }) as Region);
}

export type Attributes = Partial<Pick<Region, "grade" | "laterality" | "location" | "note">>;

export function describeMark(content: Content, track: string, attributes: Attributes, finding: FindingRule): Content {
  return changed(content, track, finding, (region) => ({ ...region, ...attributes }));
}

/** The reader has looked at a copy and leaves it as it is. */
export function checkMark(content: Content, track: string, finding: FindingRule): Content {
  return changed(content, track, finding, (region) => ({ ...region, note: withoutFlag(region.note) }));
}

function withoutFlag(note: string): string {
  return note.startsWith(UNCHECKED) ? note.slice(UNCHECKED.length).replace(/^\. /, "") : note;
}

function changed(content: Content, track: string, finding: FindingRule, change: (region: Region) => Region): Content {
  const regions = content.regions.map((region) => (region.track === track ? change(region) : region));
  return follow({ ...content, regions }, finding, content.regions);
}

export function removeMark(content: Content, track: string, finding: FindingRule): Content {
  const regions = content.regions.filter((region) => region.track !== track);
  return follow({ ...content, regions }, finding, content.regions);
}

/** The mark on other slices, each as a mark of its own; slices that have the very same one are left alone. */
export function copiesOf(region: Region, slices: readonly Slice[], regions: readonly Region[], newTrack: () => string): Region[] {
  if (!isOnImage(region) || region.kind === "box3d") return [];
  const text = JSON.stringify(region.geometry);
  const isThere = ({ instance_id, frame }: Slice): boolean =>
    regions.some((one) => one.instance_id === instance_id && one.frame === frame && one.finding_id === region.finding_id
      && one.kind === region.kind && JSON.stringify(one.geometry) === text);
  return slices.filter((slice) => !isThere(slice)).map((slice) => ({
    ...region, ...slice, track: newTrack(), suggestion: PLAIN_MARK.suggestion, note: withoutFlag(region.note),
  }));
}

export function addMarks(
  content: Content, finding: FindingRule, regions: readonly Region[], all: readonly FindingRule[],
): Content {
  return regions.reduce((so, region) => addMark(so, finding, region, all), content);
}

/** The side that marks together say. */
export function sideOfAll(regions: readonly Region[], finding: number): Side {
  const sides = new Set(regions.filter((region) => region.finding_id === finding).map((region) => region.laterality));
  sides.delete("");
  if (sides.has("both") || sides.size > 1) return "both";
  return [...sides][0] ?? "";
}

/** What the finding says follows its marks: the side until the reader has chosen another, and whether all are marked. */
function follow(content: Content, finding: FindingRule, before: readonly Region[]): Content {
  const answer = content.findings[finding.id];
  if (!answer || answer.state === "absent") return content;
  const all_marked = isSameSet(content.regions, before, finding.id) ? answer.all_marked : null;
  const next: Answer = { ...answer, all_marked, laterality: sideNow(answer, content.regions, finding, before) };
  return { ...content, findings: { ...content.findings, [finding.id]: next } };
}

function sideNow(answer: Answer, regions: readonly Region[], finding: FindingRule, before: readonly Region[]): Side {
  const isFollowing = answer.laterality === "" || answer.laterality === sideOfAll(before, finding.id);
  return (finding.has_laterality && isFollowing && sideOfAll(regions, finding.id)) || answer.laterality;
}

function isSameSet(now: readonly Region[], before: readonly Region[], finding: number): boolean {
  const tracks = (regions: readonly Region[]): string =>
    regions.filter((region) => region.finding_id === finding).map((region) => region.track).sort().join();
  return tracks(now) === tracks(before);
}

interface Asked extends FindingRule {
  readonly wants_boxes: boolean;
}

/** Findings that are marked and of which it was not said whether that is all: unmarked ground then is no negative. */
export function unsettled<F extends Asked>(content: Content, findings: readonly F[]): F[] {
  return findings.filter((finding) => {
    const answer = content.findings[finding.id];
    const isMarked = content.regions.some((region) => region.finding_id === finding.id);
    return finding.wants_boxes && isMarked && answer?.state === "present" && answer.all_marked === null;
  });
}

export function settle(content: Content, finding: number, all_marked: boolean): Content {
  const answer = content.findings[finding];
  return answer ? { ...content, findings: { ...content.findings, [finding]: { ...answer, all_marked } } } : content;
}

/** The same findings with the same marks: what was asked once about them isn't asked again. */
export function stateOfMarks(content: Content, finding: number): string {
  const marks = content.regions.filter((region) => region.finding_id === finding);
  return `${finding}:${marks.map((region) => region.track).sort().join()}`;
}
