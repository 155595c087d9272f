/** What is said about the case: findings, suggestions, the study as a whole. */
import * as acts from "../acts";
import type { Room } from "../room";
import { isEditable } from "../state";
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
  accept: (room) => acts.onSuggestion(room, inHand(room), "accept"),
  reject: (room) => acts.onSuggestion(room, inHand(room), "reject"),
  comment: () => document.querySelector<HTMLTextAreaElement>("#comment")?.focus(),
};

export function askWhy(room: Room, is: "skip" | "not-assessable"): void {
  const { open } = room.state;
  if (!open) return;
  if (isEditable(open)) room.update({ dialog: { is } });
  else room.mayEdit();
}
