/** The scale beside the image: a bar of a round length, and how large a pixel of the image is on the screen. Pure. */
import type { Spacing } from "../marks/spacing";
import type { Placement } from "../stack/placement";

export interface ScaleBar {
  /** Length on the screen, CSS pixels. */
  readonly pixels: number;
  readonly words: string;
}

/** CSS pixels: the bar is at most so long, and the round length is the greatest that fits. */
const LONGEST = 140;
const ROUND = [1, 2, 5];

/** How many CSS pixels one image pixel takes, along a row: 1 shows the image as it is. */
export function magnification({ right }: Placement): number {
  return Math.hypot(...right);
}

/** The bar lies across the screen: along a column where the picture is turned by a quarter. */
export function scaleBar(spacing: Spacing | null, placement: Placement): ScaleBar {
  const isAcross = Math.abs(placement.right[0]) >= Math.abs(placement.right[1]);
  const perPixel = Math.hypot(...(isAcross ? placement.right : placement.down));
  const unit = spacing ? (isAcross ? spacing.x : spacing.y) : 1;
  const length = roundest((LONGEST / perPixel) * unit);
  return { pixels: (length / unit) * perPixel, words: spacing ? inMillimetres(length, spacing) : `${length} px` };
}

function inMillimetres(length: number, { isAtDetector }: Spacing): string {
  const words = length >= 10 ? `${length / 10} cm` : `${length} mm`;
  return isAtDetector ? `${words} at the detector` : words;
}

/** The greatest of 1, 2, 5, 10, 20 … that is not above `most`. */
function roundest(most: number): number {
  const decade = 10 ** Math.floor(Math.log10(most));
  const times = ROUND.findLast((one) => one * decade <= most * (1 + 1e-9)) ?? 1;
  return Number((times * decade).toPrecision(6));
}
