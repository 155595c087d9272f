/** The shapes a mark may have. Image pixels, 0 = centre of the first pixel; clockwise as seen on the upright image. */
export type Pair = readonly [number, number];

/** x and y are the left and top edges. */
export interface Box {
  readonly x: number;
  readonly y: number;
  readonly w: number;
  readonly h: number;
}

export interface Polygon {
  readonly points: readonly Pair[];
}

/** `angle`: degrees by which the axis of `rx` is turned clockwise from the direction of the rows. */
export interface Ellipse {
  readonly cx: number;
  readonly cy: number;
  readonly rx: number;
  readonly ry: number;
  readonly angle: number;
}

export interface Spot {
  readonly x: number;
  readonly y: number;
}

export interface Segment {
  readonly a: Pair;
  readonly b: Pair;
}

/** The longest diameter and the longest one across it. */
export interface Bidirectional {
  readonly long: Segment;
  readonly short: Segment;
}

export interface Slice {
  readonly instance_id: number;
  readonly frame: number;
}

/** One box through a run of slices, both ends included. */
export interface Box3d extends Box {
  readonly first: Slice;
  readonly last: Slice;
}

/** `rle`: base64 of LEB128 run lengths, row by row, the first run being of zeros. */
export interface Mask {
  readonly rows: number;
  readonly columns: number;
  readonly rle: string;
}

/** Millimetres in the patient. */
export type World = readonly [number, number, number];

/** A shape on a plane through a volume: its corners or ends, in the order in which the kind's own geometry has them. */
export interface OnPlane {
  readonly frame_of_reference: string;
  readonly points: readonly World[];
  readonly normal: World;
}

export interface Geometries {
  box: Box;
  polygon: Polygon;
  ellipse: Ellipse;
  point: Spot;
  length: Segment;
  bidirectional: Bidirectional;
  box3d: Box3d;
  mask: Mask;
}

export type RegionKind = keyof Geometries;
