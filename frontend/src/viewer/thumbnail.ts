/** A series in small, from pixels that are in memory anyway. */
import { cache } from "@cornerstonejs/core";

import { text } from "./loading/header";
import type { SliceImage } from "./loading/images";
import { ORDINARY, percentilesOf } from "./window/histogram";
import { storedWindows } from "./window/stored";

/** Draws the image's middle square; false while the image is not loaded. */
export function drawThumbnail(canvas: HTMLCanvasElement, { imageId, header }: SliceImage): boolean {
  const image = cache.getImage(imageId);
  const context = canvas.getContext("2d");
  if (!image || !context) return false;
  const { width: side } = canvas;
  const pixels = image.getPixelData();
  const parts = Math.max(1, Math.round(pixels.length / (image.rows * image.columns)));
  const values = sampled(pixels, image.rows, image.columns, parts, side);
  const window = parts > 1 ? { lower: 0, upper: 255 } : (storedWindows(header)[0] ?? percentilesOf(values)(...ORDINARY));
  const picture = context.createImageData(side, side);
  const isDarkOnLight = text(header, "00280004") === "MONOCHROME1";
  for (let n = 0; n < side * side; n += 1) {
    for (let part = 0; part < 3; part += 1) {
      const value = values[n * parts + Math.min(part, parts - 1)] as number;
      const grey = (255 * (value - window.lower)) / Math.max(1e-6, window.upper - window.lower);
      picture.data[4 * n + part] = isDarkOnLight ? 255 - grey : grey;
    }
    picture.data[4 * n + 3] = 255;
  }
  context.putImageData(picture, 0, 0);
  return true;
}

/** Values of side × side pixels out of the middle square, row by row. Pure. */
export function sampled(pixels: ArrayLike<number>, rows: number, columns: number, parts: number, side: number): number[] {
  const square = Math.min(rows, columns);
  const [top, left] = [(rows - square) / 2, (columns - square) / 2];
  const found: number[] = [];
  for (let y = 0; y < side; y += 1) {
    const row = Math.floor(top + ((y + 0.5) * square) / side);
    for (let x = 0; x < side; x += 1) {
      const column = Math.floor(left + ((x + 0.5) * square) / side);
      for (let part = 0; part < parts; part += 1) found.push(pixels[(row * columns + column) * parts + part] ?? 0);
    }
  }
  return found;
}
