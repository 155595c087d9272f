import { describe, expect, test } from "vitest";

import { middleOf } from "../middle";
import { ground } from "./samples";

const SHOWN = { width: 800, height: 400 };
/** Two screen pixels per image pixel, the picture's middle in the viewport's. */
const placement = { origin: [200, 0], right: [2, 0], down: [0, 2] } as const;

describe("a mark in the middle of the view", () => {
  test("is a quarter of the shorter side wide, wherever the picture is turned", () => {
    expect(middleOf("box", placement, SHOWN, ground(200, 200))).toEqual({ x: 75, y: 75, w: 50, h: 50 });
    const turned = { origin: [600, 0], right: [0, 2], down: [-2, 0] } as const;
    expect(middleOf("box", turned, SHOWN, ground(200, 200))).toEqual({ x: 75, y: 75, w: 50, h: 50 });
  });

  test("may be a point, a length, two diameters", () => {
    expect(middleOf("point", placement, SHOWN, ground(200, 200))).toEqual({ x: 100, y: 100 });
    expect(middleOf("length", placement, SHOWN, ground(200, 200))).toEqual({ a: [75, 75], b: [125, 125] });
    expect(middleOf("bidirectional", placement, SHOWN, ground(200, 200))).toMatchObject({ long: { a: [75, 100], b: [125, 100] } });
  });

  test("stays on the picture, and is none where nothing of it is shown there", () => {
    expect(middleOf("box", placement, SHOWN, ground(110, 110))).toEqual({ x: 75, y: 75, w: 34.5, h: 34.5 });
    expect(middleOf("box", placement, SHOWN, ground(60, 60))).toBeNull();
  });

  test("is none for what a hand has to draw", () => {
    expect([middleOf("polygon", placement, SHOWN, ground(200, 200)), middleOf("mask", placement, SHOWN, ground(200, 200))]).toEqual([null, null]);
  });
});
