/** Windows by modality, on the digit keys. Pure. */
export interface WindowRange {
  readonly lower: number;
  readonly upper: number;
}

export interface Preset extends WindowRange {
  readonly key: number;
  readonly name: string;
}

/** Level and width in HU, as CT consoles have them. */
const CT: readonly [string, number, number][] = [
  ["Lung", -600, 1500], ["Mediastinum", 40, 400], ["Bone", 450, 1800], ["Abdomen", 60, 350], ["Liver", 80, 150],
  ["Brain", 40, 80], ["Angiography", 300, 600], ["Stroke", 32, 8],
];
/** Level shift and width factor relative to the stored window: radiographs and MR have no common unit. */
const RELATIVE: readonly [string, number, number][] = [
  ["As stored", 0, 1], ["More contrast", 0, 0.65], ["Less contrast", 0, 1.5], ["Lungs", -0.18, 0.7],
  ["Mediastinum, spine", 0.22, 0.6],
];

/** As PS3.3 C.11.2.1.2.1 defines them: the width counts both ends, the level lies half a step below its middle. */
export function levelAndWidth(range: WindowRange): { level: number; width: number } {
  return { level: (range.lower + range.upper + 1) / 2, width: range.upper - range.lower + 1 };
}

export function rangeOf(level: number, width: number): WindowRange {
  const half = (Math.max(width, 1) - 1) / 2;
  return { lower: level - 0.5 - half, upper: level - 0.5 + half };
}

/** `stored`: the file's own window; `full`: its least and greatest value. */
export function presetsFor(modality: string, stored: WindowRange, full: WindowRange): Preset[] {
  if (modality === "CT") {
    return CT.map(([name, level, width], n) => ({ key: n + 1, name, ...rangeOf(level, width) }));
  }
  const { level, width } = levelAndWidth(stored);
  const relative = RELATIVE.map(([name, shift, factor], n) => ({
    key: n + 1, name, ...rangeOf(level + shift * width, width * factor),
  }));
  return [...relative, { key: relative.length + 1, name: "Full range", ...full }];
}

/** A drag of so many screen pixels: to the right widens, downwards darkens, at a speed that suits the present width. */
export function dragged(range: WindowRange, dx: number, dy: number): WindowRange {
  const { level, width } = levelAndWidth(range);
  const speed = Math.max(width, 20) / 400;
  return rangeOf(level + dy * speed, Math.max(1, width + dx * speed));
}
