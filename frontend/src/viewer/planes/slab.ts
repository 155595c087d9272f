/** Thick planes: what is shown of the voxels in front of and behind the cut. Pure. */
export type SlabMode = "none" | "mip" | "minip" | "mean";

export interface Slab {
  readonly mode: SlabMode;
  /** Millimetres in all: half of it before the plane, half behind. */
  readonly thickness: number;
}

export const NO_SLAB: Slab = { mode: "none", thickness: 10 };

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
