/** The three planes of the patient, as radiologists hang them. Pure. */
import type { Point3 } from "../view";
import { dot, times } from "../volume/vectors";

export type Orientation = "axial" | "coronal" | "sagittal";

export interface Hanging {
  /** Which way the screen's right and down point in the patient (to the left, to the back, to the head). */
  readonly right: Point3;
  readonly down: Point3;
  /** Away from who looks: right × down. */
  readonly away: Point3;
}

export const ORIENTATIONS: readonly Orientation[] = ["axial", "coronal", "sagittal"];

/** Axial from the feet, coronal from the front, sagittal from the patient's left. */
export const HANGINGS: Readonly<Record<Orientation, Hanging>> = {
  axial: { right: [1, 0, 0], down: [0, 1, 0], away: [0, 0, 1] },
  coronal: { right: [1, 0, 0], down: [0, 0, -1], away: [0, 1, 0] },
  sagittal: { right: [0, 1, 0], down: [0, 0, -1], away: [-1, 0, 0] },
};

/** Paging down goes from head to foot, from front to back, and from the patient's left to the right. */
export function pagesDown(orientation: Orientation): Point3 {
  return orientation === "axial" ? times(HANGINGS.axial.away, -1) : HANGINGS[orientation].away;
}

/** Which plane a series was taken in: the nearest of the three. */
export function nearestOrientation(normal: Point3): Orientation {
  const shares = ORIENTATIONS.map((one) => Math.abs(dot(HANGINGS[one].away, normal)));
  return ORIENTATIONS[shares.indexOf(Math.max(...shares))] as Orientation;
}
