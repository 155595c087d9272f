/** The keys as they hold for one reader and one project: defaults, the reader's own choices, and the letters of findings. Pure. */
import { type Action, ACTIONS, PREFIXES } from "./actions";
import { parsed, shownStroke } from "./strokes";

/** A reader's own keys: for an action's id the sequences that it has instead of its defaults; an empty list takes its keys away. */
export type Overrides = Readonly<Record<string, readonly string[]>>;

export interface Keyed {
  id: number;
  name?: string;
  shortcut?: string;
}

export interface KeyMap {
  /** The action of a sequence: `a`, `Shift+a`, `t b`. */
  readonly actions: ReadonlyMap<string, Action>;
  /** The sequences of an action, by its id. */
  readonly keys: ReadonlyMap<string, readonly string[]>;
  /** Own choices that can't hold here, in words. */
  readonly problems: readonly string[];
}

export function keyMap(overrides: Overrides = {}, findings: readonly Keyed[] = [], all: readonly Action[] = ACTIONS): KeyMap {
  const actions = new Map<string, Action>();
  const keys = new Map<string, readonly string[]>();
  const problems: string[] = [];
  const give = (action: Action, wanted: readonly string[], isOwn: boolean): void => {
    const got = wanted.filter((sequence) => {
      const why = refusal(sequence, action, actions, findings);
      if (why && isOwn) problems.push(`${sentence(action.words)}: ${why}`);
      if (!why) actions.set(sequence, action);
      return !why;
    });
    keys.set(action.id, got);
  };
  // Fixed keys hold for everybody, then a reader's own choices; the defaults take what is left.
  const isOwn = (action: Action): boolean => action.id in overrides && !action.isFixed;
  for (const action of all) if (action.isFixed) give(action, action.keys, false);
  for (const action of all) if (isOwn(action)) give(action, overrides[action.id] ?? [], true);
  // An action none of whose own keys can hold here goes on with its defaults rather than without any.
  const isLeft = (action: Action): boolean => isOwn(action) && overrides[action.id]?.length !== 0 && !keys.get(action.id)?.length;
  for (const action of all) if (!action.isFixed && (!isOwn(action) || isLeft(action))) give(action, action.keys, false);
  return { actions, keys, problems };
}

const sentence = (words: string): string => words.charAt(0).toUpperCase() + words.slice(1);

/** Why an action can't have a sequence: a sentence for the reader, null when it can. */
export function refusal(sequence: string, action: Action, taken: ReadonlyMap<string, Action>, findings: readonly Keyed[]): string | null {
  const strokes = parsed(sequence);
  const shown = shownStroke(sequence);
  const [first, second] = strokes ?? [];
  if (!first) return `“${shown}” is no key.`;
  if (second !== undefined && !(first in PREFIXES)) return `Two strokes begin with ${Object.keys(PREFIXES).join(" or ")}.`;
  if (second === undefined && first in PREFIXES) return `${shown} begins the keys of a group (${PREFIXES[first]}).`;
  if (second === "Escape") return "Esc leaves the keys that wait for a second stroke.";
  if (BROWSERS.has(first) || (second && BROWSERS.has(second))) return `${shown} is the browser's or the system's own.`;
  const finding = second === undefined ? findingOf(first, findings) : undefined;
  if (finding) return `${shown} belongs to ${finding.name ?? "a finding"} in this project.`;
  const holder = taken.get(sequence);
  return holder && holder.id !== action.id ? `${shown} is taken: ${holder.words}.` : null;
}

/** The finding whose letter a stroke is, alone, with shift or with alt. */
export function findingOf<One extends Keyed>(stroke: string, findings: readonly One[]): One | undefined {
  const letter = stroke.replace(/^(Shift|Alt)\+/, "");
  return findings.find((one) => one.shortcut && one.shortcut.toLowerCase() === letter);
}

const BROWSERS = new Set([
  "Tab", "Shift+Tab", "F1", "F3", "F5", "F6", "F7", "F11", "F12", "ContextMenu", "PrintScreen", "Alt+ArrowLeft", "Alt+ArrowRight",
  "Alt+F4", "Alt+Home", ...[..."tnwrlpfdhjuosacvx+-0"].map((key) => `Ctrl+${key}`), ...[..."tnwrpijc"].map((key) => `Ctrl+Shift+${key}`),
]);

export const DEFAULTS: KeyMap = keyMap();
