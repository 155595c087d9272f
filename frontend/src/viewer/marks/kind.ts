/** What every kind of mark can do. Pure; coordinates are those of the ground it lies on. */
import type { Pair, Slice } from "../../session/geometry";
import type { PatientPlane } from "../view";
import type { Spacing } from "./spacing";
import type { Cut } from "./through";

/** Where marks lie: an image in its pixels (0 = centre of the first), or a plane through a volume in millimetres. */
export interface Ground {
  /** The same ground has the same key. */
  readonly key: string;
  /** Its edges; a plane has none (±Infinity). */
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
  /** Millimetres per unit; null where unknown. */
  readonly spacing: Spacing | null;
  /** null on a plane. */
  readonly slice: Slice | null;
  /** null on an image. */
  readonly plane: PatientPlane | null;
  /** How it cuts the slices of its volume; null on an image, and where they stand oblique to it. */
  readonly cut: Cut | null;
  /** Millimetres through the ground within which a mark of another plane counts as lying on it. */
  readonly thickness: number;
}

/** A part of the outline. */
export interface Line {
  readonly points: readonly Pair[];
  readonly isClosed: boolean;
}

export interface Handle {
  readonly part: string;
  readonly at: Pair;
}

export interface Kind<G> {
  readonly word: string;
  /** Points that make one; Infinity: as many as the hand gives until it closes the line. */
  readonly needs: number;
  /** Clicks count as points; else one drag makes it, and a click without a drag leaves nothing. */
  readonly isByClicks: boolean;
  /** Parts that the sides of the first line are, where a side can be dragged by itself; else it moves the whole. */
  readonly sides?: readonly string[];
  /** The part that the keyboard moves to make it larger or smaller; "" where it cannot. */
  readonly grip: string;
  /** From the hand's points, kept on the ground; null while there are too few, or when it would be a slip of the hand. */
  made(points: readonly Pair[], ground: Ground): G | null;
  lines(geometry: G): readonly Line[];
  handles(geometry: G): readonly Handle[];
  shifted(geometry: G, dx: number, dy: number): G;
  /** After a drag of this part; `geometry` is what it was when the drag began. */
  reshaped(geometry: G, part: string, from: Pair, to: Pair, ground: Ground): G;
  /** Size in words, in millimetres where the ground says how large its units are; "" for a point. */
  measure(geometry: G, ground: Ground): string;
}

/** Units below which a mark is a slip of the hand (the server refuses such boxes, too). */
export const MINIMUM = 2;

/** Hundredths of a pixel. */
export const rounded = (value: number): number => Math.round(value * 100) / 100;

export const roundedPair = ([x, y]: Pair): Pair => [rounded(x), rounded(y)];

export function within([x, y]: Pair, ground: Ground): Pair {
  return [Math.min(Math.max(x, ground.left), ground.right), Math.min(Math.max(y, ground.top), ground.bottom)];
}

export interface Bounds {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

export function boundsOf(lines: readonly Line[]): Bounds {
  const points = lines.flatMap((line) => line.points);
  const [xs, ys] = [points.map(([x]) => x), points.map(([, y]) => y)];
  return { left: min(xs), top: min(ys), right: -min(xs.map((x) => -x)), bottom: -min(ys.map((y) => -y)) };
}

/** Spreading thousands of points into Math.min would overflow the stack. */
const min = (values: readonly number[]): number => values.reduce((least, value) => Math.min(least, value), Infinity);

export function isInside(bounds: Bounds, ground: Ground): boolean {
  const room = 1e-6;
  return (
    bounds.left >= ground.left - room && bounds.top >= ground.top - room
    && bounds.right <= ground.right + room && bounds.bottom <= ground.bottom + room
  );
}

/** The whole mark moved, stopped by the edges of the ground. */
export function moved<G>(kind: Kind<G>, geometry: G, dx: number, dy: number, ground: Ground): G {
  const { left, top, right, bottom } = boundsOf(kind.lines(geometry));
  if (!Number.isFinite(left)) return geometry;
  const x = Math.min(Math.max(dx, ground.left - left), ground.right - right);
  const y = Math.min(Math.max(dy, ground.top - top), ground.bottom - bottom);
  return kind.shifted(geometry, x, y);
}

/** What `make` gives for the point furthest along from → to that is still good; null when none is. */
export function furthest<G>(from: Pair, to: Pair, make: (at: Pair) => G, isGood: (made: G) => boolean): G | null {
  const at = (share: number): G => make([from[0] + share * (to[0] - from[0]), from[1] + share * (to[1] - from[1])]);
  const whole = at(1);
  if (isGood(whole)) return whole;
  let [low, high] = [0, 1];
  let best: G | null = null;
  for (let n = 0; n < 14; n += 1) {
    const middle = (low + high) / 2;
    const made = at(middle);
    if (isGood(made)) [low, best] = [middle, made];
    else high = middle;
  }
  return best ?? (isGood(at(0)) ? at(0) : null);
}
