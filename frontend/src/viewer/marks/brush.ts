/** Painting into a mask: a round brush drawn along a line, held to a range of grey values where there is one. Pure. */
import type { Pair } from "../../session/geometry";

/** A mask while it is painted: 0 or 1 per pixel, row by row. */
export interface Canvas {
  readonly pixels: Uint8Array;
  readonly rows: number;
  readonly columns: number;
}

export interface Brush {
  /** Columns from its middle to its edge. */
  readonly radius: number;
  /** Height of a pixel over its width: the brush is round in the patient. */
  readonly ratio: number;
  /** 1 paints, 0 takes away. */
  readonly value: 0 | 1;
  /** Whether a pixel's grey value is in the range; null: any. */
  readonly allows: ((pixel: number) => boolean) | null;
}

/** Half-open: columns from left up to right, rows from top up to bottom. */
export interface Rectangle {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

/** Paints every pixel whose centre the brush covers on its way; returns what may have changed. Erasing ignores the range. */
export function paint(canvas: Canvas, brush: Brush, from: Pair, to: Pair): Rectangle {
  const { radius, ratio, value } = brush;
  const tall = radius / ratio;
  const area: Rectangle = {
    left: clip(Math.ceil(Math.min(from[0], to[0]) - radius), canvas.columns),
    right: clip(Math.floor(Math.max(from[0], to[0]) + radius) + 1, canvas.columns),
    top: clip(Math.ceil(Math.min(from[1], to[1]) - tall), canvas.rows),
    bottom: clip(Math.floor(Math.max(from[1], to[1]) + tall) + 1, canvas.rows),
  };
  const covers = covering(from, to, radius, ratio);
  const allows = value === 1 ? brush.allows : null;
  for (let y = area.top; y < area.bottom; y += 1) {
    for (let x = area.left; x < area.right; x += 1) {
      const pixel = y * canvas.columns + x;
      if (covers(x, y) && (!allows || allows(pixel))) canvas.pixels[pixel] = value;
    }
  }
  return area;
}

const clip = (value: number, size: number): number => Math.min(Math.max(value, 0), size);

/** Square distances in widths of a column: no root per pixel. */
function covering([ax, ay]: Pair, [bx, by]: Pair, radius: number, ratio: number): (x: number, y: number) => boolean {
  const [dx, dy] = [bx - ax, (by - ay) * ratio];
  const square = dx * dx + dy * dy;
  return (x, y) => {
    const [px, py] = [x - ax, (y - ay) * ratio];
    const along = square ? Math.min(1, Math.max(0, (px * dx + py * dy) / square)) : 0;
    const [ox, oy] = [px - along * dx, py - along * dy];
    return ox * ox + oy * oy <= radius * radius;
  };
}
