/** Undo and redo over whole contents: each step is what the reader did, never what the network did. */
import { type Content, textOf } from "./content";

export interface History {
  readonly past: readonly Content[];
  readonly present: Content;
  readonly future: readonly Content[];
}

const DEPTH = 200;

export const begin = (present: Content): History => ({ past: [], present, future: [] });

/** A new step; nothing when the content is the same. A `merge` step replaces the present one (typing in one field). */
export function step(history: History, next: Content, merge = false): History {
  if (textOf(next) === textOf(history.present)) return history;
  const past = merge ? history.past : [...history.past, history.present].slice(-DEPTH);
  return { past, present: next, future: [] };
}

export function undo(history: History): History {
  const previous = history.past.at(-1);
  if (!previous) return history;
  return { past: history.past.slice(0, -1), present: previous, future: [history.present, ...history.future] };
}

export function redo(history: History): History {
  const [next, ...future] = history.future;
  return next ? { past: [...history.past, history.present], present: next, future } : history;
}
