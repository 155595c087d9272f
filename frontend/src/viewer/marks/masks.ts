/** Masks drawn on a canvas below the lines: a light wash inside, a clear edge. */
import type { Mask } from "../../session/geometry";
import type { Placement } from "../stack/placement";
import type { Canvas, Rectangle } from "./brush";
import { pixelsOf } from "./placed";
import { encoded, extentOf } from "./rle";

const WASH = 80;
const EDGE = 235;
/** Image pixels of a dash and its gap. */
const DASH = 6;
type Colour = readonly [number, number, number];

interface Picture {
  readonly canvas: HTMLCanvasElement;
  readonly left: number;
  readonly top: number;
}

export interface ShownMask {
  readonly picture: Picture;
  readonly isChosen: boolean;
}

const made = new WeakMap<Mask, Picture>();

/** A painted volume, cut across, as one mask: its slices' seams are no edges. */
export class Joined {
  private of: readonly Mask[] = [];
  private all: Mask | null = null;

  /** The same mask again while they are the same; null for none. All have one size: they lie on one plane. */
  from(masks: readonly Mask[]): Mask | null {
    const isSame = masks.length === this.of.length && masks.every((mask, n) => mask === this.of[n]);
    if (isSame) return this.all;
    this.of = masks;
    const [first] = masks;
    if (!first || masks.length === 1) return (this.all = first ?? null);
    const pixels = Uint8Array.from(pixelsOf(first));
    for (const mask of masks.slice(1)) pixelsOf(mask).forEach((is, at) => is && (pixels[at] = 1));
    return (this.all = encoded(pixels, first.rows, first.columns));
  }
}

/** Made once per mask; null when it is empty. A dashed one has an edge with gaps and a lighter wash: a suggestion. */
export function pictureOf(mask: Mask, colour: Colour, isDashed = false): Picture | null {
  const found = made.get(mask);
  if (found) return found;
  const extent = extentOf(mask);
  if (!extent) return null;
  const { left, top } = extent;
  const area = { left, top, right: extent.right + 1, bottom: extent.bottom + 1 };
  const picture = { canvas: blank(area.right - left, area.bottom - top), left, top };
  wash(picture, { pixels: pixelsOf(mask), rows: mask.rows, columns: mask.columns }, area, colour, isDashed);
  made.set(mask, picture);
  return picture;
}

function blank(width: number, height: number): HTMLCanvasElement {
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [width, height];
  return canvas;
}

/** A mask while it is painted: only what the brush touched is drawn anew. */
export class LivePicture implements Picture {
  readonly canvas: HTMLCanvasElement;
  readonly left = 0;
  readonly top = 0;

  constructor(
    readonly pixels: Canvas,
    private readonly colour: Colour,
  ) {
    this.canvas = blank(pixels.columns, pixels.rows);
    this.touched({ left: 0, top: 0, right: pixels.columns, bottom: pixels.rows });
  }

  /** A large canvas would otherwise be held until the browser tidies up. */
  dispose(): void {
    this.canvas.width = this.canvas.height = 0;
  }

  /** A pixel's neighbours may have become edges, or no longer be. */
  touched({ left, top, right, bottom }: Rectangle): void {
    const { columns, rows } = this.pixels;
    const area = {
      left: Math.max(0, left - 1), top: Math.max(0, top - 1),
      right: Math.min(columns, right + 1), bottom: Math.min(rows, bottom + 1),
    };
    if (area.left < area.right && area.top < area.bottom) wash(this, this.pixels, area, this.colour);
  }
}

function wash(to: Picture, { pixels, rows, columns }: Canvas, { left, top, right, bottom }: Rectangle, [r, g, b]: Colour, isDashed = false): void {
  const context = to.canvas.getContext("2d") as CanvasRenderingContext2D;
  const image = context.createImageData(right - left, bottom - top);
  const isOff = (x: number, y: number): boolean => x < 0 || y < 0 || x >= columns || y >= rows || !pixels[y * columns + x];
  let at = 0;
  for (let y = top; y < bottom; y += 1) {
    for (let x = left; x < right; x += 1, at += 4) {
      if (!pixels[y * columns + x]) continue;
      const isEdge = isOff(x - 1, y) || isOff(x + 1, y) || isOff(x, y - 1) || isOff(x, y + 1);
      image.data[at] = r;
      image.data[at + 1] = g;
      image.data[at + 2] = b;
      const isGap = isDashed && (x + y) % DASH >= DASH / 2;
      image.data[at + 3] = isEdge && !isGap ? EDGE : isDashed ? WASH / 2 : WASH;
    }
  }
  context.putImageData(image, left - to.left, top - to.top);
}

/** The canvas covers its element; masks lie as the placement turns, flips and stretches the image. */
export function drawMasks(canvas: HTMLCanvasElement, masks: readonly ShownMask[], { origin, right, down }: Placement): void {
  const density = window.devicePixelRatio || 1;
  const [width, height] = [Math.round(canvas.clientWidth * density), Math.round(canvas.clientHeight * density)];
  const isSized = canvas.width === width && canvas.height === height;
  if (!isSized) [canvas.width, canvas.height] = [width, height];
  const context = canvas.getContext("2d");
  if (!context || (!masks.length && !isSized)) return;
  context.setTransform(1, 0, 0, 1, 0, 0);
  context.clearRect(0, 0, width, height);
  context.imageSmoothingEnabled = false;
  const at = (value: number): number => value * density;
  context.setTransform(at(right[0]), at(right[1]), at(down[0]), at(down[1]), at(origin[0]), at(origin[1]));
  for (const { picture, isChosen } of masks) {
    context.globalAlpha = isChosen ? 1 : 0.75;
    // 0 is a pixel's centre: its edge lies half a pixel before.
    context.drawImage(picture.canvas, picture.left - 0.5, picture.top - 0.5);
  }
}

export function colourOf(element: Element, name: string): Colour {
  const hex = getComputedStyle(element).getPropertyValue(name).trim().replace("#", "");
  const value = Number.parseInt(hex.length === 3 ? [...hex].map((digit) => digit + digit).join("") : hex.slice(0, 6), 16);
  return Number.isNaN(value) ? [79, 195, 247] : [value >> 16, (value >> 8) & 255, value & 255];
}
