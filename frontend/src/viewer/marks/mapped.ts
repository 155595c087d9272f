/** Shapes by their defining points: carried point by point to other coordinates. Pure. */
import type { Bidirectional, Box, Ellipse, Pair, Polygon, Segment, Spot } from "../../session/geometry";
import { type Ground, MINIMUM, rounded, roundedPair, within } from "./kind";
import { clamped, cornersOf } from "./kinds/box";
import { ellipseKind, isOn } from "./kinds/ellipse";
import type { MarkKind, Shape } from "./kinds/table";

interface Way<G> {
  points(shape: G): readonly Pair[];
  shape(points: readonly Pair[]): G;
}

const segment = ([a, b]: readonly Pair[]): Segment => ({ a: a as Pair, b: b as Pair });

const WAYS: {
  box: Way<Box>; polygon: Way<Polygon>; point: Way<Spot>; length: Way<Segment>; bidirectional: Way<Bidirectional>;
  ellipse: Way<Ellipse>;
} = {
  box: { points: cornersOf, shape: around },
  polygon: { points: ({ points }) => points, shape: (points) => ({ points }) },
  point: { points: ({ x, y }) => [[x, y]], shape: ([at]) => ({ x: at?.[0] ?? 0, y: at?.[1] ?? 0 }) },
  length: { points: ({ a, b }) => [a, b], shape: segment },
  bidirectional: {
    points: ({ long, short }) => [long.a, long.b, short.a, short.b],
    shape: (points) => ({ long: segment(points), short: segment(points.slice(2)) }),
  },
  ellipse: {
    points: (ellipse) => [[ellipse.cx, ellipse.cy], ...ellipseKind.handles(ellipse).slice(0, 2).map(({ at }) => at)],
    shape: through,
  },
};

function around(points: readonly Pair[]): Box {
  const [xs, ys] = [points.map(([x]) => x), points.map(([, y]) => y)];
  const [x, y] = [Math.min(...xs), Math.min(...ys)];
  return { x, y, w: Math.max(...xs) - x, h: Math.max(...ys) - y };
}

/** The middle, and an end of each of two half diameters of which either halves the chords along the other: stretched unevenly, the
 *  axes of an ellipse become such a pair, of which its axes are worked out again. */
function through(points: readonly Pair[]): Ellipse {
  const [[cx, cy], a, b] = points as [Pair, Pair, Pair];
  const [u, v]: [Pair, Pair] = [[a[0] - cx, a[1] - cy], [b[0] - cx, b[1] - cy]];
  const whole = Math.atan2(2 * (u[0] * v[0] + u[1] * v[1]), u[0] ** 2 + u[1] ** 2 - v[0] ** 2 - v[1] ** 2) / 2;
  // The axis nearest to the first of the two stays the first.
  const turn = whole > Math.PI / 4 ? whole - Math.PI / 2 : whole < -Math.PI / 4 ? whole + Math.PI / 2 : whole;
  const end = (at: number): Pair => [u[0] * Math.cos(at) + v[0] * Math.sin(at), u[1] * Math.cos(at) + v[1] * Math.sin(at)];
  const [p, q] = [end(turn), end(turn + Math.PI / 2)];
  const angle = (Math.atan2(p[1], p[0]) * 180) / Math.PI;
  return { cx, cy, rx: Math.hypot(...p), ry: Math.hypot(...q), angle: ((angle % 180) + 180) % 180 };
}

export type PointKind = keyof typeof WAYS;

export const isPointKind = (kind: MarkKind): kind is PointKind => kind in WAYS;
export const wayOf = (kind: PointKind): Way<Shape> => WAYS[kind] as unknown as Way<Shape>;

export function mapped(kind: PointKind, shape: Shape, to: (point: Pair) => Pair): Shape {
  return wayOf(kind).shape(wayOf(kind).points(shape).map(to));
}

/** The shape made to lie on this ground, in hundredths; null where nothing of it is left there. */
export function fitted(kind: PointKind, shape: Shape, ground: Ground): Shape | null {
  if (kind === "box") return clamped(shape as Box, ground);
  if (kind === "ellipse") return ellipseFitted(shape as Ellipse, ground);
  const isOff = (point: Pair): boolean => within(point, ground).some((value, n) => Math.abs(value - (point[n] as number)) > 1e-6);
  const isFar = wayOf(kind).points(shape).every(isOff);
  return isFar ? null : mapped(kind, shape, (point) => roundedPair(within(point, ground)));
}

function ellipseFitted(ellipse: Ellipse, ground: Ground): Ellipse | null {
  for (let share = 1; share > 0.1; share *= 0.9) {
    const [rx, ry] = [rounded(ellipse.rx * share), rounded(ellipse.ry * share)];
    const smaller = { cx: rounded(ellipse.cx), cy: rounded(ellipse.cy), rx, ry, angle: rounded(ellipse.angle) };
    if (isOn(smaller, ground) && Math.min(rx, ry) >= MINIMUM / 2) return smaller;
  }
  return null;
}
