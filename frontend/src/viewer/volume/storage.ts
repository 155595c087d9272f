/** What the voxels of a series are kept as, from its headers. Pure. */
import { type Header, numbers, text } from "../loading/header";
import type { SliceImage } from "../loading/images";
import type { WindowRange } from "../window/presets";
import type { Lattice } from "./lattice";
import { times } from "./vectors";

/** Bytes; a larger volume is thinned in its own planes, so that it fits beside the images on a modest card. */
export const MOST_BYTES = 256 * 2 ** 20;

type Kind = Int16ArrayConstructor | Float32ArrayConstructor;

/** Whole numbers of 16 bits where rescaling gives whole numbers; else real ones. */
export function kindOf(images: readonly Pick<SliceImage, "header">[]): Kind {
  return images.every(({ header }) => isWhole(header)) ? Int16Array : Float32Array;
}

function isWhole(header: Header): boolean {
  const number = (tag: string, otherwise: number): number => numbers(header, tag)[0] ?? otherwise;
  // PET is shown in uptake values, which are fractions whatever the file holds.
  if (text(header, "00080060") === "PT" || header["00283000"]) return false;
  const isWholeStep = Number.isInteger(number("00281053", 1)) && Number.isInteger(number("00281052", 0));
  return isWholeStep && number("00280100", 16) <= 16;
}

/** Few files with 16 bits stored use them all: that is seen when their values come. */
export const fits = (range: WindowRange): boolean => range.lower >= -32768 && range.upper <= 32767;

/** Every how many-th column and row to keep: 1 where all fit. */
export function thinning({ size: [columns, rows, slices] }: Lattice, kind: Kind, most = MOST_BYTES): number {
  let every = 1;
  while (Math.ceil(columns / every) * Math.ceil(rows / every) * slices * kind.BYTES_PER_ELEMENT > most) every += 1;
  return every;
}

export function thinned(lattice: Lattice, every: number): Lattice {
  const { size: [columns, rows, slices], steps: [i, j, k] } = lattice;
  const size = [Math.ceil(columns / every), Math.ceil(rows / every), slices] as const;
  return { ...lattice, size, steps: [times(i, every), times(j, every), k] };
}

export function thinnedSlice(
  source: ArrayLike<number>, columns: number, rows: number, every: number,
): ArrayLike<number> {
  if (every === 1) return source;
  const [width, height] = [Math.ceil(columns / every), Math.ceil(rows / every)];
  return Float32Array.from({ length: width * height }, (_, n) =>
    source[Math.floor(n / width) * every * columns + (n % width) * every] as number);
}

