/** What a reader does with a suggestion. Until one of these acts it counts as nothing. Pure. */
import type { SuggestedBox, SuggestedMask, Suggestion } from "../api/readings";
import { answerOf, mark } from "./answers";
import { addMark } from "./marks";
import { type Act, type BoxRegion, type Content, type FindingRule, PLAIN_MARK, type Side } from "./content";
import type { RegionOf } from "./regions";

type All = readonly FindingRule[];

/** Whether the reader has neither answered the finding nor acted on the suggestion. */
export function isPending(content: Content, finding: FindingRule): boolean {
  return answerOf(content, finding.id) === null && content.not_assessable === null;
}

/** Suggested as present and not answered, in the order given. */
export function waiting<F extends FindingRule>(
  content: Content, findings: readonly F[], suggestionFor: (finding: F) => Suggestion | null,
): F[] {
  return findings.filter((one) => suggestionFor(one)?.state === "present" && isPending(content, one));
}

/** What Space judges: the finding in hand while its suggestion waits, else of those suggested as present and not answered the
 *  likeliest, so that what is worth least comes last and is left to the key for the rest; scores that are no probabilities stay in
 *  the order of the form. null where none is left. `suggestionFor` gives what is on the screen. */
export function inTurn<F extends FindingRule>(
  content: Content, findings: readonly F[], inHand: number | null, suggestionFor: (finding: F) => Suggestion | null,
): F | null {
  const place = findings.findIndex((one) => one.id === inHand);
  const held = findings[place];
  const ofHeld = held && suggestionFor(held);
  if (held && ofHeld && content.findings[held.id]?.suggestion?.id !== ofHeld.id) return held;
  const round = [...findings.slice(place + 1), ...findings.slice(0, Math.max(place, 0))];
  const found = waiting(content, round, suggestionFor);
  const sure = (one: F): number => {
    const suggestion = suggestionFor(one);
    return suggestion?.calibrated ? suggestion.probability : 0;
  };
  return found.reduce<F | null>((best, one) => (best && sure(best) >= sure(one) ? best : one), null);
}

/** The suggested answer becomes the reader's, with its boxes and masks and, of a graded finding, its grade. `sideOf` says on which
 *  side a box or a mask lies. */
export function accept(
  content: Content, finding: FindingRule, suggestion: Suggestion, all: All,
  sideOf: (place: SuggestedBox | SuggestedMask) => Side, newTrack: () => string,
): Content {
  const answered = acted(mark(content, finding, suggestion.state, all), finding, suggestion, "accepted", suggestion.grade ?? null);
  if (suggestion.state !== "present") return answered;
  const taken = new Set(content.regions.map((region) => region.suggestion?.id));
  const boxes = suggestion.boxes.filter((box) => !taken.has(box.id));
  const boxed = boxes.reduce((so, box) => addMark(so, finding, regionOf(box, finding, sideOf(box), newTrack()), all), answered);
  const masks = (suggestion.masks ?? []).filter((one) => !taken.has(one.id));
  return masks.reduce((so, one) => addMark(so, finding, maskRegionOf(one, finding, sideOf(one), newTrack()), all), boxed);
}

/** The opposite of what was suggested. */
export function reject(content: Content, finding: FindingRule, suggestion: Suggestion, all: All): Content {
  const state = suggestion.state === "present" ? "absent" : "present";
  return acted(mark(content, finding, state, all), finding, suggestion, "rejected");
}

export function regionOf(box: SuggestedBox, finding: FindingRule, side: Side, track: string): BoxRegion {
  const { x, y, w, h } = box;
  return {
    ...PLAIN_MARK, track, finding_id: finding.id, instance_id: box.instance_id, frame: box.frame, kind: "box", geometry: { x, y, w, h },
    laterality: finding.has_laterality ? side : "", suggestion: { id: box.id, act: "accepted" },
  };
}

function maskRegionOf({ id, instance_id, frame, rows, columns, rle }: SuggestedMask, finding: FindingRule, side: Side, track: string): RegionOf<"mask"> {
  return {
    ...PLAIN_MARK, track, finding_id: finding.id, instance_id, frame, kind: "mask", geometry: { rows, columns, rle },
    laterality: finding.has_laterality ? side : "", suggestion: { id, act: "accepted" },
  };
}

function acted(content: Content, finding: FindingRule, suggestion: Suggestion, act: Act["act"], grade: number | null = null): Content {
  const answer = content.findings[finding.id];
  if (!answer) return content;
  const said = { ...answer, grade: answer.state === "present" && grade !== null ? grade : answer.grade, suggestion: { id: suggestion.id, act } };
  return { ...content, findings: { ...content.findings, [finding.id]: said } };
}
