/** A mask under the brush, from its first touch until the button is let go. */
import type { Mask, Pair } from "../../session/geometry";
import { type Brush, paint } from "./brush";
import { LivePicture } from "./masks";
import { pixelsOf } from "./placed";
import { encoded } from "./rle";
import { type Cut, toMillimetres } from "./through";

export interface Painted {
  readonly tracks: readonly string[];
  readonly geometry: Mask;
}

export interface Paintbrush extends Brush {
  readonly rows: number;
  readonly columns: number;
  /** The mask that goes on, on a plane of several marks together; null begins one. */
  mask(): Painted | null;
}

export class Painting {
  private readonly pixels: Uint8Array;
  private readonly picture: LivePicture;
  private readonly tracks: readonly string[];

  constructor(private readonly brush: Paintbrush, colour: readonly [number, number, number]) {
    const { rows, columns } = brush;
    const mask = brush.mask();
    this.tracks = mask?.tracks ?? [];
    this.pixels = mask ? Uint8Array.from(pixelsOf(mask.geometry)) : new Uint8Array(rows * columns);
    this.picture = new LivePicture({ pixels: this.pixels, rows, columns }, colour);
  }

  get shown(): { tracks: readonly string[]; picture: LivePicture } {
    return { tracks: this.tracks, picture: this.picture };
  }

  dab(from: Pair, to: Pair): void {
    const { rows, columns } = this.brush;
    this.picture.touched(paint({ pixels: this.pixels, rows, columns }, this.brush, from, to));
  }

  dispose(): void {
    this.picture.dispose();
  }

  mask(): Mask {
    const { rows, columns } = this.brush;
    return encoded(this.pixels, rows, columns);
  }
}

const STEPS = 40;

/** The brush's outline around a pixel, on its ground: a plane's is in millimetres. */
export function ringOf({ radius, ratio }: Brush, [x, y]: Pair, cut: Cut | null): Pair[] {
  return Array.from({ length: STEPS }, (_, n) => {
    const turn = (2 * Math.PI * n) / STEPS;
    const at: Pair = [x + radius * Math.cos(turn), y + (radius / ratio) * Math.sin(turn)];
    return cut ? toMillimetres(cut, at) : at;
  });
}
