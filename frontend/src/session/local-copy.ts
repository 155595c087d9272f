/** What was typed and not yet acknowledged, kept in the browser until it is. It holds answers, never images or names. */
import { type Content, fromDraft } from "./content";

export interface LocalCopy {
  base_version: number;
  content: Content;
}

const key = (reading: number): string => `radloop:draft:${reading}`;

export function keep(reading: number, copy: LocalCopy): void {
  try {
    localStorage.setItem(key(reading), JSON.stringify(copy));
  } catch {
    // A full or forbidden store only loses the second safety net.
  }
}

export function forget(reading: number): void {
  try {
    localStorage.removeItem(key(reading));
  } catch {
    // As above.
  }
}

export function found(reading: number): LocalCopy | null {
  try {
    const copy = JSON.parse(localStorage.getItem(key(reading)) ?? "null") as LocalCopy | null;
    return copy && { base_version: copy.base_version, content: fromDraft(copy.content) };
  } catch {
    return null;
  }
}
