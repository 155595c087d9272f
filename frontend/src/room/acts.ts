/** The acts of a reader on findings, suggestions and boxes, from keys and clicks alike. */
import * as answers from "../session/answers";
import * as levels from "../session/levels";
import type { Content, Side, State } from "../session/content";
import * as suggestions from "../session/suggestions";
import { isShown } from "../session/threshold";
import { newTrack } from "../session/track";
import { above, followers, rows } from "../session/tree";
import { sideOf } from "../viewer/boxes/side";
import { boxAround } from "../viewer/marks/rle";
import type { Room } from "./room";
import { contentOf, findingOf, type Open, suggestionOf } from "./state";
import type { CaseFinding, SuggestedBox, SuggestedMask, Suggestion } from "../api/readings";

type Change = (content: Content, finding: CaseFinding, all: readonly CaseFinding[], open: Open) => Content;

/** Take the finding in hand and change what is said about it. */
function on(room: Room, id: number | null, change: Change): void {
  const open = room.state.open;
  const finding = open && findingOf(open, id);
  if (!finding || !room.mayEdit()) return;
  take(room, finding.id);
  const before = contentOf(open);
  room.edit(change(before, finding, open.kase.findings, open));
  const told = whatFollowed(open, before, contentOf(open), finding);
  if (told) room.tell(`${told} Press z to undo.`);
}

/** What an answer took along besides what was pressed: other findings of its family, and marks. */
function whatFollowed(open: Open, before: Content, after: Content, finding: CaseFinding): string {
  const gone = before.regions.length - after.regions.length;
  const marks = gone > 0 ? `${gone === 1 ? "A mark" : `${gone} marks`} went with it.` : "";
  const wasSaid = !before.no_finding && before.not_assessable === null;
  const moved = wasSaid ? followers(before, after, finding.id).map((id) => findingOf(open, id)).filter((one) => one !== null) : [];
  const first = moved[0];
  if (!first) return marks;
  const state = after.findings[first.id]?.state ?? "not assessed";
  const names = moved.length > 2 ? `${moved.length} other findings are` : `${moved.map((one) => one.name).join(" and ")} ${moved.length > 1 ? "are" : "is"}`;
  return `${names} ${state} with it. ${marks}`.trim();
}

export function take(room: Room, id: number): void {
  const open = room.state.open;
  if (!open) return;
  if (open.inHand !== id) open.chosen = null;
  open.inHand = id;
  room.changed();
  requestAnimationFrame(() => document.querySelector(".finding.in-hand")?.scrollIntoView({ block: "nearest" }));
}

/** Take it in hand where it can be seen, whatever is folded above it. */
export function reveal(room: Room, id: number): void {
  const open = room.state.open;
  const finding = open && findingOf(open, id);
  if (!finding) return;
  for (const one of above(finding, open.kase.findings)) room.form.folded.delete(one.id);
  take(room, id);
}

/** The finding before or after the one in hand, as they stand on the form. */
export function takeNeighbour(room: Room, by: 1 | -1): void {
  const open = room.state.open;
  if (!open?.kase.findings.length) return;
  const all = rows(open.kase.findings, room.form.folded).map(({ finding }) => finding);
  const place = all.findIndex((finding) => finding.id === open.inHand);
  const next = all[(place < 0 && by < 0 ? all.length - 1 : place + by + all.length) % all.length];
  if (next) take(room, next.id);
}

export function press(room: Room, finding: number): void {
  on(room, finding, (content, one, all, open) => {
    const where = room.form.where(open);
    return where.is === "study" ? answers.press(content, one, all) : levels.pressAt(content, one, where, all);
  });
}

export function toggle(room: Room, finding: number, state: State): void {
  on(room, finding, (content, one, all, open) => {
    const where = room.form.where(open);
    return where.is === "study" ? answers.toggle(content, one, state, all) : levels.toggleAt(content, one, where, state, all);
  });
}

/** Back to not assessed: the answer about what is spoken of. False where nothing was said. */
export function unsay(room: Room, finding: number | null): boolean {
  const open = room.state.open;
  const one = open && findingOf(open, finding);
  if (!one) return false;
  const where = room.form.where(open);
  const content = contentOf(open);
  const said = where.is === "study" ? answers.answerOf(content, one.id) : levels.levelOf(content, one.id, where);
  if (!said) return false;
  on(room, one.id, (now, _, all) => (where.is === "study" ? answers.unmark(now, one, all) : levels.unmarkAt(now, one, where)));
  return true;
}

export function grade(room: Room, finding: number, grade: number): void {
  on(room, finding, (content, one, all, open) => {
    const where = room.form.where(open);
    if (where.is !== "study") {
      const level = levels.levelOf(content, one.id, where);
      const there = level?.state === "present" ? content : levels.markAt(content, one, where, "present", all);
      return levels.changeAt(there, one.id, where, { grade: level?.grade === grade ? null : grade });
    }
    const answer = answers.answerOf(content, one.id);
    const present = answer?.state === "present" ? content : answers.mark(content, one, "present", all);
    return answers.setGrade(present, one, answer?.grade === grade ? null : grade);
  });
}

const NEXT_SIDE: Record<Side, Side> = { "": "right", right: "left", left: "both", both: "" };

/** The side of the chosen box, else of the finding; without `side` the next one. */
export function side(room: Room, finding: number | null, side?: Side): void {
  on(room, finding, (content, one, _, open) => {
    const where = room.form.where(open);
    if (where.is !== "study") {
      const level = levels.levelOf(content, one.id, where);
      if (!one.has_laterality || !level || level.state === "absent") return content;
      return levels.changeAt(content, one.id, where, { laterality: side ?? NEXT_SIDE[level.laterality] });
    }
    const answer = content.findings[one.id];
    if (!one.has_laterality || !answer || answer.state === "absent") return content;
    return answers.setSide(content, one, side ?? NEXT_SIDE[answer.laterality]);
  });
}

/** The finding whose suggestion Space accepts; the form shows it. */
export function suggestedNext(room: Room, open: Open): CaseFinding | null {
  const inOrder = rows(open.kase.findings, room.form.folded).map(({ finding }) => finding);
  return suggestions.inTurn(contentOf(open), inOrder, open.inHand, shownBy(room, open));
}

function shownBy(room: Room, open: Open): (finding: CaseFinding) => Suggestion | null {
  return (finding) => {
    const suggestion = suggestionOf(open, finding);
    return suggestion && isShown(suggestion, room.form.leastShown) ? suggestion : null;
  };
}

/** Suggested as present, on the screen, and not answered; folded ones too, which must not be passed over. */
export function waiting(room: Room, open: Open): CaseFinding[] {
  return suggestions.waiting(contentOf(open), open.kase.findings, shownBy(room, open));
}

/** Accepts the only suggestion that still waits, and says why not. Several are judged one by one; a folded one is looked at first. */
export function acceptLast(room: Room): boolean {
  const { open } = room.state;
  const [last, ...more] = open ? waiting(room, open) : [];
  if (!open || !last) return told(room, "No suggestion waits. F2 says that the rest is absent, and submits.");
  if (more.length) return told(room, `${more.length + 1} suggestions wait: Space accepts one, ⇧ and its letter says absent. This key is for the last.`);
  if (above(last, open.kase.findings).some((one) => room.form.folded.has(one.id))) {
    reveal(room, last.id);
    return told(room, `${last.name} was folded away. Press again to accept it.`);
  }
  onSuggestion(room, last.id, "accept");
  return !waiting(room, open).length;
}

function told(room: Room, words: string): false {
  room.tell(words);
  return false;
}

/** Space: one suggestion at a time, those of presence one after the other. */
export function acceptNext(room: Room): void {
  const { open } = room.state;
  if (open) onSuggestion(room, suggestedNext(room, open)?.id ?? open.inHand, "accept");
}

export function onSuggestion(room: Room, finding: number | null, act: "accept" | "reject" | "take" | "adjust"): void {
  const open = room.state.open;
  const one = open && findingOf(open, finding);
  if (!one) return room.tell("Take a finding in hand first: ← → or a click.");
  if (act === "take") return take(room, one.id);
  const suggestion = suggestionOf(open, one);
  if (!suggestion) return room.tell(`There is no suggestion for ${one.name}.`);
  if (!isShown(suggestion, room.form.leastShown)) return room.tell(`The slider hides the suggestion for ${one.name}.`);
  if (act !== "reject" && room.state.image.is !== "shown") {
    return room.tell("A suggestion is accepted beside its image, which is not on the screen. The finding's own key answers without it.");
  }
  if (act === "adjust" && !suggestion.boxes.length) return room.tell(`There is no suggested box of ${one.name} to change. Draw one.`);
  on(room, one.id, (content, _, all) =>
    act === "reject"
      ? suggestions.reject(content, one, suggestion, all)
      : suggestions.accept(content, one, suggestion, all, (box) => sideOfBox(open, box), newTrack),
  );
  if (act === "adjust") chooseTaken(room, open, one);
}

/** The box that was taken is chosen: arrows and handles change it, and then it counts as corrected. */
function chooseTaken(room: Room, open: Open, finding: CaseFinding): void {
  const ids = new Set(suggestionOf(open, finding)?.boxes.map((box) => box.id));
  const taken = contentOf(open).regions.find((region) => region.suggestion && ids.has(region.suggestion.id));
  if (!taken) return;
  room.marks.choose(taken.track);
  room.tell("Taken. Change it: drag, or ⇧ and arrows to move, Ctrl ⇧ and arrows for its size. Then it counts as corrected.");
}

function sideOfBox(open: Open, place: SuggestedBox | SuggestedMask): Side {
  const box = "rle" in place ? boxAround(place) : place;
  const image = open.series.flat().find((one) => one.instanceId === place.instance_id);
  return image && box ? sideOf(box, image.columns, image.header) : "";
}

export function restAbsent(room: Room): void {
  const open = room.state.open;
  if (open) room.edit(answers.restAbsent(contentOf(open), open.kase.findings));
}

export function noFinding(room: Room): void {
  const open = room.state.open;
  if (open) room.edit(answers.noFinding(contentOf(open)));
}

export function notAssessable(room: Room, reason: string): void {
  const open = room.state.open;
  room.update({ dialog: null });
  if (open) room.edit(answers.notAssessable(contentOf(open), reason));
}

export function comment(room: Room, comment: string): void {
  const open = room.state.open;
  if (open) room.edit({ ...contentOf(open), comment }, true);
}
