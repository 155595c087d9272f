/** A coarse map of what a model looked at, laid smoothly over the picture; what is cool stays clear. */
import { type Placement, toScreen } from "../stack/placement";

export interface HeatMap {
  readonly rows: number;
  readonly columns: number;
  /** The rectangle that it covers, in picture pixels. */
  readonly x: number;
  readonly y: number;
  readonly w: number;
  readonly h: number;
  /** rows × columns, 0 to 255. */
  readonly cells: Uint8Array;
}

/** Below this share of the map's range nothing is drawn: it is the ground on which the evidence stands. */
const FROM = 0.35;
const STRONGEST = 0.55;
/** Of the suggestions' colour, so that nobody takes it for the image's own grey or a reader's mark. */
const COLOUR = [242, 184, 75] as const;

export function opacityOf(cell: number): number {
  return STRONGEST * Math.max(0, (cell / 255 - FROM) / (1 - FROM));
}

/** Draws the maps on the canvas, or clears it. */
export function drawHeat(
  canvas: HTMLCanvasElement, maps: readonly HeatMap[], placement: Placement | null, colour: readonly [number, number, number] = COLOUR,
): void {
  const { clientWidth, clientHeight } = canvas;
  const scale = window.devicePixelRatio || 1;
  const context = canvas.getContext("2d");
  canvas.width = Math.round(clientWidth * scale);
  canvas.height = Math.round(clientHeight * scale);
  if (!context || !placement) return;
  context.imageSmoothingEnabled = true;
  context.imageSmoothingQuality = "high";
  for (const map of maps) {
    const [ox, oy] = toScreen(placement, [map.x, map.y]);
    const [rx, ry] = toScreen(placement, [map.x + map.w, map.y]);
    const [dx, dy] = toScreen(placement, [map.x, map.y + map.h]);
    context.setTransform(
      ((rx - ox) / map.columns) * scale, ((ry - oy) / map.columns) * scale, ((dx - ox) / map.rows) * scale,
      ((dy - oy) / map.rows) * scale, ox * scale, oy * scale,
    );
    context.drawImage(pictureOf(map, colour), 0, 0);
  }
}

function pictureOf(map: HeatMap, colour: readonly [number, number, number]): HTMLCanvasElement {
  const picture = document.createElement("canvas");
  picture.width = map.columns;
  picture.height = map.rows;
  const pixels = new ImageData(map.columns, map.rows);
  map.cells.forEach((cell, n) => pixels.data.set([...colour, Math.round(255 * opacityOf(cell))], 4 * n));
  picture.getContext("2d")?.putImageData(pixels, 0, 0);
  return picture;
}
