import type { Pair, Segment } from "../../../session/geometry";
import { type Ground, type Kind, MINIMUM, roundedPair, within } from "../kind";
import { lengthOf, lengths } from "../words";

export const isSlip = ({ a, b }: Segment): boolean => Math.hypot(a[0] - b[0], a[1] - b[1]) < MINIMUM;

export const lengthKind: Kind<Segment> = {
  word: "length",
  needs: 2,
  isByClicks: true,
  grip: "b",
  made([a, b], ground) {
    if (!a || !b) return null;
    const segment = { a: roundedPair(within(a, ground)), b: roundedPair(within(b, ground)) };
    return isSlip(segment) ? null : segment;
  },
  lines: ({ a, b }) => [{ points: [a, b], isClosed: false }],
  handles: ({ a, b }) => [{ part: "a", at: a }, { part: "b", at: b }],
  shifted: ({ a, b }, dx, dy) => ({ a: shift(a, dx, dy), b: shift(b, dx, dy) }),
  reshaped(segment, part, from, to, ground) {
    const end = part === "a" ? "a" : "b";
    const changed = { ...segment, [end]: moved(segment[end], from, to, ground) };
    return isSlip(changed) ? segment : changed;
  },
  measure: ({ a, b }, ground) => lengths([lengthOf(a, b, ground)], ground),
};

export const shift = ([x, y]: Pair, dx: number, dy: number): Pair => roundedPair([x + dx, y + dy]);

export function moved([x, y]: Pair, from: Pair, to: Pair, ground: Ground): Pair {
  return roundedPair(within([x + to[0] - from[0], y + to[1] - from[1]], ground));
}
