/** One image pixel on one screen pixel, centre on centre: what is on the canvas is then what the window makes of it. */
import { type Point, toScreen } from "../stack/placement";
import type { View } from "../view";
import { magnification } from "./bar";

/** How far the picture still is from lying so: 0 when no further step is needed. */
const NEAR = 1e-4;
const STEPS = 4;

/** `first`: the image pixel that comes to lie in the upper left corner. */
export function toActualSize(view: View, first: Point = [0, 0]): void {
  for (let step = 0; step < STEPS; step += 1) {
    const placement = view.placement();
    if (!placement) return;
    const larger = 1 / (magnification(placement) * devicePixelRatio);
    if (Math.abs(larger - 1) > NEAR) view.zoom(larger);
    const after = view.placement() ?? placement;
    const [x, y] = toScreen(after, first);
    const [dx, dy] = [0.5 - x, 0.5 - y];
    if (Math.hypot(dx, dy) < NEAR) return;
    view.pan([dx, dy]);
  }
}
