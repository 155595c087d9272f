/** Thick planes: what is shown of the voxels in front of and behind the cut. Pure. */
import { type Lattice, spacing } from "../volume/lattice";

export type SlabMode = "none" | "mip" | "minip" | "mean";

export interface Slab {
  readonly mode: SlabMode;
  /** Millimetres in all: half of it before the plane, half behind. */
  readonly thickness: number;
}

export const NO_SLAB: Slab = { mode: "none", thickness: 10 };

/** Samples that vtk takes along a ray at the most; beyond them it would stop inside the volume. */
const MOST_SAMPLES = 4000;
/** Millimetres. A thin plane is sampled once; but what is thin against this vtk takes for translucent, and darkens. */
const THIN = 0.5;

/** Millimetres between samples: in a slab close enough that no bright voxel between two of them is missed. */
export function samplingOf(lattice: Lattice, step: number, { mode, thickness }: Slab): number {
  const wanted = mode === "none" ? THIN : Math.min(step, thickness) / 4;
  const diagonal = Math.hypot(...spacing(lattice).map((mm, axis) => mm * (lattice.size[axis] as number)));
  return Math.max(wanted, diagonal / MOST_SAMPLES);
}

const MODES: readonly SlabMode[] = ["none", "mip", "minip", "mean"];
const NAMES: Readonly<Record<SlabMode, string>> = { none: "", mip: "MIP", minip: "MinIP", mean: "mean" };
const THICKNESSES: readonly number[] = [2, 3, 5, 7, 10, 15, 20, 30, 50, 80];

export function nextMode(slab: Slab): Slab {
  return { ...slab, mode: MODES[(MODES.indexOf(slab.mode) + 1) % MODES.length] as SlabMode };
}

/** The next thickness up or down; a thin plane becomes a slab by it, since only a slab has a thickness. */
export function thicker(slab: Slab, by: 1 | -1): Slab {
  if (slab.mode === "none") return { ...slab, mode: "mip" };
  const place = THICKNESSES.indexOf(slab.thickness);
  const thickness = THICKNESSES[Math.min(Math.max(place + by, 0), THICKNESSES.length - 1)] as number;
  return { ...slab, thickness };
}

/** What stands on the screen; "" for a thin plane. */
export function inWords({ mode, thickness }: Slab): string {
  return mode === "none" ? "" : `${NAMES[mode]} ${thickness} mm`;
}
