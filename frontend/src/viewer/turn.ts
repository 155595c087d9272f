/** How a picture is turned and flipped: one of eight ways, first mirrored from left to right, then turned clockwise. Pure. */
import type { Point } from "./stack/placement";

export interface Turn {
  /** Quarter turns, clockwise. */
  readonly quarters: 0 | 1 | 2 | 3;
  readonly isMirrored: boolean;
}

export const UPRIGHT: Turn = { quarters: 0, isMirrored: false };

type Quarters = Turn["quarters"];

export function turned({ quarters, isMirrored }: Turn, by = 1): Turn {
  return { quarters: ((quarters + by + 4) % 4) as Quarters, isMirrored };
}

/** Left and right of the screen change places, however the picture is turned. */
export function flippedAcross({ quarters, isMirrored }: Turn): Turn {
  return { quarters: ((4 - quarters) % 4) as Quarters, isMirrored: !isMirrored };
}

/** Top and bottom of the screen change places. */
export function flippedDown(turn: Turn): Turn {
  return turned(flippedAcross(turn), 2);
}

export function isSame(a: Turn, b: Turn): boolean {
  return a.quarters === b.quarters && a.isMirrored === b.isMirrored;
}

/** What stands in the corner; "" for a picture as stored. */
export function inWords({ quarters, isMirrored }: Turn): string {
  if (isMirrored && quarters === 2) return "flipped top to bottom";
  const words = [isMirrored ? "flipped left to right" : "", quarters ? `turned ${90 * quarters}°` : ""];
  return words.filter(Boolean).join(", ");
}

/** Where the picture's own rightward and downward directions point on the screen (y grows downwards). */
export function axes({ quarters, isMirrored }: Turn): { right: Point; down: Point } {
  const clockwise = ([x, y]: Point): Point => {
    let [a, b] = [x, y];
    for (let n = 0; n < quarters; n += 1) [a, b] = [-b || 0, a];
    return [a, b];
  };
  return { right: clockwise([isMirrored ? -1 : 1, 0]), down: clockwise([0, 1]) };
}
