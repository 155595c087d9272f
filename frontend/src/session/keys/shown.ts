/** The map as `?` shows it: groups of lines, each with its keys as printed. Pure. */
import { type Action, ACTIONS, type Group, GROUPS, HINTS } from "./actions";
import type { CommandName } from "./command";
import type { KeyMap } from "./map";
import { shownStroke } from "./strokes";

export interface Line {
  readonly keys: string;
  readonly words: string;
}

/** Lines of what is handled and has a key; actions that belong together share one. */
export function shownMap(map: KeyMap, handled: (name: CommandName) => boolean = () => true): [Group, Line[]][] {
  const groups = GROUPS.map((group): [Group, Line[]] => [group, [...hints(group), ...lines(map, group, handled)]]);
  return groups.filter(([, rows]) => rows.length);
}

const hints = (group: Group): Line[] => HINTS.filter(([of]) => of === group).map(([, keys, words]) => ({ keys, words }));

function lines(map: KeyMap, group: Group, handled: (name: CommandName) => boolean): Line[] {
  const rows = new Map<string, string[]>();
  for (const action of ACTIONS) {
    const keys = map.keys.get(action.id) ?? [];
    if (action.group !== group || !handled(action.command.do) || !keys.length) continue;
    const words = action.together ?? action.words;
    rows.set(words, [...(rows.get(words) ?? []), ...shownOf(action, keys)]);
  }
  return [...rows].map(([words, keys]) => ({ words, keys: joined(keys) }));
}

/** The first key stands for several of one action, but for zoom's and submit's second ones nobody needs them here. */
const shownOf = (action: Action, keys: readonly string[]): string[] =>
  (action.together ? keys.slice(0, 1) : keys.slice(0, 2)).map(shownStroke);

/** `1 … 9` for a run, `⇧ ← → ↑ ↓` and `g 1 … 6` for keys that begin alike. */
function joined(keys: readonly string[]): string {
  const heads = new Set(keys.map((key) => key.split(" ").slice(0, -1).join(" ")));
  const head = heads.size === 1 && keys.length > 1 ? [...heads][0] : "";
  const tails = head ? keys.map((key) => key.slice(head.length + 1)) : keys;
  const isRun = tails.length > 2 && tails.every((tail, n) => /^[0-9]$/.test(tail) && Number(tail) === Number(tails[0]) + n);
  const told = isRun ? `${tails[0]} … ${tails.at(-1)}` : tails.join(head ? " " : "  ");
  return head ? `${head} ${told}` : told;
}
