import type { Box, Pair } from "../../../session/geometry";
import type { Ground, Kind, Line } from "../kind";
import { MINIMUM } from "../kind";
import { lengths, scaleOf } from "../words";

/** The box on its ground; null when less than the minimum is left of it. */
export function clamped(box: Box, ground: Ground): Box | null {
  const left = Math.max(ground.left, box.x);
  const top = Math.max(ground.top, box.y);
  const right = Math.min(ground.right, box.x + box.w);
  const bottom = Math.min(ground.bottom, box.y + box.h);
  if (right - left < MINIMUM || bottom - top < MINIMUM) return null;
  return { x: down(left), y: down(top), w: down(right - left), h: down(bottom - top) };
}

/** Hundredths, downwards, so that rounding never carries an edge out of the image. */
const down = (value: number): number => Math.floor(value * 100 + 1e-6) / 100;

export function cornersOf({ x, y, w, h }: Box): Pair[] {
  return [[x, y], [x + w, y], [x + w, y + h], [x, y + h]];
}

export function spanned([ax, ay]: Pair, [bx, by]: Pair): Box {
  return { x: Math.min(ax, bx), y: Math.min(ay, by), w: Math.abs(ax - bx), h: Math.abs(ay - by) };
}

export function boxMade(points: readonly Pair[], ground: Ground): Box | null {
  const [from, to] = points;
  return from && to ? clamped(spanned(from, to), ground) : null;
}

export function boxLines(box: Box): Line[] {
  return [{ points: cornersOf(box), isClosed: true }];
}

export const boxKind: Kind<Box> = {
  word: "box",
  needs: 2,
  isByClicks: false,
  sides: ["n", "e", "s", "w"],
  grip: "se",
  made: boxMade,
  lines: boxLines,
  handles: ({ x, y, w, h }) => [
    { part: "nw", at: [x, y] }, { part: "ne", at: [x + w, y] },
    { part: "se", at: [x + w, y + h] }, { part: "sw", at: [x, y + h] },
    { part: "n", at: [x + w / 2, y] }, { part: "e", at: [x + w, y + h / 2] }, { part: "s", at: [x + w / 2, y + h] },
    { part: "w", at: [x, y + h / 2] },
  ],
  shifted: (box, dx, dy) => ({ ...box, x: down(box.x + dx), y: down(box.y + dy) }),
  reshaped(box, part, from, to, ground) {
    const [dx, dy] = [to[0] - from[0], to[1] - from[1]];
    let { x, y } = box;
    let [right, bottom] = [box.x + box.w, box.y + box.h];
    if (part.includes("w")) x = Math.min(x + dx, right - MINIMUM);
    if (part.includes("e")) right = Math.max(right + dx, x + MINIMUM);
    if (part.includes("n")) y = Math.min(y + dy, bottom - MINIMUM);
    if (part.includes("s")) bottom = Math.max(bottom + dy, y + MINIMUM);
    return clamped({ x, y, w: right - x, h: bottom - y }, ground) ?? box;
  },
  measure({ w, h }, ground) {
    const [x, y] = scaleOf(ground);
    return lengths([w * x, h * y], ground);
  },
};
