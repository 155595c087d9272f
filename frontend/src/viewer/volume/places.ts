/** Where each image of a series lies in the patient, as its header says. Pure. */
import { numbers, text } from "../loading/header";
import type { SliceImage } from "../loading/images";
import type { Point3 } from "../view";

export interface Place {
  readonly frameOfReference: string;
  readonly origin: Point3;
  readonly row: Point3;
  readonly column: Point3;
  /** Millimetres between rows, and between columns. */
  readonly spacing: readonly [number, number];
}

const [POSITION, ORIENTATION, SPACING, FRAME_OF_REFERENCE] = ["00200032", "00200037", "00280030", "00200052"];
/** Stands in a frame's header when the frame has a place of its own (PS3.3 C.7.6.16.2.3). */
const PLANE_POSITION = "00209113";

export function placeOf({ header, frame }: Pick<SliceImage, "header" | "frame">): Place | null {
  // Without one, only the first frame is where the object is.
  if (frame > 0 && !header[PLANE_POSITION]) return null;
  const [origin, cosines, spacing] = [POSITION, ORIENTATION, SPACING].map((tag) => numbers(header, tag as string));
  if (origin?.length !== 3 || cosines?.length !== 6 || spacing?.length !== 2) return null;
  if (!spacing.every((value) => value > 0)) return null;
  return {
    frameOfReference: text(header, FRAME_OF_REFERENCE as string), origin: origin as unknown as Point3,
    row: cosines.slice(0, 3) as unknown as Point3, column: cosines.slice(3) as unknown as Point3,
    spacing: [spacing[0] as number, spacing[1] as number],
  };
}
