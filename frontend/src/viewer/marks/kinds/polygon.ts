import type { Pair, Polygon } from "../../../session/geometry";
import { boundsOf, type Kind, type Line, MINIMUM, rounded, roundedPair, within } from "../kind";
import { simplifiedRing, TOLERANCE } from "../simplify";
import { area } from "../words";

const MOST = 4000;

/** Signed: positive when the points run clockwise on the screen. */
export function areaOf(points: readonly Pair[]): number {
  return points.reduce((sum, [x, y], n) => {
    const [nx, ny] = points[(n + 1) % points.length] as Pair;
    return sum + (x * ny - nx * y) / 2;
  }, 0);
}

/** Never more points than the server takes. */
function ring(points: readonly Pair[]): Pair[] {
  let tolerance = TOLERANCE;
  let found = simplifiedRing(points, tolerance);
  while (found.length > MOST) found = simplifiedRing(points, (tolerance *= 1.5));
  return found;
}

/** Freehand and clicked corners alike: a drag only gives more points. */
export const polygonKind: Kind<Polygon> = {
  word: "polygon",
  needs: Infinity,
  isByClicks: true,
  grip: "size",
  made(points, ground) {
    const outline = ring(points.map((point) => within(point, ground))).map(roundedPair);
    const { left, top, right, bottom } = boundsOf(lines({ points: outline }));
    const isSlip = outline.length < 3 || Math.min(right - left, bottom - top) < MINIMUM || Math.abs(areaOf(outline)) < MINIMUM;
    return isSlip ? null : { points: outline };
  },
  lines,
  handles: ({ points }) => points.map((at, n) => ({ part: String(n), at })),
  shifted: ({ points }, dx, dy) => ({ points: points.map(([x, y]) => [rounded(x + dx), rounded(y + dy)]) }),
  reshaped({ points }, part, from, to, ground) {
    const [dx, dy] = [to[0] - from[0], to[1] - from[1]];
    if (part === "size") return sized({ points }, dx, dy, (point) => roundedPair(within(point, ground)));
    const drag = ([x, y]: Pair): Pair => roundedPair(within([x + dx, y + dy], ground));
    return { points: points.map((point, n) => (n === Number(part) ? drag(point) : point)) };
  },
  measure: ({ points }, ground) => `area ${area(Math.abs(areaOf(points)), ground)}`,
};

function lines({ points }: Polygon): Line[] {
  return [{ points, isClosed: true }];
}

/** Stretched from its first corner, so that its far edges move by dx and dy. */
function sized(polygon: Polygon, dx: number, dy: number, kept: (point: Pair) => Pair): Polygon {
  const { left, top, right, bottom } = boundsOf(lines(polygon));
  const [width, height] = [Math.max(right - left + dx, MINIMUM), Math.max(bottom - top + dy, MINIMUM)];
  const [across, along] = [width / (right - left), height / (bottom - top)];
  const stretch = ([x, y]: Pair): Pair => [left + (x - left) * across, top + (y - top) * along];
  return { points: polygon.points.map((point) => kept(stretch(point))) };
}
