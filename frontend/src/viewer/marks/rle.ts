/** Masks as text: run lengths along the rows, the first of zeros, each as LEB128, all as base64. Pure. */
import type { Mask } from "../../session/geometry";

export function encoded(pixels: Uint8Array, rows: number, columns: number): Mask {
  const bytes: number[] = [];
  let [value, run] = [0, 0];
  for (const pixel of pixels) {
    if ((pixel !== 0) === (value !== 0)) run += 1;
    else {
      push(bytes, run);
      [value, run] = [1 - value, 1];
    }
  }
  push(bytes, run);
  return { rows, columns, rle: btoa(bytes.map((byte) => String.fromCharCode(byte)).join("")) };
}

function push(bytes: number[], run: number): void {
  let rest = run;
  for (; rest > 127; rest = Math.floor(rest / 128)) bytes.push(128 | (rest % 128));
  bytes.push(rest);
}

/** One byte per pixel, 0 or 1. Throws RangeError where the runs don't fill the image exactly. */
export function decoded({ rows, columns, rle }: Mask): Uint8Array {
  const pixels = new Uint8Array(rows * columns);
  let at = 0;
  runsOf(rle).forEach((run, n) => {
    if (n % 2) pixels.fill(1, at, at + run);
    at += run;
  });
  if (at !== pixels.length) throw new RangeError(`The mask has ${at} pixels, its image ${pixels.length}.`);
  return pixels;
}

export function runsOf(rle: string): number[] {
  const runs: number[] = [];
  let [run, factor] = [0, 1];
  for (const letter of atob(rle)) {
    const byte = letter.charCodeAt(0);
    run += (byte & 127) * factor;
    factor *= 128;
    if (byte & 128) continue;
    runs.push(run);
    [run, factor] = [0, 1];
  }
  return runs;
}

export interface Extent {
  readonly left: number;
  readonly top: number;
  /** The last column and row that hold something. */
  readonly right: number;
  readonly bottom: number;
  readonly area: number;
}

/** Where the mask lies, and how many pixels it has, without unrolling it; null when it is empty. */
export function extentOf({ columns, rle }: Mask): Extent | null {
  let [at, area, left, right, top, bottom] = [0, 0, Infinity, -1, Infinity, -1];
  runsOf(rle).forEach((run, n) => {
    if (n % 2 && run) {
      const [from, to] = [at, at + run - 1];
      const [first, last] = [Math.floor(from / columns), Math.floor(to / columns)];
      area += run;
      [top, bottom] = [Math.min(top, first), Math.max(bottom, last)];
      left = first === last ? Math.min(left, from % columns) : 0;
      right = first === last ? Math.max(right, to % columns) : columns - 1;
    }
    at += run;
  });
  return area ? { left, top, right, bottom, area } : null;
}

/** The box around what is set, edge to edge; null when nothing is. */
export function boxAround(mask: Mask): { x: number; y: number; w: number; h: number } | null {
  const extent = extentOf(mask);
  if (!extent) return null;
  const { left, top, right, bottom } = extent;
  return { x: left - 0.5, y: top - 0.5, w: right - left + 1, h: bottom - top + 1 };
}
