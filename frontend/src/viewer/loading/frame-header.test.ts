import { describe, expect, test } from "vitest";

import { drawable, ofFrame, withUnitAxes } from "./frame-header";
import { numbers } from "./header";

const value = (...values: unknown[]) => ({ vr: "", Value: values });
const group = (z: number) => ({
  "00209113": value({ "00200032": value(0, 0, z) }), "00289145": value({ "00281053": value(z + 1), "00281052": value(-1024) }),
});

describe("a frame's header", () => {
  const whole = { "00200032": value(9, 9, 9), "00280030": value(1, 1), "52009230": value(group(0), group(2.5)) };

  test("has its own numbers in place of the common ones, and no groups of others", () => {
    expect(ofFrame(whole, 1)).toEqual({
      ...group(2.5), "00200032": value(0, 0, 2.5), "00280030": value(1, 1), "00281053": value(3.5), "00281052": value(-1024),
    });
  });

  test("beyond the last group is the common one", () => {
    expect(ofFrame(whole, 7)["00200032"]).toEqual(value(9, 9, 9));
  });

  test("of one image is the image's", () => {
    const single = { "00280030": value(1, 1) };
    expect(ofFrame(single, 0)).toBe(single);
  });
});

describe("direction cosines", () => {
  const turned = (...cosines: number[]) => numbers(withUnitAxes({ "00200037": value(...cosines) }), "00200037");

  test("that a file has rounded get the length of one, at a right angle", () => {
    const [, , , x, y, z] = turned(1, 0, 0, 0.001, 0.98795999976939, -0.1515243862995) as [number, number, number, number, number, number];
    expect([Math.hypot(x, y, z), x]).toEqual([expect.closeTo(1, 12), 0]);
    expect(y / z).toBeCloseTo(0.98795999976939 / -0.1515243862995, 9);
  });

  test.each([[[1, 0, 0, 0, 1, 0]], [[0, 0, 0, 0, 0, 0]], [[1, 0, 0, 1, 0, 0]], [[1, 0, 0]]])("%j stay as they are", (cosines) => {
    expect(turned(...cosines)).toEqual(cosines);
  });
});

describe("what Cornerstone is given", () => {
  test.each([
    ["a spacing of nought", { "00280030": value(0, 0.5) }, {}],
    ["tables and functions", { "00281056": value("LINEAR_EXACT"), "00283010": value({}), "00281050": value(40) }, { "00281050": value(40) }],
    ["how many frames there are", { "00280008": value(2), "52009230": value({}), "00280010": value(9) }, { "00280010": value(9) }],
    ["pixels that are said to be tall", { "00280034": value(2, 1) }, { "00280034": value(2, 1), "00280030": { vr: "DS", Value: [2, 1] } }],
    ["tall pixels with a spacing", { "00280034": value(2, 1), "00280030": value(1, 1) }, { "00280034": value(2, 1), "00280030": value(1, 1) }],
  ])("%s", (_, header, expected) => expect(drawable(header)).toEqual(expected));
});
