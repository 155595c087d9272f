import { describe, expect, test } from "vitest";

import type { Pair } from "../../../session/geometry";
import type { PatientPlane } from "../../view";
import { toWorld } from "../../volume/plane-frame";
import { KINDS, kindOf, type Shape } from "../kinds/table";
import { fromPlane, type ImagePlane, imagePlane, isWorldKind, ofImage, onImage, onPlane } from "../on-plane";
import { ground } from "./samples";

const coronal: PatientPlane = {
  frameOfReference: "1.2.3", origin: [-100, 20, 150], row: [1, 0, 0], column: [0, 0, -1], normal: [0, 1, 0],
};
/** The same cut seen from behind, from another corner. */
const behind: PatientPlane = { ...coronal, origin: [100, 20, 150], row: [-1, 0, 0], normal: [0, -1, 0] };
const WORLD = ["box", "polygon", "ellipse", "point", "length", "bidirectional"] as const;
const points: Pair[] = [[10, 20], [60, 25], [30, 10], [35, 50]];

describe.each(WORLD)("a %s on a plane", (kind) => {
  const shape = KINDS[kind].made(points, ground(200, 200)) as Shape;

  test("comes back to the plane where it was drawn", () => {
    const back = fromPlane(kind, onPlane(kind, shape, coronal), coronal, 1);
    expect(JSON.parse(JSON.stringify(back), (_, value) => (typeof value === "number" ? Math.round(value * 1e6) / 1e6 : value))).toEqual(shape);
  });

  test("lies at the same places of the patient when seen from behind", () => {
    const seen = fromPlane(kind, onPlane(kind, shape, coronal), behind, 1) as Shape;
    const outline = (one: Shape, plane: PatientPlane): string[] => kindOf(kind).lines(one).flatMap(({ points: line }) => line)
      .map((point) => toWorld(plane, point).map((value) => value.toFixed(2).replace("-0.00", "0.00")).join()).sort();
    expect(outline(seen, behind)).toEqual(outline(shape, coronal));
  });

  test.each([
    ["another frame of reference", { ...coronal, frameOfReference: "9" }],
    ["a cut further back", { ...coronal, origin: [-100, 22, 150] as const }],
    ["a cut across", { ...coronal, normal: [0, 0, 1] as const }],
  ])("is not seen on %s", (_, plane) => {
    expect(fromPlane(kind, onPlane(kind, shape, coronal), plane, 1)).toBeNull();
  });

  test("is seen through a slab that reaches it", () => {
    expect(fromPlane(kind, onPlane(kind, shape, coronal), { ...coronal, origin: [-100, 22, 150] }, 5)).not.toBeNull();
  });
});

test("masks and 3-D boxes stay on slices, on whichever plane they are drawn", () => {
  expect(["mask", "box3d"].some(isWorldKind)).toBe(false);
});

describe("slices and planes show each other's marks", () => {
  const value = (...values: unknown[]) => ({ vr: "", Value: values });
  const header = {
    "00200052": value("1.2.3"), "00200032": value(-100, 20, 150), "00200037": value(1, 0, 0, 0, 0, -1), "00280030": value(2, 0.5),
  };
  const slice = imagePlane({ imageId: "", instanceId: 1, frame: 0, rows: 100, columns: 300, header } as never) as ImagePlane;

  test("a box drawn on a slice of oblong pixels lies on the plane in millimetres", () => {
    const world = ofImage("box", { x: 20, y: 10, w: 40, h: 30 }, slice);
    expect(fromPlane("box", world, coronal, 1)).toEqual({ x: 10, y: 20, w: 20, h: 60 });
    expect(onImage("box", world, slice, 1)).toEqual({ x: 20, y: 10, w: 40, h: 30 });
  });

  test("a turned ellipse on a slice of oblong pixels is the same outline in millimetres", () => {
    const ellipse = { cx: 60, cy: 40, rx: 30, ry: 10, angle: 35 };
    const { cx, cy, rx, ry, angle } = fromPlane("ellipse", ofImage("ellipse", ellipse, slice), coronal, 1) as typeof ellipse;
    const turn = (angle * Math.PI) / 180;
    for (const point of kindOf("ellipse").lines(ellipse).flatMap(({ points: line }) => line)) {
      const [x, y] = slice.toMillimetres(point);
      const [dx, dy] = [x - cx, y - cy];
      const [u, v] = [dx * Math.cos(turn) + dy * Math.sin(turn), dy * Math.cos(turn) - dx * Math.sin(turn)];
      expect((u / rx) ** 2 + (v / ry) ** 2).toBeCloseTo(1, 2);
    }
  });

  test("what leaves the slice is cut at its edge", () => {
    const world = onPlane("box", { x: -10, y: 10, w: 20, h: 20 }, coronal);
    expect(onImage("box", world, slice, 1)).toEqual({ x: -0.5, y: 5, w: 20.5, h: 10 });
  });
});
