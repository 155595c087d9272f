/** Slices of a tilted gantry, moved in their own plane until they stand straight above each other. Pure. */
import type { Point3 } from "../view";
import { type Lattice, shift, sliceNormal } from "./lattice";
import { along, dot, times } from "./vectors";

/** Voxels: what is less than this is no tilt. */
const NOTHING = 0.01;

export interface Straight {
  /** At right angles, and large enough for every shifted slice. */
  readonly lattice: Lattice;
  /** Where slice n's first voxel comes to lie, in columns and rows of the straight lattice. */
  readonly offsets: readonly (readonly [number, number])[];
}

export function straightened(lattice: Lattice): Straight {
  const { origin, steps: [i, j, k], size: [columns, rows, slices] } = lattice;
  const [dx, dy] = shift(lattice).map((by) => (Math.abs(by) * (slices - 1) < NOTHING ? 0 : by)) as [number, number];
  // The first slice keeps whole voxels; room is made on the side to which the others move.
  const room = (by: number): [before: number, all: number] =>
    [Math.max(0, Math.ceil(-by * (slices - 1))), Math.ceil(Math.abs(by) * (slices - 1))];
  const [[left, wide], [above, high]] = [room(dx), room(dy)];
  const normal = sliceNormal(lattice);
  const straight = {
    size: [columns + wide, rows + high, slices] as Point3, origin: along(along(origin, i, -left), j, -above),
    steps: [i, j, times(normal, dot(k, normal))] as const,
  };
  const offsets = Array.from({ length: slices }, (_, n) => [left + n * dx, above + n * dy] as const);
  return { lattice: straight, offsets };
}

export type Values = Int16Array | Uint16Array | Uint8Array | Float32Array;

/** Write one slice into its place: between its voxels by interpolation; what lies outside keeps `target`'s fill. */
export function place(
  source: ArrayLike<number>, columns: number, rows: number, target: Values, width: number,
  [x, y]: readonly [number, number],
): void {
  const [x0, y0] = [Math.floor(x), Math.floor(y)];
  const [fx, fy] = [x - x0, y - y0];
  if (!fx && !fy) return copied(source, columns, rows, target, width, x0, y0);
  const at = (i: number, j: number): number => source[clamp(j, rows) * columns + clamp(i, columns)] as number;
  const isWhole = !(target instanceof Float32Array);
  // Between two of the source's voxels: target voxel t lies at t - offset, so it takes part of the one before.
  for (let j = fy ? 1 : 0; j < rows; j += 1) {
    for (let i = fx ? 1 : 0; i < columns; i += 1) {
      const above = fy ? fx * at(i - 1, j - 1) + (1 - fx) * at(i, j - 1) : 0;
      const value = fy * above + (1 - fy) * (fx * at(i - 1, j) + (1 - fx) * at(i, j));
      target[(j + y0) * width + i + x0] = isWhole ? Math.round(value) : value;
    }
  }
}

function copied(
  source: ArrayLike<number>, columns: number, rows: number, target: Values, width: number, x: number, y: number,
): void {
  for (let j = 0; j < rows; j += 1) {
    const from = j * columns;
    const to = (j + y) * width + x;
    for (let i = 0; i < columns; i += 1) target[to + i] = source[from + i] as number;
  }
}

function clamp(index: number, count: number): number {
  return index < 0 ? 0 : index >= count ? count - 1 : index;
}
