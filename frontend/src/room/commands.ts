/** Keys to acts: the one place where a key press meets the room, the image and the dialogs. What each does stands in commands/. */
import { type Command, type CommandName, hear } from "../session/keys";
import { CASE } from "./commands/case";
import { FINDINGS } from "./commands/findings";
import { GAZE } from "./commands/gaze";
import { IMAGE } from "./commands/image";
import { MARKS } from "./commands/marks";
import { interrupt, PLANES } from "./commands/planes";
import { SIGHT } from "./commands/sight";
import type { Commands, Handler } from "./commands/table";
import { VIEW } from "./commands/view";
import type { Room } from "./room";
import type { Stage } from "./stage";

export { choosePreset } from "./commands/image";

/** Every area's table; a name stands in one of them. */
const AREAS: readonly Commands[] = [FINDINGS, MARKS, IMAGE, VIEW, PLANES, SIGHT, GAZE, CASE];
const TABLE: Commands = Object.assign({}, ...AREAS) as Commands;

/** What a key held down must not do again: the next case, or the next suggestion, would be answered unseen. */
const ONCE_A_PRESS: ReadonlySet<CommandName> = new Set(["submit", "submit-rest", "accept", "accept-last", "reject"]);

export const isHandled = (name: CommandName): boolean => name in TABLE;

/** While a dialog is open or a field has the focus, their own keys count. */
export function onKey(event: KeyboardEvent, room: Room, stage: Stage): void {
  const target = event.target as HTMLElement;
  const isField = target.matches("textarea, input, select");
  if (room.state.dialog || room.state.open?.saver.state.phase === "conflict") return dialogKey(event, room);
  if (isField) return fieldKey(event, room, target);
  const isWaiting = room.state.chord !== null;
  // A focused button answers to Enter and Space itself.
  if (!isWaiting && target.closest("button, a, summary") && ["Enter", " "].includes(event.key) && !event.ctrlKey) return;
  if (event.repeat && isWaiting) return event.preventDefault();
  const heard = hear(event, room.state.open?.kase.findings ?? [], room.keys, room.state.chord, isHandled);
  if (!heard) return;
  event.preventDefault();
  if (event.repeat && heard.is === "command" && ONCE_A_PRESS.has(heard.command.do)) return;
  if (isWaiting || heard.is === "waits") room.update({ chord: heard.is === "waits" ? heard.prefix : null });
  if (heard.is === "command") run(heard.command, room, stage);
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
  if (room.marks.hears(command)) return;
  interrupt(stage, command.do);
  const handler = TABLE[command.do] as Handler<CommandName> | undefined;
  handler?.(room, stage, command as never);
}
