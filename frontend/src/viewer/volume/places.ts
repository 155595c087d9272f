/** Where each image of a series lies in the patient, as its header says: the object's own, or its frame's. Pure. */
import { type Header, numbers, text } from "../loading/header";
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
const [SHARED, PER_FRAME] = ["52009229", "52009230"];
/** Plane position, plane orientation and pixel measures of enhanced objects (PS3.3 C.7.6.16.2). */
const MACROS = ["00209113", "00209116", "00289110"];

export function placeOf({ header, frame }: Pick<SliceImage, "header" | "frame">): Place | null {
  const said = [header, ...functionalGroups(header, frame)];
  // Without groups of its own, only the first frame is where the object is.
  if (frame > 0 && !header[PER_FRAME]) return null;
  const last = (tag: string, count: number): number[] | null => {
    const found = said.map((one) => numbers(one, tag)).filter((values) => values.length === count);
    return found.at(-1) ?? null;
  };
  const [origin, cosines, spacing] = [last(POSITION, 3), last(ORIENTATION, 6), last(SPACING, 2)];
  if (!origin || !cosines || !spacing || !spacing.every((value) => value > 0)) return null;
  return {
    frameOfReference: text(header, FRAME_OF_REFERENCE), origin: origin as unknown as Point3,
    row: cosines.slice(0, 3) as unknown as Point3, column: cosines.slice(3) as unknown as Point3,
    spacing: [spacing[0] as number, spacing[1] as number],
  };
}

function functionalGroups(header: Header, frame: number): Header[] {
  const groups = [items(header, SHARED)[0], items(header, PER_FRAME)[frame]].filter((one) => one !== undefined);
  return groups.flatMap((group) => MACROS.flatMap((macro) => items(group, macro).slice(0, 1)));
}

function items(header: Header, tag: string): Header[] {
  return (header[tag]?.Value ?? []) as Header[];
}
