/** Fewer points for a line that a hand drew, none of it further from the result than a tolerance (Douglas and Peucker). Pure. */
import type { Pair } from "../../session/geometry";

/** Pixels; what rounding to hundredths adds stays below half a pixel, too. */
export const TOLERANCE = 0.45;

export function simplified(points: readonly Pair[], tolerance = TOLERANCE): Pair[] {
  const last = points.length - 1;
  if (last < 2) return [...points];
  const kept = new Set([0, last]);
  const open: [number, number][] = [[0, last]];
  for (let span = open.pop(); span; span = open.pop()) {
    const [from, to] = span;
    const [at, distance] = furthest(points, from, to);
    if (distance <= tolerance) continue;
    kept.add(at);
    open.push([from, at], [at, to]);
  }
  return points.filter((_, n) => kept.has(n));
}

/** The same for a closed line: cut where it is furthest from its first point. */
export function simplifiedRing(points: readonly Pair[], tolerance = TOLERANCE): Pair[] {
  const first = points[0];
  if (!first || points.length < 4) return [...points];
  const [at] = furthest([...points, first], 0, points.length);
  const there = simplified(points.slice(0, at + 1), tolerance);
  const back = simplified([...points.slice(at), first], tolerance);
  return [...there, ...back.slice(1, -1)];
}

function furthest(points: readonly Pair[], from: number, to: number): [number, number] {
  let [at, most] = [from, -1];
  for (let n = from + 1; n < to; n += 1) {
    const distance = distanceToSegment(points[n] as Pair, points[from] as Pair, points[to] as Pair);
    if (distance > most) [at, most] = [n, distance];
  }
  return [at, most];
}

export function distanceToSegment([x, y]: Pair, [ax, ay]: Pair, [bx, by]: Pair): number {
  const [dx, dy] = [bx - ax, by - ay];
  const square = dx * dx + dy * dy;
  const along = square ? Math.min(1, Math.max(0, ((x - ax) * dx + (y - ay) * dy) / square)) : 0;
  return Math.hypot(x - ax - along * dx, y - ay - along * dy);
}
