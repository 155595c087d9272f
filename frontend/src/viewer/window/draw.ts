/** A window on a Cornerstone viewport: its own functions know no tables, and its S lacks the ends. */
import type { Types } from "@cornerstonejs/core";

import { nodesOf, type WindowRange } from "./curve";

interface ToGrey {
  removeAllPoints(): void;
  addRGBPoint(value: number, red: number, green: number, blue: number): void;
}

interface Slice {
  getProperty?: () => { getRGBTransferFunction(index: number): ToGrey | null };
}

/** Without WebGL a curve is drawn straight. The caller renders. */
export function draw(viewport: Types.IStackViewport, range: WindowRange): void {
  viewport.setProperties({ voiRange: { lower: range.lower, upper: range.upper } });
  const toGrey = (viewport.getDefaultActor()?.actor as Slice | undefined)?.getProperty?.().getRGBTransferFunction(0);
  if (!toGrey) return;
  const isInverted = Boolean(viewport.getProperties().invert);
  toGrey.removeAllPoints();
  for (const [value, grey] of nodesOf(range)) {
    const shown = isInverted ? 1 - grey : grey;
    toGrey.addRGBPoint(value, shown, shown, shown);
  }
}
