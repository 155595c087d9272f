/** What the hand can take up. A table; the names are those of the keys. */
import type { MarkKind } from "./kinds/table";

export interface Tool {
  readonly kind: MarkKind;
  readonly words: string;
  /** Measured and gone: never part of what is said about the case. */
  readonly isPassing?: true;
  /** It paints: 1 adds to a mask, 0 takes away. */
  readonly paints?: 0 | 1;
}

export const TOOLS = {
  box: { kind: "box", words: "Box" },
  polygon: { kind: "polygon", words: "Polygon: click corners or draw freehand; Enter or a double click closes" },
  ellipse: { kind: "ellipse", words: "Ellipse" },
  point: { kind: "point", words: "Point" },
  length: { kind: "length", words: "Length" },
  bidirectional: { kind: "bidirectional", words: "Two diameters: the long one, then across it" },
  box3d: { kind: "box3d", words: "3-D box: draw it, then page to its ends" },
  mask: { kind: "mask", words: "Brush", paints: 1 },
  eraser: { kind: "mask", words: "Eraser", paints: 0 },
  ruler: { kind: "length", words: "Ruler (not kept)", isPassing: true },
  angle: { kind: "angle", words: "Angle (not kept)", isPassing: true },
} as const satisfies Record<string, Tool>;

export type ToolName = keyof typeof TOOLS;

export const toolOf = (name: ToolName): Tool => TOOLS[name];
