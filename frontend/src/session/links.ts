/** Words of the report tied to marks: kept with the marks they belong to, gone with them. Pure. */
import type { Content } from "./content";

/** [start, end) of one version of a report, in characters as the server counts them (an emoji is one). */
export interface Link {
  readonly track: string;
  readonly report: number;
  readonly start: number;
  readonly end: number;
  readonly quote: string;
  readonly at: string;
}

/** Words that the reader has picked in the report on the screen. */
export interface Picked {
  readonly start: number;
  readonly end: number;
}

/** A link and where it stands in the text on the screen; null: in an earlier version, or in another report. */
export interface PlacedLink {
  readonly link: Link;
  readonly now: Picked | null;
  /** Of the text it was made in, where that is another than the one on the screen. */
  readonly version: number | null;
}

/** The longest stretch that can be linked, as on the server. */
export const LONGEST = 400;
export const MOST = 200;

/** A link goes with its mark; undo brings both back. */
export function withoutLoose(content: Content): Content {
  if (!content.links.length) return content;
  const tracks = new Set(content.regions.map((region) => region.track));
  const links = content.links.filter((link) => tracks.has(link.track));
  return links.length === content.links.length ? content : { ...content, links };
}

export const linksOf = (content: Content, track: string | null): readonly Link[] =>
  content.links.filter((link) => link.track === track);

/** Ties the words and the mark; words that are tied to it already are let go. */
export function toggleLink(content: Content, link: Link): Content {
  const same = content.links.find((one) => isSame(one, link));
  return same ? unlink(content, same) : { ...content, links: [...content.links, link] };
}

export function unlink(content: Content, link: Link): Content {
  return { ...content, links: content.links.filter((one) => !isSame(one, link)) };
}

export const isSame = (one: Link, other: Link): boolean =>
  one.track === other.track && one.report === other.report && one.start === other.start && one.end === other.end;

/** What the server says of spans that were linked when the case was opened. */
export interface ServerPlace {
  readonly report: number;
  readonly version: number;
  readonly start: number;
  readonly end: number;
  readonly now: readonly number[] | null;
  readonly newest: number;
}

/** Where each link stands in the text on the screen. `text` is checked once more: never are other words marked. */
export function placedOn(content: Content, shown: { readonly id: number; readonly text: string } | null, places: readonly ServerPlace[]): PlacedLink[] {
  const characters = shown ? [...shown.text] : [];
  return content.links.map((link) => {
    if (shown && link.report === shown.id) return { link, now: checked(link, characters, link.start, link.end), version: null };
    const place = places.find((one) => one.report === link.report && one.start === link.start && one.end === link.end);
    const [start, end] = place?.newest === shown?.id ? (place?.now ?? []) : [];
    const now = start === undefined || end === undefined ? null : checked(link, characters, start, end);
    return { link, now, version: place?.version ?? null };
  });
}

function checked(link: Link, characters: readonly string[], start: number, end: number): Picked | null {
  return characters.slice(start, end).join("") === link.quote ? { start, end } : null;
}

/** The words that a rough selection means: whole words, no spaces at its ends; null where it holds none. */
export function wholeWords(text: string, picked: Picked): Picked | null {
  const characters = [...text];
  const isSpace = (at: number): boolean => !/\S/u.test(characters[at] ?? " ");
  let { start, end } = picked;
  while (start < end && isSpace(start)) start += 1;
  while (end > start && isSpace(end - 1)) end -= 1;
  if (start >= end) return null;
  const isWord = (at: number): boolean => /[\p{L}\p{N}]/u.test(characters[at] ?? " ");
  while (start > 0 && isWord(start) && isWord(start - 1)) start -= 1;
  while (end < characters.length && isWord(end - 1) && isWord(end)) end += 1;
  return { start, end };
}

/** Every word of the text, for the keyboard: [start, end) in characters. */
export function wordsOf(text: string): Picked[] {
  const found: Picked[] = [];
  let start = -1;
  const characters = [...text, " "];
  characters.forEach((character, at) => {
    const isSpace = !/\S/u.test(character);
    if (!isSpace && start < 0) start = at;
    if (isSpace && start >= 0) {
      found.push({ start, end: at });
      start = -1;
    }
  });
  return found;
}
