/** Keys as this reader has them, for words on buttons: every key but three can be changed, or given up. */
import { shownStroke } from "../session/keys";
import type { Room } from "./room";

type Keyed = Pick<Room, "keys">;

/** "" where the action has none. */
export const keyOf = (room: Keyed, action: string): string => shownStroke(room.keys.keys.get(action)?.[0] ?? "");

/** `Reject (Backspace)`; the words alone where the action has no key. */
export function hinted(room: Keyed, words: string, action: string): string {
  const key = keyOf(room, action);
  return key ? `${words} (${key})` : words;
}
