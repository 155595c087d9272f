/** A reader's own keys: chosen, taken back, written to a file and read from one. Pure. */
import { type Action, ACTIONS } from "./actions";
import { type Keyed, keyMap, type Overrides } from "./map";

const FORMAT = "radloop-keys";

/** The keys of one action replaced; `null` gives it its defaults again. */
export function withKeys(own: Overrides, id: string, keys: readonly string[] | null): Overrides {
  const { [id]: _, ...rest } = own;
  const action = ACTIONS.find((one) => one.id === id);
  const isDefault = keys === null || (action && action.keys.join("  ") === keys.join("  "));
  return isDefault ? rest : { ...rest, [id]: keys };
}

export function toFile(own: Overrides): string {
  return `${JSON.stringify({ format: FORMAT, version: 1, keys: own }, null, 2)}\n`;
}

export interface Read {
  readonly own: Overrides;
  /** What the file has and this room can't take, in words. */
  readonly left: readonly string[];
}

/** Throws Error in words when the text is no file of keys; what collides is left out and named. */
export function fromFile(text: string, findings: readonly Keyed[], all: readonly Action[] = ACTIONS): Read {
  const given = keysIn(text);
  const known = new Map(all.filter((action) => !action.isFixed).map((action) => [action.id, action]));
  const left = Object.keys(given).filter((id) => !known.has(id)).map((id) => `This room has no action “${id}” whose keys can be changed.`);
  const wanted = Object.fromEntries(Object.entries(given).filter(([id]) => known.has(id)));
  const map = keyMap(wanted, findings, all);
  // An action that was meant to have no key keeps none; one whose keys all collide goes back to its defaults.
  const got = Object.entries(wanted).map(([id, keys]): [string, readonly string[]] => [
    id, keys.filter((key) => map.actions.get(key)?.id === id),
  ]);
  const own = Object.fromEntries(got.filter(([id, keys]) => keys.length || !wanted[id]?.length));
  return { own, left: [...left, ...map.problems] };
}

function keysIn(text: string): Record<string, string[]> {
  let read: unknown;
  try {
    read = JSON.parse(text);
  } catch {
    throw new Error("The file is no JSON. Choose one that was exported here.");
  }
  const { format, keys } = (read ?? {}) as { format?: unknown; keys?: unknown };
  const isMap = typeof keys === "object" && keys !== null && !Array.isArray(keys);
  if (format !== FORMAT || !isMap || !Object.values(keys).every(isList)) throw new Error("The file holds no keys of this room.");
  return keys as Record<string, string[]>;
}

const isList = (one: unknown): boolean => Array.isArray(one) && one.every((key) => typeof key === "string");
