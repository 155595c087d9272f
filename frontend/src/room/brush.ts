/** The brush as the reader has set it: how large, and whether it keeps to the greys of the window. */
import { cache } from "@cornerstonejs/core";

import type { RegionOf } from "../session/regions";
import type { SliceImage } from "../viewer/loading/images";
import type { Ground } from "../viewer/marks/kind";
import type { Paintbrush, Painted } from "../viewer/marks/painting";
import { type Cut, sizeOf, voxelOf } from "../viewer/marks/through";
import { length } from "../viewer/volume/vectors";
import type { WindowRange } from "../viewer/window/presets";

const SIZES = [1, 2, 3, 5, 8, 12, 18, 26, 38, 55, 80, 120];

export class BrushSettings {
  private size = 5;
  /** null: any grey; else paint only where the image's value lies within. */
  range: WindowRange | null = null;

  /** Columns from the middle to the edge. */
  get radius(): number {
    return (SIZES[this.size] as number) / 2;
  }

  grow(by: 1 | -1): void {
    this.size = Math.min(Math.max(this.size + by, 0), SIZES.length - 1);
  }

  inWords(): string {
    const { range } = this;
    const greys = range ? `only ${Math.round(range.lower)} to ${Math.round(range.upper)}` : "any grey";
    return `${SIZES[this.size]} px, ${greys}`;
  }

  on(image: SliceImage, ground: Ground, value: 0 | 1, mask: RegionOf<"mask"> | null): Paintbrush {
    const { rows, columns } = image;
    const ratio = ground.spacing ? ground.spacing.y / ground.spacing.x : 1;
    const before = mask && { tracks: [mask.track], geometry: mask.geometry };
    return { radius: this.radius, ratio, value, allows: this.allowed(image), rows, columns, mask: () => before };
  }

  /** On a plane that cuts slices: as wide as on those. `images`: the slices, in the order of the cut. */
  through(images: readonly SliceImage[], cut: Cut, value: 0 | 1, mask: () => Painted | null): Paintbrush {
    const [across, down] = cut.step.map(Math.abs) as [number, number];
    const radius = (this.radius * length(cut.lattice.steps[0])) / across;
    return { radius, ratio: down / across, value, allows: this.allowedThrough(images, cut), ...sizeOf(cut), mask };
  }

  private allowedThrough(images: readonly SliceImage[], cut: Cut): ((pixel: number) => boolean) | null {
    if (!this.range) return null;
    const allowed = new Map<number, ((pixel: number) => boolean) | null>();
    return (pixel) => {
      const [column, row, slice] = voxelOf(cut, pixel);
      const image = images[slice];
      if (!image) return false;
      if (!allowed.has(slice)) allowed.set(slice, this.allowed(image));
      return allowed.get(slice)?.(row * image.columns + column) ?? false;
    };
  }

  private allowed(image: SliceImage): ((pixel: number) => boolean) | null {
    const { range } = this;
    const shown = range && cache.getImage(image.imageId);
    // Colours have no grey to keep to.
    if (!range || !shown || shown.color) return null;
    const values = shown.getPixelData();
    return (pixel) => {
      const value = values[pixel] as number;
      return value >= range.lower && value <= range.upper;
    };
  }
}
