/** How fast a series is meant to be played, and in which order. Pure. */
import { type Header, numbers } from "../loading/header";

export const USUAL_RATE = 15;
const LEAST = 1;
const MOST = 60;
/** Frames per second that the keys step through. */
const STEPS: readonly number[] = [1, 2, 3, 5, 8, 10, 12, 15, 20, 24, 25, 30, 40, 50, 60];

export interface Rate {
  readonly framesPerSecond: number;
  /** Said by the file, rather than assumed. */
  readonly isStored: boolean;
}

/** Recommended Display Frame Rate, else Cine Rate, else what Frame Time or its vector come to (PS3.3 C.7.6.5). */
export function rateOf(header: Header): Rate {
  const perSecond = (tag: string): number => numbers(header, tag)[0] ?? 0;
  const wanted = [perSecond("00082144"), perSecond("00180040"), 1000 / milliseconds(header)];
  const said = wanted.find((rate) => Number.isFinite(rate) && rate > 0);
  return said === undefined
    ? { framesPerSecond: USUAL_RATE, isStored: false }
    : { framesPerSecond: Math.min(Math.max(said, LEAST), MOST), isStored: true };
}

/** The vector's first entry belongs to the first frame, before which no time passes. */
function milliseconds(header: Header): number {
  const [single] = numbers(header, "00181063");
  if (single) return single;
  const steps = numbers(header, "00181065").slice(1);
  return steps.length ? steps.reduce((sum, step) => sum + step, 0) / steps.length : Infinity;
}

export function faster(framesPerSecond: number): number {
  return STEPS.find((step) => step > framesPerSecond + 0.01) ?? MOST;
}

export function slower(framesPerSecond: number): number {
  return STEPS.findLast((step) => step < framesPerSecond - 0.01) ?? LEAST;
}

export type Ending = "loop" | "bounce";

export interface Step {
  readonly index: number;
  readonly direction: 1 | -1;
}

export function next({ index, direction }: Step, count: number, ending: Ending): Step {
  if (count < 2) return { index: 0, direction };
  const wanted = index + direction;
  if (wanted >= 0 && wanted < count) return { index: wanted, direction };
  if (ending === "loop") return { index: (wanted + count) % count, direction };
  const back = direction === 1 ? -1 : 1;
  return { index: index + back, direction: back };
}

export function inWords(framesPerSecond: number, ending: Ending): string {
  return `${Number(framesPerSecond.toFixed(1))} frames/s, ${ending === "loop" ? "round and round" : "to and fro"}`;
}
