/**
 * What was typed and not yet acknowledged, kept in the browser until it is. It holds answers, never images or names.
 * Every page keeps a copy of its own: two tabs with one case must not write over each other's.
 */
import { type Content, fromDraft, textOf } from "./content";

export interface LocalCopy {
  readonly base_version: number;
  readonly content: Content;
}

export interface Found extends LocalCopy {
  readonly key: string;
  /** Milliseconds since 1970 at which it was kept; 0: unknown. */
  readonly at: number;
}

const PAGE = Math.random().toString(36).slice(2, 10);

const PREFIX = "radloop:draft:";
const own = (reading: number): string => `${PREFIX}${reading}:${PAGE}`;
const isOf = (key: string, reading: number): boolean => key === PREFIX + reading || key.startsWith(`${PREFIX}${reading}:`);

export const isOwn = (reading: number, { key }: Found): boolean => key === own(reading);

/** False: a full or forbidden store took nothing, which only loses the second safety net. */
export function keep(reading: number, { base_version, content }: LocalCopy): boolean {
  try {
    localStorage.setItem(own(reading), JSON.stringify({ base_version, content, at: Date.now() }));
    return true;
  } catch {
    return false;
  }
}

/** This page's own copy is needed no more. */
export function forget(reading: number): void {
  drop([own(reading)]);
}

export function drop(keys: readonly string[]): void {
  try {
    for (const key of keys) localStorage.removeItem(key);
  } catch {
    // A forbidden store holds nothing.
  }
}

/** Copies that were decided about: one that its page has written anew since was not, and stays. */
export function letGo(seen: readonly Found[]): void {
  drop(seen.filter((one) => read(one.key).every((now) => textOf(now.content) === textOf(one.content))).map((one) => one.key));
}

/** Every copy of a reading in this browser, the newest first, whichever page kept it. */
export function found(reading: number): Found[] {
  try {
    const keys = Array.from({ length: localStorage.length }, (_, n) => localStorage.key(n) ?? "");
    const copies = keys.filter((key) => isOf(key, reading)).flatMap((key) => read(key));
    return copies.sort((a, b) => b.at - a.at);
  } catch {
    return [];
  }
}

function read(key: string): Found[] {
  try {
    const copy = JSON.parse(localStorage.getItem(key) ?? "null") as (LocalCopy & { at?: number }) | null;
    return copy ? [{ key, base_version: copy.base_version, content: fromDraft(copy.content), at: copy.at ?? 0 }] : [];
  } catch {
    return [];
  }
}
