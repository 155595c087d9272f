/** Marks on planes through a volume: shapes in the plane's millimetres, points in the patient. Pure. */
import type { Bidirectional, Box, OnPlane, Pair, Polygon, Segment, Spot } from "../../session/geometry";
import type { WorldKind } from "../../session/regions";
import { toPlane, toWorld } from "../volume/plane-frame";
import { dot } from "../volume/vectors";
import type { PatientPlane } from "../view";
import { cornersOf } from "./kinds/box";
import type { Shape } from "./kinds/table";

interface Way<G> {
  points(shape: G): readonly Pair[];
  shape(points: readonly Pair[]): G;
}

const segment = ([a, b]: readonly Pair[]): Segment => ({ a: a as Pair, b: b as Pair });

const WAYS: { box: Way<Box>; polygon: Way<Polygon>; point: Way<Spot>; length: Way<Segment>; bidirectional: Way<Bidirectional> } = {
  box: { points: cornersOf, shape: around },
  polygon: { points: ({ points }) => points, shape: (points) => ({ points }) },
  point: { points: ({ x, y }) => [[x, y]], shape: ([at]) => ({ x: at?.[0] ?? 0, y: at?.[1] ?? 0 }) },
  length: { points: ({ a, b }) => [a, b], shape: segment },
  bidirectional: {
    points: ({ long, short }) => [long.a, long.b, short.a, short.b],
    shape: (points) => ({ long: segment(points), short: segment(points.slice(2)) }),
  },
};

export const isWorldKind = (kind: string): kind is WorldKind => kind in WAYS;
const wayOf = (kind: WorldKind): Way<Shape> => WAYS[kind] as unknown as Way<Shape>;

function around(points: readonly Pair[]): Box {
  const [xs, ys] = [points.map(([x]) => x), points.map(([, y]) => y)];
  const [x, y] = [Math.min(...xs), Math.min(...ys)];
  return { x, y, w: Math.max(...xs) - x, h: Math.max(...ys) - y };
}

export function onPlane(kind: WorldKind, shape: Shape, plane: PatientPlane): OnPlane {
  const points = wayOf(kind).points(shape).map((point) => toWorld(plane, point));
  return { frame_of_reference: plane.frameOfReference, points, normal: plane.normal };
}

/** Cosine above which two planes count as parallel: a tenth of a degree would be .9999985. */
const PARALLEL = 0.99999;

/** The shape on this plane; null when it lies on another one, or further away than `thickness` / 2 (mm). */
export function fromPlane(kind: WorldKind, mark: OnPlane, plane: PatientPlane, thickness: number): Shape | null {
  if (mark.frame_of_reference !== plane.frameOfReference || Math.abs(dot(mark.normal, plane.normal)) < PARALLEL) return null;
  const found = mark.points.map((point) => toPlane(plane, point));
  if (found.some(({ depth }) => Math.abs(depth) > thickness / 2)) return null;
  return wayOf(kind).shape(found.map(({ at }) => at));
}
