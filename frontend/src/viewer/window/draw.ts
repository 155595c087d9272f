/** A window on a Cornerstone viewport: its own functions know no tables, and its S lacks the ends. */
import type { Types } from "@cornerstonejs/core";

import { nodesOf, type WindowRange } from "./curve";

interface ToGrey {
  removeAllPoints(): void;
  addRGBPoint(value: number, red: number, green: number, blue: number): void;
}

interface Slice {
  getProperty?: () => { getRGBTransferFunction(index: number): ToGrey | null };
  getMapper?: () => { setColorTextureWidth(width: number): void };
}

/** Steps in which the graphics card looks a grey level up: a steep table needs many, a straight window few. */
const STEPS = { curve: 8192, straight: 1024 };

/** Without WebGL a curve is drawn straight. The caller renders. */
export function draw(viewport: Types.IStackViewport, range: WindowRange): void {
  viewport.setProperties({ voiRange: { lower: range.lower, upper: range.upper } });
  const slice = viewport.getDefaultActor()?.actor as Slice | undefined;
  const toGrey = slice?.getProperty?.().getRGBTransferFunction(0);
  if (!toGrey) return;
  slice?.getMapper?.().setColorTextureWidth(range.curve ? STEPS.curve : STEPS.straight);
  const isInverted = Boolean(viewport.getProperties().invert);
  toGrey.removeAllPoints();
  for (const [value, grey] of nodesOf(range)) {
    const shown = isInverted ? 1 - grey : grey;
    toGrey.addRGBPoint(value, shown, shown, shown);
  }
}
