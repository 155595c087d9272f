/** Between the patient and a plane cut through it: one unit of the plane's picture is a millimetre. Pure. */
import type { Point } from "../stack/placement";
import type { PatientPlane, Point3 } from "../view";
import { along, dot, minus } from "./vectors";

export function toWorld({ origin, row, column }: PatientPlane, [u, v]: Point): Point3 {
  return along(along(origin, row, u), column, v);
}

/** `depth`: millimetres from the plane, positive on the side that its normal points to. */
export function toPlane({ origin, row, column, normal }: PatientPlane, world: Point3): { at: Point; depth: number } {
  const from = minus(world, origin);
  return { at: [dot(from, row), dot(from, column)], depth: dot(from, normal) };
}
