/** A plane that cuts square through the slices of a volume: what lies on slices as it is seen there, and drawn there. Pure. */
import type { Box, Mask, Pair, Slice } from "../../session/geometry";
import { type Placement, type Point, toScreen } from "../stack/placement";
import type { PatientPlane, Point3 } from "../view";
import { type Lattice, nearest, toIndex, toPatient } from "../volume/lattice";
import { toPlane, toWorld } from "../volume/plane-frame";
import { dot, unit } from "../volume/vectors";
import { MINIMUM } from "./kind";
import { decoded, encoded } from "./rle";

export type Axis = 0 | 1 | 2;
const [COLUMN, ROW, SLICE] = [0, 1, 2] as const;

export interface Cut {
  readonly lattice: Lattice;
  /** In the lattice's order. */
  readonly slices: readonly Slice[];
  readonly plane: PatientPlane;
  /** The lattice's axes along the plane's rows, down its columns, and through it. */
  readonly axes: readonly [Axis, Axis, Axis];
  /** The voxel that the plane lies in, counted along the axis through it. */
  readonly layer: number;
  /** Millimetres on the plane of the first voxel's centre, and from one voxel to the next, across and down. */
  readonly origin: Pair;
  readonly step: Pair;
}

/** A box through slices, in voxels: 0 is the centre of the first. Both slices are included. */
export interface Span extends Box {
  readonly first: number;
  readonly last: number;
}

/** Cosine above which a direction counts as parallel: within a quarter of a degree. */
const PARALLEL = 0.99999;

/** null where the slices stand oblique to the plane, or lean. */
export function cutOf(lattice: Lattice, slices: readonly Slice[], plane: PatientPlane): Cut | null {
  const axisAlong = (direction: Point3): number => lattice.steps.findIndex((step) => Math.abs(dot(unit(step), direction)) > PARALLEL);
  const axes = [plane.row, plane.column, plane.normal].map(axisAlong);
  if (axes.includes(-1)) return null;
  const [across, down, through] = axes as [Axis, Axis, Axis];
  return {
    lattice, slices, plane, axes: [across, down, through], layer: nearest(lattice, plane.origin)[through],
    origin: toPlane(plane, lattice.origin).at, step: [dot(lattice.steps[across], plane.row), dot(lattice.steps[down], plane.column)],
  };
}

/** The span on this plane, in millimetres; null where it lies further away than `thickness` / 2. */
export function spanSeen({ x, y, w, h, first, last }: Span, { lattice, plane }: Cut, thickness: number): Box | null {
  const ends = ([[x, y, first - 0.5], [x + w, y + h, last + 0.5]] as const).map((end) => toPlane(plane, toPatient(lattice, end)));
  const [a, b] = ends as [(typeof ends)[0], (typeof ends)[0]];
  const room = thickness / 2 - 1e-6;
  if (Math.min(a.depth, b.depth) > room || Math.max(a.depth, b.depth) < -room) return null;
  const [left, top] = [Math.min(a.at[0], b.at[0]), Math.min(a.at[1], b.at[1])];
  return { x: left, y: top, w: Math.abs(a.at[0] - b.at[0]), h: Math.abs(a.at[1] - b.at[1]) };
}

/** The span that a box on the plane means. Along the axis through the plane it is as deep as `before`; a new one, a voxel or two. */
export function spanDrawn(box: Box, cut: Cut, before: Span | null): Span {
  const corner = (at: Pair): Point3 => toIndex(cut.lattice, toWorld(cut.plane, at));
  const [a, b] = [corner([box.x, box.y]), corner([box.x + box.w, box.y + box.h])];
  const reach = (axis: Axis): Pair => {
    if (axis !== cut.axes[2]) return [Math.min(a[axis], b[axis]), Math.max(a[axis], b[axis])];
    return before ? reachOf(before, axis) : [a[axis] - MINIMUM / 2, a[axis] + MINIMUM / 2];
  };
  const [[left, right], [top, bottom]] = [reach(COLUMN), reach(ROW)];
  const [first, last] = cut.axes[2] === SLICE && !before ? [cut.layer, cut.layer] : slicesIn(reach(SLICE), cut.lattice);
  return { x: left, y: top, w: right - left, h: bottom - top, first, last };
}

const reachOf = ({ x, y, w, h, first, last }: Span, axis: Axis): Pair =>
  ([[x, x + w], [y, y + h], [first - 0.5, last + 0.5]] as const)[axis];

/** Slices whose centres lie within; the nearest one where there is none. */
function slicesIn([from, to]: Pair, { size }: Lattice): Pair {
  const inside = (slice: number): number => Math.min(Math.max(slice, 0), size[2] - 1);
  const [first, last] = [Math.ceil(from - 1e-6), Math.floor(to + 1e-6)];
  const middle = Math.round((from + to) / 2);
  return first <= last ? [inside(first), inside(last)] : [inside(middle), inside(middle)];
}

/** Of a point in the plane's millimetres, in its voxels; and back. */
export const toVoxels = ({ origin, step }: Cut, [x, y]: Pair): Pair => [(x - origin[0]) / step[0], (y - origin[1]) / step[1]];
export const toMillimetres = ({ origin, step }: Cut, [x, y]: Pair): Pair => [origin[0] + x * step[0], origin[1] + y * step[1]];

/** Where the plane's voxels lie on the screen. */
export function voxelPlacement({ origin, step }: Cut, placement: Placement): Placement {
  const by = ([x, y]: Point, share: number): Point => [x * share, y * share];
  return { origin: toScreen(placement, origin), right: by(placement.right, step[0]), down: by(placement.down, step[1]) };
}

export const sizeOf = ({ lattice, axes }: Cut): { rows: number; columns: number } => ({ columns: lattice.size[axes[0]], rows: lattice.size[axes[1]] });

/** Pixels of a slice that lie in the plane: [pixel of the slice, pixel of the plane]. */
function* shared(cut: Cut, slice: number): Generator<readonly [number, number]> {
  const { lattice: { size: [columns, rows] }, axes: [across, down, through], layer } = cut;
  if (through === SLICE && slice !== layer) return;
  const wide = sizeOf(cut).columns;
  const [i0, i1] = through === COLUMN ? [layer, layer + 1] : [0, columns];
  const [j0, j1] = through === ROW ? [layer, layer + 1] : [0, rows];
  for (let j = j0; j < j1; j += 1) {
    for (let i = i0; i < i1; i += 1) {
      const index = [i, j, slice];
      yield [j * columns + i, (index[down] as number) * wide + (index[across] as number)];
    }
  }
}

/** Slice → its mask's pixels, row by row. */
export type Pixels = ReadonlyMap<number, Uint8Array>;

/** What masks on slices show on the plane, in its voxels. */
export function maskSeen(masks: Pixels, cut: Cut): Mask {
  const { rows, columns } = sizeOf(cut);
  const seen = new Uint8Array(rows * columns);
  for (const [slice, pixels] of masks) {
    for (const [from, to] of shared(cut, slice)) if (pixels[from]) seen[to] = 1;
  }
  return encoded(seen, rows, columns);
}

/** The slices that differ from `masks` after the plane was painted; null: nothing is left there. */
export function maskDrawn(painted: Mask, masks: Pixels, cut: Cut): Map<number, Mask | null> {
  const [columns, rows, slices] = cut.lattice.size;
  const [after, changed] = [decoded(painted), new Map<number, Mask | null>()];
  for (let slice = 0; slice < slices; slice += 1) {
    const before = masks.get(slice);
    let pixels: Uint8Array | null = null;
    for (const [of, on] of shared(cut, slice)) {
      if ((after[on] ?? 0) === (before?.[of] ?? 0)) continue;
      pixels ??= before ? Uint8Array.from(before) : new Uint8Array(rows * columns);
      pixels[of] = after[on] as number;
    }
    if (pixels) changed.set(slice, pixels.some(Boolean) ? encoded(pixels, rows, columns) : null);
  }
  return changed;
}

/** The voxel [column, row, slice] of a pixel of the plane. */
export function voxelOf(cut: Cut, pixel: number): Point3 {
  const wide = sizeOf(cut).columns;
  const index: [number, number, number] = [0, 0, 0];
  index[cut.axes[0]] = pixel % wide;
  index[cut.axes[1]] = Math.floor(pixel / wide);
  index[cut.axes[2]] = cut.layer;
  return index;
}
