/** Windows by modality, on the digit keys, and the file's own beside them. Pure. */
import type { Header } from "../loading/header";
import { text } from "../loading/header";
import { suvFactor } from "../probe/reading";
import type { WindowRange } from "./curve";
import type { Percentiles } from "./histogram";
import { levelAndWidth, rangeOf } from "./level";
import { storedWindows } from "./stored";

export type { WindowRange } from "./curve";
export { dragged, levelAndWidth, levelWords, rangeOf } from "./level";

export interface Preset extends WindowRange {
  /** The digit that chooses it; null when all digits are taken: then the dialog alone offers it. */
  readonly key: number | null;
  readonly name: string;
  /** Dark on light, as PET is read; absent where the ground stays as it is. */
  readonly isInverted?: boolean;
}

type Named = Omit<Preset, "key">;

/** What presets are made from, of the image shown. */
export interface Measured {
  /** The window that it is shown with at first. */
  readonly stored: WindowRange;
  /** Its least and greatest value. */
  readonly full: WindowRange;
  readonly percentiles: Percentiles;
}

/** Level and width in HU, as CT consoles have them. */
const CT: readonly [string, number, number][] = [
  ["Lung", -600, 1500], ["Mediastinum", 40, 400], ["Bone", 450, 1800], ["Abdomen", 60, 350], ["Liver", 80, 150],
  ["Brain", 40, 80], ["Angiography", 300, 600], ["Stroke", 32, 8],
];
/** Level shift and width factor relative to the stored window: radiographs have no common unit. */
const RELATIVE: readonly [string, number, number][] = [
  ["As stored", 0, 1], ["More contrast", 0, 0.65], ["Less contrast", 0, 1.5], ["Lungs", -0.18, 0.7],
  ["Mediastinum, spine", 0.22, 0.6],
];
/** Per cent of the pixels that are black, and not white: MR has no unit at all. */
const MR: readonly [string, number, number][] = [
  ["1 to 99 %", 1, 99], ["5 to 95 %", 5, 95], ["Bright parts", 50, 99.9], ["Dark parts", 0.5, 60],
];
const SUV = [5, 10, 15];
const DIGITS = 9;

export function presetsFor(header: Header, measured: Measured): Preset[] {
  const own = storedWindows(header).slice(1);
  const named = own.map((one, n) => ({ ...one, name: `${one.name || `Window ${n + 2}`} (file's)` }));
  return [...byModality(header, measured), ...named].map((one, n) => ({ ...one, key: n < DIGITS ? n + 1 : null }));
}

function byModality(header: Header, { stored, full, percentiles }: Measured): Named[] {
  const modality = text(header, "00080060");
  if (modality === "CT") return CT.map(([name, level, width]) => ({ name, ...rangeOf(level, width) }));
  const asStored = { name: "As stored", ...stored };
  const whole = { name: "Full range", ...full };
  if (modality === "MR") return [asStored, ...MR.map(([name, low, high]) => ({ name, ...percentiles(low, high) })), whole];
  if (modality === "PT" || modality === "NM") return [...uptake(header, percentiles), asStored, whole];
  const { level, width } = levelAndWidth(stored);
  const relative = RELATIVE.map(([name, shift, factor]) => ({
    name, ...rangeOf(level + shift * width, width * factor), curve: stored.curve,
  }));
  return [...relative, whole];
}

/** Dark on light from nought; by SUV where it is known, else by the hottest pixels. */
function uptake(header: Header, percentiles: Percentiles): Named[] {
  const factor = suvFactor(header);
  if (factor === null) {
    return [90, 99, 99.9].map((most) => ({ name: `0 to the ${most}th percentile`, lower: 0, upper: percentiles(0, most).upper, isInverted: true }));
  }
  return SUV.map((most) => ({ name: `SUV 0–${most}`, lower: 0, upper: most / factor, isInverted: true }));
}
