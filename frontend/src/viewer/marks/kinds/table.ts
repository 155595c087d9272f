/** Every kind of mark there is. */
import type { Geometries, RegionKind } from "../../../session/geometry";
import type { Kind } from "../kind";
import { type Angle, angleKind } from "./angle";
import { bidirectionalKind } from "./bidirectional";
import { boxKind } from "./box";
import { box3dKind } from "./box3d";
import { ellipseKind } from "./ellipse";
import { lengthKind } from "./length";
import { maskKind } from "./mask";
import { pointKind } from "./point";
import { polygonKind } from "./polygon";

interface Shapes extends Geometries {
  angle: Angle;
}

export type MarkKind = keyof Shapes;
export type Shape = Shapes[MarkKind];

export const KINDS: { readonly [K in MarkKind]: Kind<Shapes[K]> } = {
  box: boxKind, polygon: polygonKind, ellipse: ellipseKind, point: pointKind, length: lengthKind,
  bidirectional: bidirectionalKind, box3d: box3dKind, mask: maskKind, angle: angleKind,
};

/** The kind's functions for a shape that is known to be of that kind. */
export const kindOf = (kind: MarkKind): Kind<Shape> => KINDS[kind] as unknown as Kind<Shape>;

export type { RegionKind };
