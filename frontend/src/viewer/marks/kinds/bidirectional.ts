import type { Bidirectional, Pair, Segment } from "../../../session/geometry";
import { furthest, type Ground, type Kind, roundedPair, within } from "../kind";
import { lengthOf, lengths, scaleOf } from "../words";
import { isSlip, moved, shift } from "./length";

/** The short axis as seen from the long one: where it crosses (0 at a, 1 at b), and how far it goes to either side, in mm. */
interface Across {
  readonly along: number;
  readonly a: number;
  readonly b: number;
}

/** Perpendicular is meant in the patient, not in pixels that may be oblong. */
function frameOf({ a, b }: Segment, ground: Ground): { length: number; u: Pair; scale: Pair } {
  const scale = scaleOf(ground);
  const [x, y] = [(b[0] - a[0]) * scale[0], (b[1] - a[1]) * scale[1]];
  const length = Math.hypot(x, y) || 1;
  return { length, u: [x / length, y / length], scale };
}

/** How far along the long axis and to which side of it a point lies, in mm. */
function seenFrom(long: Segment, [x, y]: Pair, ground: Ground): Pair {
  const { u, scale } = frameOf(long, ground);
  const [px, py] = [(x - long.a[0]) * scale[0], (y - long.a[1]) * scale[1]];
  return [px * u[0] + py * u[1], py * u[0] - px * u[1]];
}

function placed(long: Segment, along: number, aside: number, ground: Ground): Pair {
  const { u, scale } = frameOf(long, ground);
  return [
    long.a[0] + (along * u[0] - aside * u[1]) / scale[0],
    long.a[1] + (along * u[1] + aside * u[0]) / scale[1],
  ];
}

function acrossOf({ long, short }: Bidirectional, ground: Ground): Across {
  const [along, a] = seenFrom(long, short.a, ground);
  return { along: along / frameOf(long, ground).length, a, b: seenFrom(long, short.b, ground)[1] };
}

function build(long: Segment, { along, a, b }: Across, ground: Ground): Bidirectional {
  const at = along * frameOf(long, ground).length;
  const end = (aside: number): Pair => placed(long, at, aside, ground);
  return tidy({ long, short: { a: end(a), b: end(b) } });
}

const tidySegment = ({ a, b }: Segment): Segment => ({ a: roundedPair(a), b: roundedPair(b) });
const tidy = ({ long, short }: Bidirectional): Bidirectional => ({ long: tidySegment(long), short: tidySegment(short) });

function isOn({ short }: Bidirectional, ground: Ground): boolean {
  const isSame = (end: Pair): boolean => {
    const [x, y] = within(end, ground);
    return Math.abs(x - end[0]) < 1e-6 && Math.abs(y - end[1]) < 1e-6;
  };
  return isSame(short.a) && isSame(short.b);
}

/** The longer of the two is the long axis, whichever was drawn first. */
export function settled(mark: Bidirectional, ground: Ground): Bidirectional {
  const { long, short } = mark;
  return lengthOf(short.a, short.b, ground) > lengthOf(long.a, long.b, ground) ? { long: short, short: long } : mark;
}

export const bidirectionalKind: Kind<Bidirectional> = {
  word: "two diameters",
  needs: 4,
  isByClicks: true,
  grip: "long.b",
  made([a, b, c, d], ground) {
    if (!a || !b || !c || !d) return null;
    const long = tidySegment({ a: within(a, ground), b: within(b, ground) });
    if (isSlip(long)) return null;
    const start = within(c, ground);
    const [along, first] = seenFrom(long, start, ground);
    const share = along / frameOf(long, ground).length;
    const make = (end: Pair): Bidirectional => build(long, { along: share, a: first, b: seenFrom(long, end, ground)[1] }, ground);
    const made = furthest(start, d, make, (mark) => isOn(mark, ground));
    return made && !isSlip(made.short) ? settled(made, ground) : null;
  },
  lines: ({ long, short }) => [long, short].map(({ a, b }) => ({ points: [a, b], isClosed: false })),
  handles: ({ long, short }) => [
    { part: "long.a", at: long.a }, { part: "long.b", at: long.b },
    { part: "short.a", at: short.a }, { part: "short.b", at: short.b },
  ],
  shifted: ({ long, short }, dx, dy) => ({
    long: { a: shift(long.a, dx, dy), b: shift(long.b, dx, dy) }, short: { a: shift(short.a, dx, dy), b: shift(short.b, dx, dy) },
  }),
  reshaped(mark, part, from, to, ground) {
    const [axis, end] = part.split(".") as ["long" | "short", "a" | "b"];
    const make = (at: Pair): Bidirectional => pulled(mark, axis, end, moved(mark[axis][end], from, at, ground), ground);
    return furthest(from, to, make, (made) => isOn(made, ground) && !isSlip(made.long) && !isSlip(made.short)) ?? mark;
  },
  measure({ long, short }, ground) {
    const axes = [lengthOf(long.a, long.b, ground), lengthOf(short.a, short.b, ground)];
    return lengths(axes.sort((a, b) => b - a), ground);
  },
};

/** An end of the long axis takes the short one along; an end of the short one slides it and keeps the right angle. */
function pulled(mark: Bidirectional, axis: "long" | "short", end: "a" | "b", to: Pair, ground: Ground): Bidirectional {
  const across = acrossOf(mark, ground);
  if (axis === "long") return build({ ...mark.long, [end]: to }, across, ground);
  const [along, aside] = seenFrom(mark.long, to, ground);
  return build(mark.long, { ...across, along: along / frameOf(mark.long, ground).length, [end]: aside }, ground);
}
