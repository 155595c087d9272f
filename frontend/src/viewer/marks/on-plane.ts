/** Marks on planes through the patient: shapes in the plane's millimetres, points in the patient. Pure. */
import type { OnPlane, Pair, World } from "../../session/geometry";
import type { WorldKind } from "../../session/regions";
import type { SliceImage } from "../loading/images";
import { planeOf } from "../stack/plane";
import type { PatientPlane } from "../view";
import { toPlane, toWorld } from "../volume/plane-frame";
import { dot } from "../volume/vectors";
import { imageGround } from "./ground";
import { type Ground, rounded } from "./kind";
import type { Shape } from "./kinds/table";
import { fitted, mapped, wayOf } from "./mapped";
import { spacingOf } from "./spacing";

const KINDS: ReadonlySet<string> = new Set<WorldKind>(["box", "polygon", "ellipse", "point", "length", "bidirectional"]);

export const isWorldKind = (kind: string): kind is WorldKind => KINDS.has(kind);

export function onPlane(kind: WorldKind, shape: Shape, plane: PatientPlane): OnPlane {
  const points = wayOf(kind).points(shape).map((point): World => {
    const [x, y, z] = toWorld(plane, point);
    return [rounded(x), rounded(y), rounded(z)];
  });
  return { frame_of_reference: plane.frameOfReference, points, normal: plane.normal };
}

/** Cosine above which two planes count as parallel: within a quarter of a degree. */
const PARALLEL = 0.99999;

/** The shape on this plane; null when it lies on another one, or further away than `thickness` / 2 (mm). */
export function fromPlane(kind: WorldKind, mark: OnPlane, plane: PatientPlane, thickness: number): Shape | null {
  if (mark.frame_of_reference !== plane.frameOfReference || Math.abs(dot(mark.normal, plane.normal)) < PARALLEL) return null;
  const found = mark.points.map((point) => toPlane(plane, point));
  if (found.some(({ depth }) => Math.abs(depth) > thickness / 2)) return null;
  return wayOf(kind).shape(found.map(({ at }) => at));
}

/** An image as a plane of the patient, in millimetres from its first pixel; null where its header says neither. */
export interface ImagePlane {
  readonly plane: PatientPlane;
  readonly ground: Ground;
  toPixels(point: Pair): Pair;
  toMillimetres(point: Pair): Pair;
}

export function imagePlane(image: SliceImage): ImagePlane | null {
  const { header, frame } = image;
  const [plane, spacing] = [planeOf(header, frame), spacingOf(header)];
  if (!plane || !spacing || !plane.frameOfReference) return null;
  return {
    plane, ground: imageGround(image), toPixels: ([x, y]) => [x / spacing.x, y / spacing.y],
    toMillimetres: ([x, y]) => [x * spacing.x, y * spacing.y],
  };
}

/** A mark of a plane in the pixels of an image that lies in it, and the other way round. */
export function onImage(kind: WorldKind, mark: OnPlane, image: ImagePlane, thickness: number): Shape | null {
  const shape = fromPlane(kind, mark, image.plane, thickness);
  return shape && fitted(kind, mapped(kind, shape, image.toPixels), image.ground);
}

export const ofImage = (kind: WorldKind, shape: Shape, image: ImagePlane): OnPlane =>
  onPlane(kind, mapped(kind, shape, image.toMillimetres), image.plane);
