/** Where an image lies in the patient, from its header. Pure. */
import { type Header, numbers, text } from "../loading/header";
import type { PatientPlane, Point3 } from "../view";

const PLANE_POSITION = "00209113";

/** null without position and orientation, as for radiographs, and for later frames whose group gives them no place. */
export function planeOf(header: Header, frame: number): PatientPlane | null {
  const [origin, cosines] = [numbers(header, "00200032"), numbers(header, "00200037")];
  if (origin.length !== 3 || cosines.length !== 6 || (frame > 0 && !header[PLANE_POSITION])) return null;
  const row = cosines.slice(0, 3) as unknown as Point3;
  const column = cosines.slice(3) as unknown as Point3;
  return {
    frameOfReference: text(header, "00200052"), origin: origin as unknown as Point3, row, column, normal: cross(row, column),
  };
}

export function cross([a, b, c]: Point3, [x, y, z]: Point3): Point3 {
  return [b * z - c * y, c * x - a * z, a * y - b * x];
}

export function dot([a, b, c]: Point3, [x, y, z]: Point3): number {
  return a * x + b * y + c * z;
}
