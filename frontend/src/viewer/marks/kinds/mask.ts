import type { Mask } from "../../../session/geometry";
import type { Kind } from "../kind";
import { extentOf } from "../rle";
import { area } from "../words";

/** Painted, not drawn: the brush changes it (brush.ts), and its pixels lie on a canvas below the lines. */
export const maskKind: Kind<Mask> = {
  word: "mask",
  needs: Infinity,
  isByClicks: false,
  grip: "",
  made: () => null,
  lines: () => [],
  handles: () => [],
  shifted: (mask) => mask,
  reshaped: (mask) => mask,
  measure: (mask, ground) => `area ${area(extentOf(mask)?.area ?? 0, ground)}`,
};
