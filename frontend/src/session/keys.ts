/** Which key does what. Letters belong to findings (but for the room's own), digits to windows, signs to the image. Pure. */
import type { State } from "./content";

export type Command =
  | { do: "press"; finding: number }
  | { do: "toggle"; finding: number; state: State }
  | { do: "window"; preset: number }
  | { do: "scroll"; slices: number }
  | { do: "slice"; at: "first" | "last" }
  | { do: "series"; by: 1 | -1 }
  | { do: "zoom"; by: number }
  | { do: "in-hand"; by: 1 | -1 }
  | { do: "nudge"; dx: number; dy: number }
  | { do: "case"; by: 1 | -1 }
  | {
      do:
        | "rest-absent" | "no-finding" | "not-assessable" | "skip" | "submit" | "undo" | "redo" | "reset-view" | "invert"
        | "window-drag" | "accept" | "reject" | "delete-box" | "side" | "comment" | "talk" | "help" | "leave";
    };

export interface KeyPress {
  key: string;
  code: string;
  shiftKey: boolean;
  altKey: boolean;
  ctrlKey: boolean;
  metaKey: boolean;
}

export interface Keyed {
  id: number;
  shortcut?: string;
}

/** Slices for PageUp and PageDown. */
const PAGE = 10;

const PLAIN: Record<string, Command> = {
  a: { do: "rest-absent" },
  z: { do: "undo" },
  x: { do: "not-assessable" },
  s: { do: "skip" },
  r: { do: "reset-view" },
  v: { do: "invert" },
  w: { do: "window-drag" },
  "/": { do: "comment" },
  ";": { do: "talk" },
  "?": { do: "help" },
  "\\": { do: "side" },
  "[": { do: "case", by: -1 },
  "]": { do: "case", by: 1 },
  ",": { do: "series", by: -1 },
  ".": { do: "series", by: 1 },
  "-": { do: "zoom", by: 1 / 1.25 },
  "+": { do: "zoom", by: 1.25 },
  "=": { do: "zoom", by: 1.25 },
  " ": { do: "accept" },
  Backspace: { do: "reject" },
  Delete: { do: "delete-box" },
  Enter: { do: "submit" },
  Escape: { do: "leave" },
  ArrowUp: { do: "scroll", slices: -1 },
  ArrowDown: { do: "scroll", slices: 1 },
  PageUp: { do: "scroll", slices: -PAGE },
  PageDown: { do: "scroll", slices: PAGE },
  Home: { do: "slice", at: "first" },
  End: { do: "slice", at: "last" },
  ArrowLeft: { do: "in-hand", by: -1 },
  ArrowRight: { do: "in-hand", by: 1 },
};
const SHIFTED: Record<string, Command> = {
  A: { do: "no-finding" },
  Z: { do: "redo" },
  ArrowUp: { do: "nudge", dx: 0, dy: -1 },
  ArrowDown: { do: "nudge", dx: 0, dy: 1 },
  ArrowLeft: { do: "nudge", dx: -1, dy: 0 },
  ArrowRight: { do: "nudge", dx: 1, dy: 0 },
};
const CONTROLLED: Record<string, Command> = { z: { do: "undo" }, Z: { do: "redo" }, y: { do: "redo" }, Enter: { do: "submit" } };

/** The command of a key press, null when the key is nobody's (the browser then does what it always does). */
export function commandOf(press: KeyPress, findings: readonly Keyed[]): Command | null {
  if (press.ctrlKey || press.metaKey) return press.altKey ? null : (CONTROLLED[press.key] ?? null);
  if (press.altKey) return findingCommand(letterOf(press), press, findings);
  const own = (press.shiftKey ? SHIFTED[press.key] : undefined) ?? PLAIN[press.key];
  if (own && !(press.shiftKey && press.key.length > 1 && !SHIFTED[press.key])) return own;
  const digit = digitOf(press);
  if (digit !== null) return { do: "window", preset: digit };
  return findingCommand(press.key.toLowerCase(), press, findings);
}

function findingCommand(letter: string, press: KeyPress, findings: readonly Keyed[]): Command | null {
  const finding = findings.find((one) => one.shortcut && one.shortcut.toLowerCase() === letter);
  if (!finding) return null;
  if (press.altKey) return { do: "toggle", finding: finding.id, state: "equivocal" };
  if (press.shiftKey) return { do: "toggle", finding: finding.id, state: "absent" };
  return { do: "press", finding: finding.id };
}

/** With alt, some keyboards give another sign: then the key's place tells the letter. */
function letterOf(press: KeyPress): string {
  if (/^[a-z]$/i.test(press.key)) return press.key.toLowerCase();
  return press.code.startsWith("Key") ? press.code.slice(3).toLowerCase() : "";
}

/** Keyboards that need shift for digits give them by place. */
function digitOf(press: KeyPress): number | null {
  if (/^[0-9]$/.test(press.key)) return Number(press.key);
  return !press.shiftKey && /^Digit[0-9]$/.test(press.code) ? Number(press.code.slice(5)) : null;
}

/** The map shown on `?`. */
export const KEY_MAP: readonly [string, readonly [string, string][]][] = [
  ["Findings", [
    ["letter", "present (again: next grade, or not said)"], ["⇧ letter", "absent"], ["Alt letter", "equivocal"],
    ["← →", "take the previous or next finding in hand"], ["a", "the rest is absent"], ["⇧ A", "no finding at all"],
    ["x", "not assessable"], ["\\", "change the side"], ["/", "comment"],
  ]],
  ["Suggestions", [["Space", "accept the suggestion in hand"], ["Backspace", "reject it"]]],
  ["Boxes", [
    ["drag", "draw for the finding in hand"], ["⇧ ←↑↓→", "move the chosen box by a pixel"], ["Delete", "delete it"],
    ["z", "undo"], ["⇧ Z", "redo"],
  ]],
  ["Image", [
    ["right drag", "window"], ["w", "window with the left button"], ["1 … 9", "window presets"], ["0", "window as stored"],
    ["middle drag", "pan (⇧ left drag too)"], ["Ctrl wheel, + −", "zoom"], ["v", "invert"], ["r", "reset the view"],
    ["wheel ↑ ↓", "page through slices"], ["PgUp PgDn", "ten slices"], ["Home End", "first, last slice"],
    [", .", "previous, next series"],
  ]],
  ["Case", [
    ["Enter", "submit (Ctrl Enter while typing)"], ["s", "skip"], [";", "write to colleagues"], ["[ ]", "earlier reading, back again"], ["Esc", "close, let go"],
    ["?", "this map"],
  ]],
];
