/** A series as one block of voxels on the graphics card: built when planes are asked for, given back with the case. */
import { cache, volumeLoader } from "@cornerstonejs/core";

import { load, LoadFailure } from "../loading/load";
import type { Point3 } from "../view";
import type { WindowRange } from "../window/presets";
import { type Lattice, nearest, spacing, toPatient } from "./lattice";
import type { SeriesVolume } from "./series";
import { fits, kindOf, thinned, thinnedSlice, thinning } from "./storage";
import { place, straightened, type Values } from "./straighten";
import { unit } from "./vectors";

let made = 0;

export class Volume {
  // Without a colon: Cornerstone would look for a loader of its slices.
  readonly id = `planes-${(made += 1)}`;
  /** Every how many-th voxel of a slice is kept; 1 but for very large series. */
  readonly every: number;
  /** Where voxels lie, before a tilt was taken out: crossings snap to these. */
  readonly lattice: Lattice;
  /** Least and greatest value. */
  range: WindowRange = { lower: 0, upper: 0 };
  private readonly straight: ReturnType<typeof straightened>;
  private values: Values | null = null;

  constructor(readonly series: SeriesVolume) {
    const kind = kindOf(series.images);
    this.every = thinning(straightened(series.lattice).lattice, kind);
    this.lattice = thinned(series.lattice, this.every);
    this.straight = straightened(this.lattice);
  }

  /** Fetch what is missing and build it. Throws LoadFailure; stops silently when told to. */
  async load(stop: AbortSignal, progress: (slices: number) => void = () => undefined): Promise<void> {
    const { lattice, offsets } = this.straight;
    const [width, height, slices] = lattice.size;
    let values: Values = new (kindOf(this.series.images))(width * height * slices);
    const range = { lower: Infinity, upper: -Infinity };
    const filled = (slice: number): Values => values.subarray(slice * width * height, (slice + 1) * width * height);
    for (const [n, image] of this.series.images.entries()) {
      if (stop.aborted) return;
      if (!cache.getImage(image.imageId)) await load(image);
      if (stop.aborted) return;
      const pixels = cache.getImage(image.imageId)?.getPixelData();
      if (!pixels) throw new LoadFailure("A slice was lost again before the volume was built.");
      const source = thinnedSlice(pixels, image.columns, image.rows, this.every);
      widen(range, source);
      if (values instanceof Int16Array && !fits(range)) values = Float32Array.from(values);
      place(source, this.lattice.size[0], this.lattice.size[1], filled(n), width, offsets[n] as [number, number]);
      progress(n + 1);
    }
    if (lattice.size[0] !== this.lattice.size[0] || lattice.size[1] !== this.lattice.size[1]) {
      offsets.forEach((offset, n) => fillAround(filled(n), width, this.lattice.size, offset, range.lower));
    }
    this.range = range;
    this.values = values;
    this.hand(values);
  }

  private hand(values: Values): void {
    const { lattice } = this.straight;
    volumeLoader.createLocalVolume(this.id, {
      scalarData: values, dimensions: [...lattice.size], spacing: [...spacing(lattice)], origin: [...lattice.origin],
      direction: lattice.steps.flatMap((step) => unit(step)) as never,
      metadata: { FrameOfReferenceUID: this.series.frameOfReference } as never,
    });
  }

  get isThere(): boolean {
    return this.values !== null;
  }

  /** The centre of the nearest voxel. */
  snapped(point: Point3): Point3 {
    return toPatient(this.lattice, nearest(this.lattice, point));
  }

  /** The value of the nearest voxel as the file holds it, rescaled; null before it is loaded. */
  valueAt(point: Point3): number | null {
    if (!this.values) return null;
    const [column, row, slice] = nearest(this.lattice, point);
    const image = this.series.images[slice];
    const pixels = image && cache.getImage(image.imageId)?.getPixelData();
    if (pixels && image) return pixels[row * this.every * image.columns + column * this.every] ?? null;
    const { lattice } = this.straight;
    const [i, j, k] = nearest(lattice, toPatient(this.lattice, [column, row, slice]));
    return this.values[(k * lattice.size[1] + j) * lattice.size[0] + i] ?? null;
  }

  dispose(): void {
    this.values = null;
    const volume = cache.getVolume(this.id);
    if (!volume) return;
    const slices = [...volume.imageIds];
    (volume.vtkOpenGLTexture as { destroyTexture?(): void } | undefined)?.destroyTexture?.();
    cache.removeVolumeLoadObject(this.id);
    for (const id of slices) if (cache.getImageLoadObject(id)) cache.removeImageLoadObject(id, { force: true });
  }
}

function widen(range: { lower: number; upper: number }, values: ArrayLike<number>): void {
  for (let n = 0; n < values.length; n += 1) {
    const value = values[n] as number;
    if (value < range.lower) range.lower = value;
    if (value > range.upper) range.upper = value;
  }
}

/** What a shifted slice leaves free counts as the lowest value there is, not as nought. */
function fillAround(
  slice: Values, width: number, [columns, rows]: Point3, [x, y]: readonly [number, number], lowest: number,
): void {
  const [left, top] = [Math.ceil(x), Math.ceil(y)];
  const [right, bottom] = [Math.floor(x) + columns, Math.floor(y) + rows];
  for (let n = 0; n < slice.length; n += 1) {
    const [i, j] = [n % width, Math.floor(n / width)];
    if (i < left || i >= right || j < top || j >= bottom) slice[n] = lowest;
  }
}
