/** Keys to acts: the one place where a key press meets the room, the image and the dialogs. */
import { type Command, commandOf } from "../session/keys";
import * as acts from "./acts";
import type { Room } from "./room";
import type { Stage } from "./stage";
import { contentOf, isEditable } from "./state";

/** While a dialog is open or a field has the focus, their own keys count. */
export function onKey(event: KeyboardEvent, room: Room, stage: Stage): void {
  const target = event.target as HTMLElement;
  const isField = target.matches("textarea, input, select");
  if (room.state.dialog || room.state.open?.saver.state.phase === "conflict") return dialogKey(event, room);
  if (isField) return fieldKey(event, room, target);
  // A focused button answers to Enter and Space itself.
  if (target.closest("button, a, summary") && ["Enter", " "].includes(event.key) && !event.ctrlKey) return;
  if (event.repeat && ["Enter", "Backspace", " "].includes(event.key)) return event.preventDefault();
  const command = commandOf(event, room.state.open?.kase.findings ?? []);
  if (!command) return;
  event.preventDefault();
  run(command, room, stage);
}

function dialogKey(event: KeyboardEvent, room: Room): void {
  const closes = event.key === "Escape" || (event.key === "?" && room.state.dialog?.is === "keys");
  if (!closes || !room.state.dialog) return;
  event.preventDefault();
  room.update({ dialog: null });
}

function fieldKey(event: KeyboardEvent, room: Room, field: HTMLElement): void {
  if (event.key === "Escape") field.blur();
  if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
  event.preventDefault();
  field.blur();
  void room.enter();
}

export function run(command: Command, room: Room, stage: Stage): void {
  const open = room.state.open;
  switch (command.do) {
    case "press":
      return acts.press(room, command.finding);
    case "toggle":
      return acts.toggle(room, command.finding, command.state);
    case "rest-absent":
      return acts.restAbsent(room);
    case "no-finding":
      return acts.noFinding(room);
    case "not-assessable":
    case "skip":
      return ask(room, command.do);
    case "accept":
    case "reject":
      return acts.onSuggestion(room, open?.inHand ?? null, command.do);
    case "in-hand":
      return acts.takeNeighbour(room, command.by);
    case "side":
      return acts.side(room, open?.inHand ?? null);
    case "delete-box":
      return acts.deleteBox(room);
    case "nudge":
      return nudge(room, stage, command.dx, command.dy);
    case "submit":
      return void room.enter();
    case "undo":
      return room.undo();
    case "redo":
      return room.redo();
    case "case":
      return void room.openEarlier(command.by);
    case "comment":
      return document.querySelector<HTMLTextAreaElement>("#comment")?.focus();
    case "talk":
      return room.talk.compose();
    case "help":
      return room.update({ dialog: { is: "keys" } });
    case "leave":
      return leave(room, stage);
    default:
      return onImage(command, room, stage);
  }
}

function onImage(command: Command, room: Room, stage: Stage): void {
  const { view, gestures } = stage.pane;
  const { open } = room.state;
  if (!open || !view.current) return;
  const failed = (error: unknown): void => room.update({ image: { is: "failed", why: (error as Error).message } });
  if (command.do === "scroll") void view.scroll(command.slices).catch(failed);
  if (command.do === "slice") void view.goTo(command.at === "first" ? 0 : view.images.length - 1).catch(failed);
  if (command.do === "zoom") view.zoom(command.by);
  if (command.do === "invert") view.invert();
  if (command.do === "reset-view") view.resetView();
  if (command.do === "window-drag") gestures.leftWindows = !gestures.leftWindows;
  if (command.do === "window") choosePreset(room, stage, command.preset);
  if (command.do === "series") showSeries(room, stage, open.seriesIndex + command.by);
  if (command.do === "window-drag") view.changed();
}

/** 0 is the window that the file asks for; digits without a preset do nothing. */
export function choosePreset(room: Room, stage: Stage, key: number): void {
  const preset = key === 0 ? stage.pane.stored : room.state.presets.find((one) => one.key === key);
  if (preset) stage.pane.view.window = preset;
}

export function showSeries(room: Room, stage: Stage, index: number): void {
  const { open } = room.state;
  if (open?.series[index] && index !== open.seriesIndex) void stage.show(open, index);
}

function ask(room: Room, what: "skip" | "not-assessable"): void {
  const { open } = room.state;
  if (!open) return;
  if (what === "skip" && !["draft", "expired"].includes(open.kase.reading.state)) {
    return room.tell("Only a case that has not been submitted can be skipped.");
  }
  if (isEditable(open)) room.update({ dialog: { is: what } });
  else room.mayEdit();
}

function nudge(room: Room, stage: Stage, dx: number, dy: number): void {
  const { open } = room.state;
  const region = open && contentOf(open).regions.find((one) => one.track === open.chosen);
  if (region && room.mayEdit()) stage.pane.nudge(region.track, region.geometry, dx, dy);
}

/** Esc lets go: of a drag, then of the box, then of the finding, then of what the top line told. */
function leave(room: Room, stage: Stage): void {
  const { open } = room.state;
  if (stage.pane.gestures.abort() || room.talk.letGo()) return;
  if (open?.chosen) open.chosen = null;
  else if (open?.inHand) open.inHand = null;
  else room.state.hasNews = false;
  room.tell("");
}
