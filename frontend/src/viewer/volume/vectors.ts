/** Arithmetic on points and directions in the patient, in millimetres. Pure. */
import { cross, dot } from "../stack/plane";
import type { Point3 } from "../view";

export { cross, dot };

export const plus = (a: Point3, b: Point3): Point3 => [a[0] + b[0], a[1] + b[1], a[2] + b[2]];
export const minus = (a: Point3, b: Point3): Point3 => [a[0] - b[0], a[1] - b[1], a[2] - b[2]];
export const times = (a: Point3, by: number): Point3 => [a[0] * by, a[1] * by, a[2] * by];
export const length = (a: Point3): number => Math.hypot(...a);
export const along = (from: Point3, direction: Point3, by: number): Point3 => plus(from, times(direction, by));

export function unit(a: Point3): Point3 {
  return times(a, 1 / length(a));
}

/** Degrees between two directions, 0 to 180. */
export function angle(a: Point3, b: Point3): number {
  return (180 / Math.PI) * Math.acos(Math.min(1, Math.max(-1, dot(unit(a), unit(b)))));
}
