/** Cutting a volume: where a plane lies, which positions it can be paged to, and how large it is. Pure. */
import type { PatientPlane, Point3 } from "../view";
import { extent, type Lattice, middle, stepThrough, toPatient } from "../volume/lattice";
import { along, dot } from "../volume/vectors";
import type { Extent } from "./camera";
import { HANGINGS, type Orientation, pagesDown } from "./orientations";

/** Share of the pane that a fitted volume leaves free. */
const MARGIN = 0.04;

/** The positions of a plane: `count` cuts, `step` millimetres apart, the first at `from` along `direction`. */
export interface Pages {
  readonly direction: Point3;
  readonly from: number;
  readonly step: number;
  readonly count: number;
  readonly middle: Point3;
}

export function pagesThrough(lattice: Lattice, orientation: Orientation): Pages {
  const direction = pagesDown(orientation);
  const [from, to] = extent(lattice, direction);
  const step = stepThrough(lattice, direction);
  const count = 1 + Math.round((to - from) / step);
  return { direction, from, step, count, middle: toPatient(lattice, middle(lattice)) };
}

export function indexOf({ direction, from, step, count }: Pages, point: Point3): number {
  return Math.min(Math.max(Math.round((dot(point, direction) - from) / step), 0), count - 1);
}

/** The point moved along the paging direction, to the cut of this number. */
export function pointOn(pages: Pages, point: Point3, index: number): Point3 {
  const wanted = Math.min(Math.max(index, 0), pages.count - 1);
  return along(point, pages.direction, (wanted - indexOf(pages, point)) * pages.step);
}

/** The plane through a point. Its origin is the same corner however deep it is, so that marks stay where they are. */
export function planeAt(
  lattice: Lattice, orientation: Orientation, point: Point3, frameOfReference: string,
): PatientPlane {
  const { right: row, down: column, away: normal } = HANGINGS[orientation];
  const sides: [Point3, number][] = [
    [row, extent(lattice, row)[0]], [column, extent(lattice, column)[0]], [normal, dot(point, normal)],
  ];
  const origin = sides.reduce<Point3>((at, [direction, by]) => along(at, direction, by), [0, 0, 0]);
  return { frameOfReference, origin, row, column, normal };
}

/** Millimetres per CSS pixel at which all of the volume is seen. */
export function fitted(lattice: Lattice, orientation: Orientation, { width, height }: Extent): number {
  const { right, down } = HANGINGS[orientation];
  const size = (direction: Point3): number => {
    const [from, to] = extent(lattice, direction);
    return to - from + stepThrough(lattice, direction);
  };
  return Math.max(size(right) / width, size(down) / height) / (1 - MARGIN);
}

/** Where the cut lies, as scanners write it: towards the head, the back or the left counts up. */
export function depthOf(orientation: Orientation, point: Point3): number {
  return point[{ axial: 2, coronal: 1, sagittal: 0 }[orientation] as 0 | 1 | 2];
}
