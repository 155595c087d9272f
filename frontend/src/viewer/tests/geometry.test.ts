import { describe, expect, test } from "vitest";

import { rowsRunTo, sideOf } from "../boxes/side";
import { boxToScreen, toImage, toScreen } from "../stack/placement";

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
