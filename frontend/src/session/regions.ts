/** Marks in a content: a shape with what it is a mark of. Shapes: ./geometry. */
import type { Act, Side } from "./content";
import type { Geometries, OnPlane, RegionKind } from "./geometry";

interface Mark {
  readonly track: string;
  readonly finding_id: number;
  readonly frame: number;
  readonly series_id: number | null;
  readonly laterality: Side;
  readonly grade: number | null;
  readonly location: string;
  readonly note: string;
  readonly suggestion: Act | null;
}

/** A mark of one kind on an image. A 3-D box stands on its first slice and names its series. */
export interface RegionOf<K extends RegionKind> extends Mark {
  readonly kind: K;
  readonly instance_id: number;
  readonly geometry: Geometries[K];
}

export type BoxRegion = RegionOf<"box">;
export type ImageRegion = { [K in RegionKind]: RegionOf<K> }[RegionKind];
export type WorldKind = "box" | "polygon" | "ellipse" | "point" | "length" | "bidirectional";

/** A mark on a plane through a volume: of no image, but of a series. */
export interface WorldRegion extends Mark {
  readonly kind: WorldKind;
  readonly instance_id: null;
  readonly series_id: number;
  readonly geometry: OnPlane;
}

export type Region = ImageRegion | WorldRegion;

export const isInWorld = (region: Region): region is WorldRegion => region.instance_id === null;
export const isOnImage = (region: Region): region is ImageRegion => region.instance_id !== null;
export const isBox = (region: Region): region is BoxRegion => region.kind === "box" && region.instance_id !== null;
