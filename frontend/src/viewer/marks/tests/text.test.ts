import { describe, expect, test } from "vitest";

import type { Pair } from "../../../session/geometry";
import { decoded, encoded, extentOf, runsOf } from "../rle";
import { distanceToSegment, simplified, simplifiedRing } from "../simplify";
import { spacingOf } from "../spacing";

const value = (...values: unknown[]) => ({ vr: "", Value: values });
const bits = (text: string): Uint8Array => Uint8Array.from(text, Number);

describe("a mask as text", () => {
  test.each([
    ["empty", "000000", [6]], ["full", "111111", [0, 6]], ["a run over a row's end", "001111", [2, 4]],
    ["begins with itself", "110010", [0, 2, 2, 1, 1]],
  ])("%s", (_, text, runs) => {
    const mask = encoded(bits(text), 2, 3);
    expect(runsOf(mask.rle)).toEqual(runs);
    expect([...decoded(mask)].join("")).toBe(text);
  });

  test("long runs take several bytes: 300 is AC 02", () => {
    expect(encoded(new Uint8Array(300), 1, 300).rle).toBe(btoa("\xac\x02"));
  });

  test("any mask comes back, and its extent is where its pixels are", () => {
    let seed = 7;
    const random = (): number => (seed = (seed * 48271) % 2147483647) / 2147483647;
    for (const share of [0.02, 0.5, 0.98]) {
      const pixels = Uint8Array.from({ length: 37 * 53 }, () => Number(random() < share));
      const mask = encoded(pixels, 37, 53);
      expect(decoded(mask)).toEqual(pixels);
      const set = [...pixels.keys()].filter((n) => pixels[n]);
      const [xs, ys] = [set.map((n) => n % 53), set.map((n) => Math.floor(n / 53))];
      expect(extentOf(mask)).toEqual({
        left: Math.min(...xs), right: Math.max(...xs), top: Math.min(...ys), bottom: Math.max(...ys), area: set.length,
      });
    }
  });

  test("of the wrong size is refused, not shown askew", () => {
    expect(() => decoded({ ...encoded(bits("001100"), 2, 3), rows: 3 })).toThrow(RangeError);
    expect(extentOf(encoded(bits("000000"), 2, 3))).toBeNull();
  });
});

describe("a line drawn by hand", () => {
  const hand: Pair[] = Array.from({ length: 700 }, (_, n) => {
    const turn = (2 * Math.PI * n) / 700;
    return [200 + 90 * Math.cos(turn) + 3 * Math.sin(9 * turn), 150 + 60 * Math.sin(turn) + 2 * Math.cos(13 * turn)];
  });
  const off = (line: readonly Pair[], isClosed: boolean): number => {
    const ends = isClosed ? [...line, line[0] as Pair] : line;
    return Math.max(...hand.map((point) => Math.min(...ends.slice(1).map((end, n) => distanceToSegment(point, ends[n] as Pair, end)))));
  };

  test("keeps within half a pixel of what was drawn, with far fewer points", () => {
    const [open, ring] = [simplified(hand), simplifiedRing(hand)];
    expect(off(open, false)).toBeLessThanOrEqual(0.5);
    expect(off(ring, true)).toBeLessThanOrEqual(0.5);
    expect(Math.max(open.length, ring.length)).toBeLessThan(100);
  });

  test("corners clicked one by one all stay", () => {
    const corners: Pair[] = [[0, 0], [50, 0], [60, 30], [20, 45]];
    expect(simplifiedRing(corners)).toEqual(corners);
  });

  test("a line that goes back on itself is no trouble", () => {
    expect(simplified([[0, 0], [5, 0], [0, 0]])).toEqual([[0, 0], [5, 0], [0, 0]]);
  });
});

describe("millimetres per pixel", () => {
  test.each([
    ["a CT", { "00080060": value("CT"), "00280030": value(2, 0.5) }, { x: 0.5, y: 2, isAtDetector: false }],
    ["a detector", { "00080060": value("DX"), "00181164": value(0.14, 0.15) }, { x: 0.15, y: 0.14, isAtDetector: true }],
    ["a radiograph that repeats its detector's", { "00080060": value("DX"), "00280030": value(0.14, 0.14), "00181164": value(0.14, 0.14) },
      { x: 0.14, y: 0.14, isAtDetector: true }],
    ["a calibrated radiograph", { "00080060": value("DX"), "00280030": value(0.1, 0.1), "00181164": value(0.14, 0.14) },
      { x: 0.1, y: 0.1, isAtDetector: false }],
    ["a photograph", { "00080060": value("XC") }, null],
    ["a spacing of nought", { "00080060": value("CR"), "00280030": value(0, 0) }, null],
  ])("of %s", (_, header, expected) => {
    expect(spacingOf(header)).toEqual(expected);
  });
});
