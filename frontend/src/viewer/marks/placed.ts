/** Marks as they lie on the screen, in CSS pixels. Pure. */
import type { Mask } from "../../session/geometry";
import { type Placement, type Point, toImage, toScreen } from "../stack/placement";
import { boundsOf, type Bounds } from "./kind";
import { kindOf, type MarkKind, type Shape } from "./kinds/table";
import { decoded, extentOf } from "./rle";

export interface Mark {
  readonly track: string;
  readonly kind: MarkKind;
  readonly geometry: Shape;
  /** Finding and side. */
  readonly label: string;
  /** Its size in words. */
  readonly size: string;
  /** A passing measurement: no part of what is said. */
  readonly isPassing?: boolean;
  /** Copied here by the machine and not looked at since. */
  readonly isUnchecked?: boolean;
}

export interface PlacedLine {
  readonly points: readonly Point[];
  readonly isClosed: boolean;
}

export interface PlacedMark extends Mark {
  readonly lines: readonly PlacedLine[];
  readonly handles: readonly { readonly part: string; readonly at: Point }[];
  readonly sides: readonly string[];
  readonly bounds: Bounds;
  /** Whether a point lies in it. */
  holds(at: Point): boolean;
}

/** `voxels`: where pixels of masks lie, which on a plane are not its millimetres. */
export function placed(mark: Mark, placement: Placement, voxels: Placement = placement): PlacedMark {
  const kind = kindOf(mark.kind);
  const on = (point: Point): Point => toScreen(placement, point);
  const lines = kind.lines(mark.geometry).map((line) => ({ points: line.points.map(on), isClosed: line.isClosed }));
  const handles = kind.handles(mark.geometry).map(({ part, at }) => ({ part, at: on(at) }));
  const rest = { ...mark, lines, handles, sides: kind.sides ?? [] };
  if (mark.kind === "mask") return { ...rest, ...placedMask(mark.geometry as Mask, voxels) };
  return { ...rest, bounds: boundsOf(lines), holds: (at) => lines.some((line) => line.isClosed && isWithin(line.points, at)) };
}

function placedMask(mask: Mask, placement: Placement): Pick<PlacedMark, "bounds" | "holds"> {
  const extent = extentOf(mask);
  if (!extent) return { bounds: { left: 0, top: 0, right: 0, bottom: 0 }, holds: () => false };
  const { left, top, right, bottom } = extent;
  const [x0, y0, x1, y1] = [left - 0.5, top - 0.5, right + 0.5, bottom + 0.5];
  const corners: Point[] = [[x0, y0], [x1, y0], [x1, y1], [x0, y1]];
  return {
    bounds: boundsOf([{ points: corners.map((corner) => toScreen(placement, corner)), isClosed: true }]),
    holds: (at) => holdsPixel(mask, toImage(placement, at)),
  };
}

function holdsPixel(mask: Mask, [x, y]: Point): boolean {
  const [column, row] = [Math.round(x), Math.round(y)];
  if (column < 0 || row < 0 || column >= mask.columns || row >= mask.rows) return false;
  return pixelsOf(mask)[row * mask.columns + column] === 1;
}

const unrolled = new WeakMap<Mask, Uint8Array>();

/** The mask's pixels, unrolled once; not to be written to. */
export function pixelsOf(mask: Mask): Uint8Array {
  let pixels = unrolled.get(mask);
  if (!pixels) unrolled.set(mask, (pixels = decoded(mask)));
  return pixels;
}

/** Even-odd rule. */
export function isWithin(points: readonly Point[], [x, y]: Point): boolean {
  let isInside = false;
  points.forEach(([ax, ay], n) => {
    const [bx, by] = points[(n + 1) % points.length] as Point;
    if (ay > y !== by > y && x < ax + ((y - ay) / (by - ay)) * (bx - ax)) isInside = !isInside;
  });
  return isInside;
}
