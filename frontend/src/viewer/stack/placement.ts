/** Where image pixels lie on the screen: an affine map, from three points that Cornerstone placed. Pure. */
import type { Box } from "../../session/content";

export type Point = readonly [number, number];

export interface Placement {
  /** Of the centre of the first pixel. */
  readonly origin: Point;
  /** Of one pixel along a row, and one along a column. */
  readonly right: Point;
  readonly down: Point;
}

export function toScreen({ origin, right, down }: Placement, [x, y]: Point): Point {
  return [origin[0] + x * right[0] + y * down[0], origin[1] + x * right[1] + y * down[1]];
}

export function toImage({ origin, right, down }: Placement, [x, y]: Point): Point {
  const determinant = right[0] * down[1] - right[1] * down[0];
  const [dx, dy] = [x - origin[0], y - origin[1]];
  return [(dx * down[1] - dy * down[0]) / determinant, (dy * right[0] - dx * right[1]) / determinant];
}

/** The box on the screen; the display may be flipped, never turned by less than a right angle. */
export function boxToScreen(placement: Placement, box: Box): Box {
  return spanned(toScreen(placement, [box.x, box.y]), toScreen(placement, [box.x + box.w, box.y + box.h]));
}

export function spanned(a: Point, b: Point): Box {
  return { x: Math.min(a[0], b[0]), y: Math.min(a[1], b[1]), w: Math.abs(a[0] - b[0]), h: Math.abs(a[1] - b[1]) };
}

/** A step on the screen, to the right or downwards, as a step along the picture's own axes, however it is turned and flipped. */
export function alongAxes({ right, down }: Placement, [dx, dy]: Point): Point {
  const isAcross = Math.abs(right[0]) >= Math.abs(right[1]);
  if (isAcross) return [dx * Math.sign(right[0]), dy * Math.sign(down[1])];
  return [dy * Math.sign(right[1]), dx * Math.sign(down[0])];
}
