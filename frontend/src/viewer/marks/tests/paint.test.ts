import { describe, expect, test } from "vitest";

import { type Brush, paint } from "../brush";
import type { Mask } from "../../../session/geometry";
import { Joined } from "../masks";
import { decoded, encoded } from "../rle";

const canvas = (columns: number, rows: number, fill = 0) => ({ pixels: new Uint8Array(columns * rows).fill(fill), columns, rows });
const brush = (change: Partial<Brush> = {}): Brush => ({ radius: 3, ratio: 1, value: 1, allows: null, ...change });
const area = (pixels: Uint8Array): number => pixels.reduce((sum, one) => sum + one, 0);

describe("a brush", () => {
  test("paints every pixel whose centre it covers, and no other", () => {
    const one = canvas(20, 20);
    paint(one, brush(), [10, 8], [10, 8]);
    one.pixels.forEach((value, n) => expect(value).toBe(Number(Math.hypot((n % 20) - 10, Math.floor(n / 20) - 8) <= 3)));
  });

  test("leaves no gaps between two places of a quick hand", () => {
    const one = canvas(100, 20);
    paint(one, brush({ radius: 1 }), [5, 10], [90, 10]);
    for (let x = 5; x <= 90; x += 1) expect(one.pixels[10 * 100 + x]).toBe(1);
  });

  test("is round in the patient, so flat in tall pixels", () => {
    const one = canvas(40, 40);
    const { left, right, top, bottom } = paint(one, brush({ radius: 8, ratio: 2 }), [20, 20], [20, 20]);
    expect([right - left, bottom - top]).toEqual([17, 9]);
  });

  test("keeps to the greys that are allowed, and erases whatever it passes", () => {
    const one = canvas(20, 20);
    paint(one, brush({ allows: (pixel) => pixel % 20 < 10 }), [10, 10], [10, 10]);
    expect(area(one.pixels)).toBeGreaterThan(0);
    expect(one.pixels.every((value, n) => !value || n % 20 < 10)).toBe(true);
    paint(one, brush({ value: 0, allows: () => false }), [10, 10], [10, 10]);
    expect(area(one.pixels)).toBe(0);
  });

  test("is cut by the image's edge, wherever it comes from", () => {
    const one = canvas(10, 10);
    const touched = paint(one, brush(), [-1, -1], [12, 12]);
    expect(touched).toEqual({ left: 0, top: 0, right: 10, bottom: 10 });
    expect(paint(one, brush(), [-50, -50], [-40, -40])).toMatchObject({ left: 0, right: 0 });
  });

  test("what is painted comes back from the ledger's text", () => {
    const one = canvas(64, 48);
    paint(one, brush({ radius: 7.5 }), [3, 3], [60, 40]);
    expect(decoded(encoded(one.pixels, 48, 64))).toEqual(one.pixels);
  });
});

test("a painted volume cut across is drawn as one mask, made once", () => {
  const row = (at: number): Mask => encoded(Uint8Array.from({ length: 9 }, (_, n) => (Math.floor(n / 3) === at ? 1 : 0)), 3, 3);
  const slices = [row(0), row(1)];
  const joined = new Joined();
  const all = joined.from(slices);
  expect(all).toEqual(encoded(Uint8Array.of(1, 1, 1, 1, 1, 1, 0, 0, 0), 3, 3));
  expect(joined.from([...slices])).toBe(all);
  expect(joined.from([slices[0] as Mask])).toBe(slices[0]);
  expect(joined.from([])).toBeNull();
});
