/** Where the voxels of a series lie in the patient: steps from the first one, not always at right angles. Pure. */
import type { Point3 } from "../view";
import { along, cross, dot, length, minus, times, unit } from "./vectors";

export interface Lattice {
  /** Columns, rows, slices. */
  readonly size: Point3;
  /** The centre of the first voxel of the first slice. */
  readonly origin: Point3;
  /** Millimetres from a voxel to its neighbour along a row, down a column, and in the next slice. */
  readonly steps: readonly [Point3, Point3, Point3];
}

/** Indices are columns, rows, slices; 0 is the centre of the first voxel; fractions lie between voxels. */
export function toPatient({ origin, steps }: Lattice, index: Point3): Point3 {
  return steps.reduce<Point3>((point, step, axis) => along(point, step, index[axis] as number), origin);
}

export function toIndex({ origin, steps: [i, j, k] }: Lattice, point: Point3): Point3 {
  const from = minus(point, origin);
  const volume = dot(i, cross(j, k));
  return [dot(from, cross(j, k)) / volume, dot(from, cross(k, i)) / volume, dot(from, cross(i, j)) / volume];
}

/** Whether a point lies in one of the voxels. */
export function isInside(lattice: Lattice, point: Point3): boolean {
  return toIndex(lattice, point).every((at, axis) => at >= -0.5 && at <= (lattice.size[axis] as number) - 0.5);
}

/** The voxel whose centre is nearest along the lattice's own axes, kept inside. */
export function nearest(lattice: Lattice, point: Point3): Point3 {
  const [i, j, k] = toIndex(lattice, point);
  const [columns, rows, slices] = lattice.size;
  const inside = (value: number, count: number): number => Math.min(Math.max(Math.round(value), 0), count - 1);
  return [inside(i, columns), inside(j, rows), inside(k, slices)];
}

export function middle(lattice: Lattice): Point3 {
  return lattice.size.map((count) => Math.floor(count / 2)) as unknown as Point3;
}

export function spacing({ steps }: Lattice): Point3 {
  return steps.map(length) as unknown as Point3;
}

/** Through a slice, on the side that the slices go to. */
export function sliceNormal({ steps: [i, j, k] }: Lattice): Point3 {
  const normal = unit(cross(i, j));
  return dot(normal, k) < 0 ? times(normal, -1) : normal;
}

/** How far each slice is shifted against the one before it, along rows and columns, in voxels, as a tilted gantry does. */
export function shift(lattice: Lattice): readonly [number, number] {
  const [i, j, k] = lattice.steps;
  const normal = sliceNormal(lattice);
  const sideways = minus(k, times(normal, dot(k, normal)));
  return [dot(sideways, unit(i)) / length(i), dot(sideways, unit(j)) / length(j)];
}

/** Degrees by which the slices lean; 0 where the stack is straight. */
export function tilt(lattice: Lattice): number {
  const [, , k] = lattice.steps;
  return (180 / Math.PI) * Math.acos(Math.min(1, Math.abs(dot(unit(k), sliceNormal(lattice)))));
}

/** Least and greatest distance of the volume's voxel centres from the patient's origin, along a direction. */
export function extent(lattice: Lattice, direction: Point3): readonly [number, number] {
  const [columns, rows, slices] = lattice.size;
  const corners = [0, columns - 1].flatMap((i) => [0, rows - 1].flatMap((j) => [0, slices - 1].map((k) => [i, j, k])));
  const places = corners.map((corner) => dot(toPatient(lattice, corner as unknown as Point3), direction));
  return [Math.min(...places), Math.max(...places)];
}

/** Millimetres from one cut to the next: the spacing of the axis that leads through planes with this normal. */
export function stepThrough({ steps }: Lattice, normal: Point3): number {
  const shares = steps.map((step) => Math.abs(dot(unit(step), normal)));
  const leading = steps[shares.indexOf(Math.max(...shares))] as Point3;
  return Math.abs(dot(leading, normal));
}
