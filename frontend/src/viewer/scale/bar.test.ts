import { describe, expect, test } from "vitest";

import { spacingOf } from "../marks/spacing";
import { magnification, scaleBar } from "./bar";
import { regionSpacing } from "./ultrasound";

const value = (...values: unknown[]) => ({ vr: "", Value: values });
const at = (x: number, y = x) => ({ origin: [0, 0] as const, right: [x, 0] as const, down: [0, y] as const });
const turned = (x: number, y = x) => ({ origin: [0, 0] as const, right: [0, x] as const, down: [-y, 0] as const });

describe("the scale bar", () => {
  test.each([
    ["half a millimetre per pixel", { x: 0.5, y: 0.5, isAtDetector: false }, at(1), "5 cm", 100],
    ["the same, three times as large", { x: 0.5, y: 0.5, isAtDetector: false }, at(3), "2 cm", 120],
    ["tall pixels, across", { x: 0.5, y: 1, isAtDetector: false }, at(1, 2), "5 cm", 100],
    ["tall pixels, turned by a quarter", { x: 0.5, y: 1, isAtDetector: false }, turned(1, 2), "5 cm", 100],
    ["a radiograph", { x: 0.2, y: 0.2, isAtDetector: true }, at(1), "2 cm at the detector", 100],
    ["no spacing: pixels, never millimetres", null, at(2), "50 px", 100],
    ["far out", null, at(0.1), "1000 px", 100],
    ["close up", { x: 0.05, y: 0.05, isAtDetector: false }, at(20), "0.2 mm", 80],
  ])("%s", (_, spacing, placement, words, pixels) => {
    const bar = scaleBar(spacing, placement);
    expect([bar.words, Math.round(bar.pixels)]).toEqual([words, pixels]);
  });

  test("magnification is screen pixels per image pixel", () => {
    expect([magnification(at(0.5)), magnification(turned(2))]).toEqual([0.5, 2]);
  });
});

describe("spacing of ultrasound", () => {
  const region = (delta: number, unit = 3, format = 1) => ({
    "00186012": value(format), "00186024": value(unit), "00186026": value(unit), "0018602C": value(delta), "0018602E": value(delta),
  });
  test.each([
    ["one plane in centimetres", [region(0.02)], { x: 0.2, y: 0.2 }],
    ["a trace beside the plane", [region(0.02), region(1, 4, 3)], { x: 0.2, y: 0.2 }],
    ["two planes of different scale", [region(0.02), region(0.03)], null],
    ["seconds", [region(0.02, 4)], null],
    ["nothing", [], null],
  ])("%s", (_, regions, spacing) => expect(regionSpacing({ "00186011": value(...regions) })).toEqual(spacing));

  test("is what is measured with, where the header says no other", () => {
    expect(spacingOf({ "00080060": value("US"), "00186011": value(region(0.02)) })).toEqual({ x: 0.2, y: 0.2, isAtDetector: false });
  });
});
