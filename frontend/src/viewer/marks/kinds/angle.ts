import type { Pair } from "../../../session/geometry";
import { type Kind, roundedPair, within } from "../kind";
import { scaleOf } from "../words";
import { moved, shift } from "./length";

/** Two arms and the corner between them: only ever a passing measurement. */
export interface Angle {
  readonly points: readonly [Pair, Pair, Pair];
}

export const angleKind: Kind<Angle> = {
  word: "angle",
  needs: 3,
  isByClicks: true,
  grip: "2",
  made([a, corner, b], ground) {
    if (!a || !corner || !b) return null;
    return { points: [roundedPair(within(a, ground)), roundedPair(within(corner, ground)), roundedPair(within(b, ground))] };
  },
  lines: ({ points }) => [{ points, isClosed: false }],
  handles: ({ points }) => points.map((at, n) => ({ part: String(n), at })),
  shifted: ({ points: [a, b, c] }, dx, dy) => ({ points: [shift(a, dx, dy), shift(b, dx, dy), shift(c, dx, dy)] }),
  reshaped({ points }, part, from, to, ground) {
    const [a, b, c] = points.map((at, n) => (n === Number(part) ? moved(at, from, to, ground) : at));
    return { points: [a as Pair, b as Pair, c as Pair] };
  },
  measure: ({ points }, ground) => `${degreesOf(points, scaleOf(ground)).toFixed(1)}°`,
};

/** Between the arms, as it is in the patient: oblong pixels are stretched first. */
export function degreesOf([a, corner, b]: Angle["points"], [sx, sy]: Pair): number {
  const arm = ([x, y]: Pair): Pair => [(x - corner[0]) * sx, (y - corner[1]) * sy];
  const [[ax, ay], [bx, by]] = [arm(a), arm(b)];
  return Math.abs(Math.atan2(ax * by - ay * bx, ax * bx + ay * by)) * (180 / Math.PI);
}
