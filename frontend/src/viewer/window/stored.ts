/** The windows that a file brings along: pairs of centre and width with their names, and VOI tables. Pure. */
import { type Header, numbers, text } from "../loading/header";
import type { Curve, WindowRange } from "./curve";
import { rangeOf } from "./level";

export interface NamedWindow extends WindowRange {
  /** "" where the file gives it no name. */
  readonly name: string;
}

const FUNCTION = "00281056";

/** In the file's order, tables last; the first is the one to show at first. Empty where the file asks for nothing. */
export function storedWindows(header: Header): NamedWindow[] {
  return [...pairs(header), ...tables(header)];
}

function pairs(header: Header): NamedWindow[] {
  const [centres, widths] = [numbers(header, "00281050"), numbers(header, "00281051")];
  const kind = text(header, FUNCTION);
  return centres.flatMap((centre, n) => {
    const width = widths[n];
    if (width === undefined || width <= 0) return [];
    return [{ name: inWords(text(header, "00281055", n)), ...asAsked(centre, width, kind) }];
  });
}

function asAsked(centre: number, width: number, kind: string): WindowRange {
  if (kind === "LINEAR_EXACT") return { lower: centre - width / 2, upper: centre + width / 2, curve: { is: "exact" } };
  // An S of width w is told by the centre and width that its curve is made of.
  if (kind === "SIGMOID") return { lower: centre - width / 2, upper: centre + width / 2 - 1, curve: { is: "sigmoid" } };
  return rangeOf(centre, width);
}

function tables(header: Header): NamedWindow[] {
  return ((header["00283010"]?.Value ?? []) as Header[]).flatMap((item) => {
    const curve = tableOf(item);
    return curve ? [{ name: inWords(text(item, "00283003")), lower: curve.first, upper: curve.last, curve }] : [];
  });
}

/** null for a table that does not hold what its descriptor says. */
function tableOf(item: Header): Extract<Curve, { is: "table" }> | null {
  const [entries, first, bits] = numbers(item, "00283002");
  if (entries === undefined || first === undefined || !bits) return null;
  const count = entries || 65536;
  const values = entriesOf(item, count);
  if (values.length < count || count < 2) return null;
  const top = 2 ** bits - 1;
  return { is: "table", first, last: first + count - 1, greys: values.slice(0, count).map((value) => Math.min(1, value / top)) };
}

function entriesOf(item: Header, count: number): number[] {
  const element = item["00283006"];
  if (element?.Value) return unpacked(element.Value.map(Number), count);
  const bytes = Uint8Array.from(atob(element?.InlineBinary ?? ""), (sign) => sign.charCodeAt(0));
  if (bytes.length < 2 * count) return [...bytes];
  return Array.from({ length: count }, (_, n) => (bytes[2 * n] as number) + 256 * (bytes[2 * n + 1] as number));
}

/** Entries of 8 bits may stand two to a word, the first in the lower byte. */
function unpacked(words: number[], count: number): number[] {
  return words.length * 2 >= count && words.length < count ? words.flatMap((word) => [word & 255, word >> 8]) : words;
}

/** `SOFT TISSUE` → `Soft tissue`. */
function inWords(name: string): string {
  return name && name[0] + name.slice(1).toLowerCase();
}
