import { describe, expect, test } from "vitest";

import type { Point } from "../stack/placement";
import { axes, flippedAcross, turned, UPRIGHT } from "../turn";
import { planeOf } from "../stack/plane";
import { probed } from "./at";

const value = (...values: unknown[]) => ({ vr: "", Value: values });
const header = {
  "00080060": value("CT"), "00281053": value(1), "00281052": value(-1024), "00280030": value(2, 0.5),
  "00200032": value(-10, -20, 30), "00200037": value(1, 0, 0, 0, 1, 0),
};
const image = { imageId: "", instanceId: 1, frame: 0, rows: 50, columns: 100, header };

/** A view whose values tell their own place: 1000 · row + column. */
function view(turn = UPRIGHT, zoom = 3) {
  const { right, down } = axes(turn);
  // Rows are four times as far apart as columns, on the screen too.
  const placement = {
    origin: [200, 300] as Point, right: [right[0] * zoom, right[1] * zoom] as Point, down: [down[0] * 4 * zoom, down[1] * 4 * zoom] as Point,
  };
  return { kind: "stack" as const, images: [image], current: image, placement: () => placement, plane: () => planeOf(header, 0), valueAt: ([x, y]: Point) => 1000 * y + x };
}

/** Where the image's pixel lies on the screen. */
function screen(of: ReturnType<typeof view>, [x, y]: Point): Point {
  const { origin, right, down } = of.placement();
  return [origin[0] + x * right[0] + y * down[0], origin[1] + x * right[1] + y * down[1]];
}

describe("the probe", () => {
  test.each([
    ["upright", UPRIGHT, 3], ["turned", turned(UPRIGHT), 3], ["flipped", flippedAcross(UPRIGHT), 3],
    ["flipped and turned", turned(flippedAcross(UPRIGHT), 3), 0.4],
  ])("tells the same of a pixel when the image is %s", (_, turn, zoom) => {
    const shown = view(turn, zoom);
    expect(probed(shown, screen(shown, [17.3, 9.2]))).toEqual(["9017 HU", "pixel 17, 9", "R 1.5 A 2.0 H 30.0 mm"]);
  });

  test.each([[-0.6, 0], [99.6, 0], [3, 49.6]])("tells nothing of %d, %d beside the image", (x, y) => {
    const shown = view();
    expect(probed(shown, screen(shown, [x, y]))).toEqual([]);
  });

  test("tells on a plane what lies between the slices, in millimetres of the plane", () => {
    const plane = { ...view(), kind: "plane" as const, current: null, valueAt: () => -53.25 };
    expect(probed(plane, screen(view(), [17.5, 9]))).toEqual(["-53.25 HU, interpolated", "L 7.5 A 11.0 H 30.0 mm"]);
  });

  test("tells no millimetres where the file has none", () => {
    const bare = { ...view(), current: { ...image, header: { "00080060": value("DX") } }, plane: () => null };
    expect(probed(bare, [200, 300])).toEqual(["0, stored value", "pixel 0, 0"]);
  });
});
