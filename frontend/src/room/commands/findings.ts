/** What is said about the case: findings, suggestions, the study as a whole. */
import * as acts from "../acts";
import type { Room } from "../room";
import { findingOf, isEditable } from "../state";
import type { Commands } from "./table";

const inHand = (room: Room): number | null => room.state.open?.inHand ?? null;

export const FINDINGS: Commands = {
  press: (room, _, { finding }) => acts.press(room, finding),
  toggle: (room, _, { finding, state }) => acts.toggle(room, finding, state),
  "in-hand": (room, _, { by }) => acts.takeNeighbour(room, by),
  "rest-absent": (room) => acts.restAbsent(room),
  "no-finding": (room) => acts.noFinding(room),
  "not-assessable": (room) => askWhy(room, "not-assessable"),
  side: (room) => acts.side(room, inHand(room)),
  accept: (room) => acts.acceptNext(room),
  reject: (room) => acts.onSuggestion(room, inHand(room), "reject"),
  adjust: (room) => acts.onSuggestion(room, inHand(room), "adjust"),
  overlay: (room) => overlay(room, () => room.form.toggleOverlay()),
  "overlay-way": (room) => overlay(room, () => room.lookedAt.next()),
  level: (room) => room.form.nextLevel(),
  fold: (room, _, { by }) => fold(room, by),
  "find-finding": (room) => room.form.search(""),
  comment: () => document.querySelector<HTMLTextAreaElement>("#comment")?.focus(),
};

/** Ctrl ← folds what hangs below the finding in hand, or goes up to what it hangs below; Ctrl → unfolds. */
function fold(room: Room, by: 1 | -1): void {
  const { open } = room.state;
  const finding = open && findingOf(open, open.inHand);
  if (!finding) return room.tell("Take a finding in hand first: ← → or a click.");
  const hasChildren = open.kase.findings.some((one) => one.parent === finding.id);
  if (by > 0) return room.form.fold(finding.id, false);
  if (hasChildren && !room.form.folded.has(finding.id)) return room.form.fold(finding.id, true);
  if (finding.parent !== null) acts.take(room, finding.parent);
}

function overlay(room: Room, act: () => void): void {
  const { open } = room.state;
  if (!open?.kase.suggestions) return room.tell("What the model looked at is shown once your own answer is in.");
  if (!open.kase.suggestions.some((one) => one.has_map)) return room.tell("The model kept no map of what it looked at on this case.");
  act();
}

export function askWhy(room: Room, is: "skip" | "not-assessable"): void {
  const { open } = room.state;
  if (!open) return;
  if (isEditable(open)) room.update({ dialog: { is } });
  else room.mayEdit();
}
