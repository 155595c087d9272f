/** The acts of a reader on findings, suggestions and boxes, from keys and clicks alike. */
import * as answers from "../session/answers";
import type { Content, Side, State } from "../session/content";
import * as suggestions from "../session/suggestions";
import { newTrack } from "../session/track";
import { sideOf } from "../viewer/boxes/side";
import type { Room } from "./room";
import { contentOf, findingOf, type Open, suggestionOf } from "./state";
import type { CaseFinding, SuggestedBox } from "../api/readings";

type Change = (content: Content, finding: CaseFinding, all: readonly CaseFinding[], open: Open) => Content;

/** Take the finding in hand and change what is said about it. */
function on(room: Room, id: number | null, change: Change): void {
  const open = room.state.open;
  const finding = open && findingOf(open, id);
  if (!finding || !room.mayEdit()) return;
  take(room, finding.id);
  const before = contentOf(open).regions.length;
  room.edit(change(contentOf(open), finding, open.kase.findings, open));
  const gone = before - contentOf(open).regions.length;
  if (gone > 0) room.tell(`${gone === 1 ? "A mark" : `${gone} marks`} of ${finding.name} went with it. Press z to undo.`);
}

export function take(room: Room, id: number): void {
  const open = room.state.open;
  if (!open) return;
  if (open.inHand !== id) open.chosen = null;
  open.inHand = id;
  room.changed();
  requestAnimationFrame(() => document.querySelector(".finding.in-hand")?.scrollIntoView({ block: "nearest" }));
}

/** The finding before or after the one in hand. */
export function takeNeighbour(room: Room, by: 1 | -1): void {
  const open = room.state.open;
  if (!open?.kase.findings.length) return;
  const all = open.kase.findings;
  const place = all.findIndex((finding) => finding.id === open.inHand);
  const next = all[(place < 0 && by < 0 ? all.length - 1 : place + by + all.length) % all.length];
  if (next) take(room, next.id);
}

export function press(room: Room, finding: number): void {
  on(room, finding, answers.press);
}

export function toggle(room: Room, finding: number, state: State): void {
  on(room, finding, (content, one, all) => answers.toggle(content, one, state, all));
}

export function grade(room: Room, finding: number, grade: number): void {
  on(room, finding, (content, one, all) => {
    const answer = answers.answerOf(content, one.id);
    const present = answer?.state === "present" ? content : answers.mark(content, one, "present", all);
    return answers.setGrade(present, one, answer?.grade === grade ? null : grade);
  });
}

const NEXT_SIDE: Record<Side, Side> = { "": "right", right: "left", left: "both", both: "" };

/** The side of the chosen box, else of the finding; without `side` the next one. */
export function side(room: Room, finding: number | null, side?: Side): void {
  on(room, finding, (content, one) => {
    const answer = content.findings[one.id];
    if (!one.has_laterality || !answer || answer.state === "absent") return content;
    return answers.setSide(content, one, side ?? NEXT_SIDE[answer.laterality]);
  });
}

export function onSuggestion(room: Room, finding: number | null, act: "accept" | "reject" | "take"): void {
  const open = room.state.open;
  const one = open && findingOf(open, finding);
  if (!one) return room.tell("Take a finding in hand first: ← → or a click.");
  if (act === "take") return take(room, one.id);
  const suggestion = suggestionOf(open, one);
  if (!suggestion) return room.tell(`There is no suggestion for ${one.name}.`);
  on(room, one.id, (content, _, all) =>
    act === "reject"
      ? suggestions.reject(content, one, suggestion, all)
      : suggestions.accept(content, one, suggestion, all, (box) => sideOfBox(open, box), newTrack),
  );
}

function sideOfBox(open: Open, box: SuggestedBox): Side {
  const image = open.series.flat().find((one) => one.instanceId === box.instance_id);
  return image ? sideOf(box, image.columns, image.header) : "";
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
