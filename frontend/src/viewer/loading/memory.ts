/** How much of the machine's memory decoded images may take. Pure. */
import type { SliceImage } from "./images";

const MEGABYTE = 2 ** 20;
/** Of each gigabyte that the browser tells of (it tells of eight at most). */
const PER_GIGABYTE = 192 * MEGABYTE;
const BOUNDS = { least: 384 * MEGABYTE, most: 1536 * MEGABYTE };
/** Where the browser does not tell. */
const ASSUMED_GIGABYTES = 4;
/** The open series may fill so much of it; the rest is for earlier studies and the cases laid ready. */
const SHARE_OF_SERIES = 0.75;

/** Bytes. 768 MB on a machine of 4 GB, at most 1.5 GB. */
export function cacheBytes(gigabytes: number | undefined): number {
  return Math.min(BOUNDS.most, Math.max(BOUNDS.least, (gigabytes ?? ASSUMED_GIGABYTES) * PER_GIGABYTE));
}

/** How many images of this size may be decoded ahead, at most four bytes a value. */
export function mostAhead({ rows, columns, header }: SliceImage, bytes: number): number {
  const samples = Number(header["00280002"]?.Value?.[0] ?? 1);
  return Math.max(1, Math.floor((SHARE_OF_SERIES * bytes) / (rows * columns * (samples > 1 ? samples : 4))));
}

/** The place nearest to where the reader is; of two equally near the later. null when none waits. */
export function nearest(waiting: ReadonlySet<number>, from: number): number | null {
  let found: number | null = null;
  for (const place of waiting) {
    const closer = found === null ? 1 : Math.abs(found - from) - Math.abs(place - from);
    if (closer > 0 || (closer === 0 && found !== null && place > found)) found = place;
  }
  return found;
}
