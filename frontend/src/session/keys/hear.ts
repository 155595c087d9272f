/** From presses to commands, chords included. Pure. */
import { type Action, PREFIXES } from "./actions";
import type { Command, CommandName } from "./command";
import { DEFAULTS, findingOf, type Keyed, type KeyMap } from "./map";
import { type KeyPress, strokesOf } from "./strokes";

/** `waits`: the first stroke of a chord was pressed; `left`: a chord was left with nothing done. */
export type Heard = { is: "command"; command: Command } | { is: "waits"; prefix: string } | { is: "left"; stroke: string };

type IsHandled = (name: CommandName) => boolean;
const everything: IsHandled = () => true;

/** What a press means while `waiting` for the second stroke of a chord (null: for the first); null when it is nobody's. */
export function hear(
  press: KeyPress, findings: readonly Keyed[], map: KeyMap = DEFAULTS, waiting: string | null = null, handled: IsHandled = everything,
): Heard | null {
  const strokes = strokesOf(press);
  if (waiting !== null) return second(strokes, map, waiting, handled);
  for (const stroke of strokes) {
    const action = map.actions.get(stroke);
    if (action && handled(action.command.do)) return { is: "command", command: action.command };
    const finding = findingOf(stroke, findings);
    if (finding) return { is: "command", command: commandOn(finding, stroke) };
    if (stroke in PREFIXES && followers(map, stroke, handled).length) return { is: "waits", prefix: stroke };
  }
  return null;
}

function second(strokes: readonly string[], map: KeyMap, waiting: string, handled: IsHandled): Heard | null {
  for (const stroke of strokes) {
    const action = map.actions.get(`${waiting} ${stroke}`);
    if (action && handled(action.command.do)) return { is: "command", command: action.command };
  }
  // A modifier alone goes on waiting.
  return strokes[0] === undefined ? null : { is: "left", stroke: strokes[0] };
}

function commandOn(finding: Keyed, stroke: string): Command {
  if (stroke.startsWith("Alt+")) return { do: "toggle", finding: finding.id, state: "equivocal" };
  if (stroke.startsWith("Shift+")) return { do: "toggle", finding: finding.id, state: "absent" };
  return { do: "press", finding: finding.id };
}

/** What may follow the first stroke of a chord: [second stroke, action], in the order of the table. */
export function followers(map: KeyMap, prefix: string, handled: IsHandled = everything): [string, Action][] {
  return [...map.actions]
    .filter(([sequence, action]) => sequence.startsWith(`${prefix} `) && handled(action.command.do))
    .map(([sequence, action]) => [sequence.slice(prefix.length + 1), action]);
}

/** The command of a single press, null when the key is nobody's (the browser then does what it always does). */
export function commandOf(press: KeyPress, findings: readonly Keyed[], map: KeyMap = DEFAULTS): Command | null {
  const heard = hear(press, findings, map);
  return heard?.is === "command" ? heard.command : null;
}
