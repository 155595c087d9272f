/** Level and width, as PS3.3 C.11.2.1.2.1 defines them: the width counts both ends, the level lies half a step below its middle. Pure. */
import type { WindowRange } from "./curve";

export function levelAndWidth(range: WindowRange): { level: number; width: number } {
  if (range.curve?.is === "exact") return { level: (range.lower + range.upper) / 2, width: range.upper - range.lower };
  return { level: (range.lower + range.upper + 1) / 2, width: range.upper - range.lower + 1 };
}

export function rangeOf(level: number, width: number): WindowRange {
  const half = (Math.max(width, 1) - 1) / 2;
  return { lower: level - 0.5 - half, upper: level - 0.5 + half };
}

/** A drag of so many screen pixels: to the right widens, downwards darkens, at a speed that suits the present width. */
export function dragged(range: WindowRange, dx: number, dy: number): WindowRange {
  const { level, width } = levelAndWidth(range);
  // Values such as SUV span a few units: their window may become narrower than one.
  const least = width < 20 ? 0.05 : 1;
  const speed = Math.max(width, least === 1 ? 20 : 0.5) / 400;
  const [centre, wide] = [level + dy * speed, Math.max(least, width + dx * speed)];
  const isExact = range.curve?.is === "exact";
  const ends = isExact ? { lower: centre - wide / 2, upper: centre + wide / 2 } : rangeOf(centre, wide);
  return range.curve ? { ...ends, curve: range.curve } : ends;
}

/** `L 40 W 400`; with decimals where the window spans a few units. */
export function levelWords(range: WindowRange): string {
  const { level, width } = levelAndWidth(range);
  const digits = width < 20 ? 2 : 0;
  return `L ${level.toFixed(digits)} W ${width.toFixed(digits)}`;
}
