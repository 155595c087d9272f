/** The case as a whole: handing in, skipping, the one before, and what lets go. */
import * as acts from "../acts";
import type { Room } from "../room";
import type { Stage } from "../stage";
import { contentOf } from "../state";
import { askWhy } from "./findings";
import type { Commands } from "./table";

export const CASE: Commands = {
  submit: (room) => void room.enter(),
  "submit-rest": (room) => submitRest(room),
  "accept-last": (room) => acceptLast(room),
  skip: (room) => skip(room),
  undo: (room) => room.undo(),
  redo: (room) => room.redo(),
  case: (room, _, { by }) => void room.openEarlier(by),
  talk: (room) => room.talk.compose(),
  flag: (room) => void room.talk.flag(),
  list: (room) => room.flow.list.open(),
  receipt: (room) => void room.flow.receipt.show(),
  tour: (room) => room.flow.guide.next(),
  help: (room) => room.update({ dialog: { is: "keys" } }),
  leave: (room, stage) => leave(room, stage),
};

/** What is commonest in one key: present was said, the rest is absent. What already speaks for the whole case stands. */
function submitRest(room: Room): void {
  const { open } = room.state;
  if (!open || !room.mayEdit() || room.isTooSoon(open)) return;
  const { not_assessable, no_finding } = contentOf(open);
  if (!not_assessable && !no_finding) acts.restAbsent(room);
  void room.enter();
}

/** A case with one suggested finding in one key: that suggestion is the reader's answer, the rest is absent. Not while several wait: each
 *  is judged by a key of its own. */
function acceptLast(room: Room): void {
  const { open } = room.state;
  if (!open || !room.mayEdit() || room.isTooSoon(open)) return;
  if (acts.acceptLast(room)) submitRest(room);
}

function skip(room: Room): void {
  const { open } = room.state;
  if (open && !["draft", "expired"].includes(open.kase.reading.state)) {
    return room.tell("Only a case that has not been submitted can be skipped.");
  }
  askWhy(room, "skip");
}

/** Esc lets go: of a drag, then of the box, then of the finding, then of what accompanies the reading. */
function leave(room: Room, stage: Stage): void {
  const { open } = room.state;
  if (stage.pane.gestures.abort() || room.talk.letGo()) return;
  if (room.marks.letGo() || room.text.letGo()) return room.tell("");
  if (open?.chosen) open.chosen = null;
  else if (open?.inHand) open.inHand = null;
  else if (room.flow.isBreakProposed) room.flow.answerBreak(false);
  else if (room.flow.list.isOpen) room.flow.list.close();
  else if (!room.flow.guide.hide()) room.state.hasNews = false;
  room.tell("");
}
