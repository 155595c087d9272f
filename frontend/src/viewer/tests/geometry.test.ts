import { describe, expect, test } from "vitest";

import { around, hit, reshaped } from "../boxes/geometry";
import { rowsRunTo, sideOf } from "../boxes/side";
import { boxToScreen, toImage, toScreen } from "../stack/placement";
import { dragged, levelAndWidth, presetsFor, rangeOf } from "../window/presets";

const value = (...values: unknown[]) => ({ vr: "", Value: values });

describe("placement", () => {
  // Pixels twice as tall as wide, zoomed by three, and flipped from left to right.
  const placement = { origin: [400, 50] as const, right: [-3, 0] as const, down: [0, 6] as const };

  test.each([[0, 0], [17.25, -0.5], [99.5, 49.5]])("image %d, %d survives the way to the screen and back", (x, y) => {
    const [bx, by] = toImage(placement, toScreen(placement, [x, y]));
    expect(bx).toBeCloseTo(x, 6);
    expect(by).toBeCloseTo(y, 6);
  });

  test("a flipped box has positive width", () => {
    expect(boxToScreen(placement, { x: 10, y: 5, w: 20, h: 10 })).toEqual({ x: 310, y: 80, w: 60, h: 60 });
  });
});

describe("what lies under the pointer", () => {
  const outer = { track: "outer", box: { x: 0, y: 0, w: 200, h: 200 } };
  const inner = { track: "inner", box: { x: 50, y: 50, w: 40, h: 40 } };
  const boxes = [outer, inner];

  test.each([
    ["inside nothing chosen: free ground", null, [100, 150], null],
    ["an edge", null, [100, 3], { track: "outer", part: "n" }],
    ["a corner", null, [92, 88], { track: "inner", part: "se" }],
    ["the body of the chosen box", "inner", [70, 70], { track: "inner", part: "body" }],
    ["outside", null, [300, 300], null],
  ] as const)("%s", (_, chosen, point, expected) => {
    expect(hit(boxes, chosen, point)).toEqual(expected);
  });

  test("a click chooses the smallest box around it", () => {
    expect([around(boxes, [70, 70]), around(boxes, [150, 150]), around(boxes, [400, 1])]).toEqual(["inner", "outer", null]);
  });
});

describe("a dragged box", () => {
  const box = { x: 10, y: 10, w: 20, h: 20 };
  test.each([
    ["body", 500, 0, { x: 79.5, y: 10, w: 20, h: 20 }],
    ["e", 5, 99, { x: 10, y: 10, w: 25, h: 20 }],
    ["nw", -99, -99, { x: -0.5, y: -0.5, w: 30.5, h: 30.5 }],
    ["w", 99, 0, { x: 28, y: 10, w: 2, h: 20 }],
  ] as const)("by its %s", (part, dx, dy, expected) => {
    expect(reshaped(box, part, dx, dy, 100, 100)).toEqual(expected);
  });
});

describe("the side of a box", () => {
  const left = { x: 10, y: 0, w: 20, h: 20 };
  test.each([
    ["a PA radiograph", { "00080060": value("DX"), "00185101": value("PA") }, "right"],
    ["rows to the right", { "00080060": value("DX"), "00200020": value("R", "F") }, "left"],
    ["a lateral view", { "00080060": value("DX"), "00185101": value("LL") }, ""],
    ["an axial CT", { "00080060": value("CT"), "00200037": value(1, 0, 0, 0, 1, 0) }, "right"],
    ["a prone CT", { "00080060": value("CT"), "00200037": value(-1, 0, 0, 0, -1, 0) }, "left"],
    ["a sagittal MR", { "00080060": value("MR"), "00200037": value(0, 1, 0, 0, 0, -1) }, ""],
    ["an unknown view of MR", { "00080060": value("MR") }, ""],
  ])("on the left half of %s", (_, header, side) => {
    expect(sideOf(left, 100, header)).toBe(side);
  });

  test("rows of a radiograph without orientation run to the patient's left", () => {
    expect(rowsRunTo({ "00080060": value("CR") })).toBe("left");
  });
});

describe("windows", () => {
  test("level and width are told as DICOM counts them", () => {
    expect(levelAndWidth(rangeOf(40, 400))).toEqual({ level: 40, width: 400 });
  });

  test("CT has its own, radiographs go by the stored window", () => {
    const stored = rangeOf(2000, 4000);
    const [lung] = presetsFor("CT", stored, stored);
    const [asStored] = presetsFor("DX", stored, { lower: 0, upper: 4095 });
    expect([lung && levelAndWidth(lung), asStored && levelAndWidth(asStored)]).toEqual([
      { level: -600, width: 1500 }, { level: 2000, width: 4000 },
    ]);
  });

  test("a drag never closes the window", () => {
    const { width } = levelAndWidth(dragged(rangeOf(100, 50), -10_000, 0));
    expect(width).toBeGreaterThan(0);
  });
});
