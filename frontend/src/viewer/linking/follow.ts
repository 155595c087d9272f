/** Which image of one stack belongs to an image of another. Pure. */
import type { SliceImage } from "../loading/images";
import { dot, planeOf } from "../stack/plane";
import type { PatientPlane } from "../view";

/** Cosine between normals from which on two stacks are cut alike. */
const PARALLEL = 0.95;

const known = new WeakMap<readonly SliceImage[], readonly (PatientPlane | null)[]>();

/** Headers of a stack are read once, not at every step through it. */
function planesOf(images: readonly SliceImage[]): readonly (PatientPlane | null)[] {
  const planes = known.get(images) ?? images.map((image) => planeOf(image.header, image.frame));
  known.set(images, planes);
  return planes;
}

/** Millimetres along a normal; null where an image does not say where it lies. */
function positions(images: readonly SliceImage[], along: PatientPlane): number[] | null {
  const found = planesOf(images);
  return found.every((one) => one !== null) ? found.map((one) => dot(one.origin, along.normal)) : null;
}

/**
 * Where to page the other stack to; null where it should stay. In one frame of reference: the nearest image, when both are
 * cut alike. Else as many images on as the first one was paged.
 */
export function counterpart(
  from: PatientPlane | null, paged: number, other: readonly SliceImage[], otherIndex: number,
): number | null {
  const image = other[otherIndex];
  if (!image || other.length < 2) return null;
  const plane = planeOf(image.header, image.frame);
  if (from && plane && from.frameOfReference && from.frameOfReference === plane.frameOfReference) {
    if (Math.abs(dot(from.normal, plane.normal)) < PARALLEL) return null;
    const along = positions(other, plane);
    if (along) return nearest(along, dot(from.origin, plane.normal));
  }
  return Math.min(Math.max(otherIndex + paged, 0), other.length - 1);
}

function nearest(values: readonly number[], wanted: number): number {
  let best = 0;
  for (const [n, value] of values.entries()) if (Math.abs(value - wanted) < Math.abs((values[best] as number) - wanted)) best = n;
  return best;
}
