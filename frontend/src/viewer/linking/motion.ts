/** What a view did between two placements, so that another view may do the same. Pure. */
import { type Placement, type Point, toImage, toScreen } from "../stack/placement";

export interface Motion {
  /** Factor of the zoom. */
  readonly zoom: number;
  /** CSS pixels, after zooming about the middle. */
  readonly pan: Point;
}

/** What leads from one placement to the other. `middle`: of the element, in CSS pixels. */
export function motionTo(before: Placement, after: Placement, middle: Point): Motion {
  const now = toScreen(after, toImage(before, middle));
  return { zoom: scaleOf(after) / scaleOf(before), pan: [now[0] - middle[0], now[1] - middle[1]] };
}

/** The same; null where nothing moved. */
export function motionBetween(before: Placement, after: Placement, middle: Point): Motion | null {
  const { zoom, pan } = motionTo(before, after, middle);
  const isStill = Math.abs(zoom - 1) < 1e-4 && Math.hypot(...pan) < 0.05;
  return isStill ? null : { zoom, pan };
}

/** Screen pixels per picture pixel, whatever the turn. */
export function scaleOf({ right, down }: Placement): number {
  return Math.sqrt(Math.abs(right[0] * down[1] - right[1] * down[0]));
}
