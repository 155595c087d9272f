/** A window carried from one image to another. Pure. */
import { levelAndWidth, rangeOf, type WindowRange } from "../window/presets";

/** Modalities whose values mean the same on every image. */
const ABSOLUTE = new Set(["CT", "PT"]);

/** As on the other image where values have a unit; else as far from the stored window there as here. */
export function carried(modality: string, now: WindowRange, fromStored: WindowRange | null, toStored: WindowRange | null): WindowRange {
  if (ABSOLUTE.has(modality) || !fromStored || !toStored) return { lower: now.lower, upper: now.upper };
  const [here, stored, there] = [levelAndWidth(now), levelAndWidth(fromStored), levelAndWidth(toStored)];
  const shift = (here.level - stored.level) / stored.width;
  return { ...toStored, ...rangeOf(there.level + shift * there.width, there.width * (here.width / stored.width)) };
}
