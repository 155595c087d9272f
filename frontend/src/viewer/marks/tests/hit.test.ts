import { describe, expect, test } from "vitest";

import { around, cursorOf, hit } from "../hit";
import type { MarkKind, Shape } from "../kinds/table";
import { placed, type PlacedMark } from "../placed";
import { encoded } from "../rle";

const upright = { origin: [0, 0], right: [1, 0], down: [0, 1] } as const;
const mark = (track: string, kind: MarkKind, geometry: Shape, placement: Parameters<typeof placed>[1] = upright): PlacedMark =>
  placed({ track, kind, geometry, label: "", size: "" }, placement);

const outer = mark("outer", "box", { x: 0, y: 0, w: 200, h: 200 });
const inner = mark("inner", "box", { x: 50, y: 50, w: 40, h: 40 });
const boxes = [outer, inner];

describe("what lies under the pointer", () => {
  test.each([
    ["inside nothing chosen: free ground", null, [100, 150], null],
    ["a side", null, [30, 3], { track: "outer", part: "n" }],
    ["a corner", null, [92, 88], { track: "inner", part: "se" }],
    ["the body of the chosen one", "inner", [70, 70], { track: "inner", part: "body" }],
    ["outside", null, [300, 300], null],
  ] as const)("%s", (_, chosen, point, expected) => {
    expect(hit(boxes, chosen, point)).toEqual(expected);
  });

  test("a click chooses the smallest mark around it", () => {
    expect([around(boxes, [70, 70]), around(boxes, [150, 150]), around(boxes, [400, 1])]).toEqual(["inner", "outer", null]);
  });

  test("the middle of a mark as small as its handles still moves it", () => {
    const small = mark("small", "box", { x: 10, y: 10, w: 12, h: 12 });
    expect(hit([small], "small", [16, 16])?.part).toBe("body");
    expect(hit([small], "small", [23, 23])?.part).toBe("se");
  });

  test.each<[MarkKind, Shape, readonly [number, number], string]>([
    ["polygon", { points: [[0, 0], [90, 0], [0, 90]] }, [91, 2], "1"],
    ["polygon", { points: [[0, 0], [90, 0], [0, 90]] }, [45, 3], "body"],
    ["ellipse", { cx: 50, cy: 50, rx: 40, ry: 20, angle: 90 }, [50, 88], "rx"],
    ["point", { x: 30, y: 30 }, [33, 28], "at"],
    ["length", { a: [0, 0], b: [80, 80] }, [78, 81], "b"],
    ["length", { a: [0, 0], b: [80, 80] }, [40, 43], "body"],
    ["bidirectional", { long: { a: [0, 50], b: [90, 50] }, short: { a: [45, 40], b: [45, 60] } }, [46, 61], "short.b"],
  ])("a %s is taken by its parts", (kind, shape, at, part) => {
    expect(hit([mark("one", kind, shape)], null, at)?.part).toBe(part);
  });

  test("a mask is chosen by its pixels alone, and nothing drags it", () => {
    const pixels = new Uint8Array(100).fill(1, 22, 26);
    const mask = mark("mask", "mask", encoded(pixels, 10, 10), { origin: [5, 5], right: [10, 0], down: [0, 10] });
    expect([around([mask], [35, 25]), around([mask], [75, 25])]).toEqual(["mask", null]);
    expect(hit([mask], "mask", [35, 25])).toBeNull();
  });
});

test("arrows point where the part goes on a screen that is turned by a quarter", () => {
  const turned = mark("one", "box", { x: 0, y: 0, w: 40, h: 20 }, { origin: [300, 0], right: [0, 3], down: [-3, 0] });
  const cursor = (part: string): string => cursorOf([turned], { track: "one", part });
  expect([cursor("e"), cursor("s"), cursor("se"), cursor("ne"), cursor("body")]).toEqual([
    "ns-resize", "ew-resize", "nesw-resize", "nwse-resize", "move",
  ]);
});
