/** The colours of marks are told apart by readers of every kind of colour vision, and seen on black. */
import { describe, expect, test } from "vitest";

import css from "../room.css?raw";
import light from "./sight.css?raw";

type Rgb = [number, number, number];

function colour(sheet: string, name: string): Rgb {
  const found = sheet.match(new RegExp(`--${name}: #([0-9a-f]{3,6})`));
  const digits = found?.[1]?.replace(/^(.)(.)(.)$/, "$1$1$2$2$3$3") ?? "";
  return [0, 2, 4].map((at) => parseInt(digits.slice(at, at + 2), 16) / 255) as Rgb;
}

const linear = (rgb: Rgb): Rgb => rgb.map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)) as Rgb;

function luminance(rgb: Rgb): number {
  const [r, g, b] = linear(rgb);
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

/** WCAG 2: 1 to 21. */
function contrast(a: Rgb, b: Rgb): number {
  const [dark, bright] = [luminance(a), luminance(b)].sort((x, y) => x - y) as [number, number];
  return (bright + 0.05) / (dark + 0.05);
}

/** Machado, Oliveira, Fernandes 2009, severity 1, on linear light. */
const SEEN: Record<string, number[][]> = {
  "all cones": [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
  "no red cones": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
  "no green cones": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.01182, 0.04294, 0.968881]],
  "no blue cones": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.3039]],
};

function lab(rgb: Rgb, seen: number[][]): Rgb {
  const light = linear(rgb);
  const [r, g, b] = seen.map((row) => Math.min(1, Math.max(0, row.reduce((sum, part, n) => sum + part * (light[n] as number), 0)))) as Rgb;
  const xyz = [0.4124 * r + 0.3576 * g + 0.1805 * b, 0.2126 * r + 0.7152 * g + 0.0722 * b, 0.0193 * r + 0.1192 * g + 0.9505 * b];
  const [x, y, z] = xyz.map((v, n) => v / ([0.9505, 1, 1.089][n] as number)).map((v) => (v > 0.008856 ? Math.cbrt(v) : 7.787 * v + 16 / 116)) as Rgb;
  return [116 * y - 16, 500 * (x - y), 200 * (y - z)];
}

const MARKS = ["own", "suggested", "danger", "pin"];
const pairs = MARKS.flatMap((a, n) => MARKS.slice(n + 1).map((b) => [a, b] as const));

describe("marks on the image", () => {
  test.each(MARKS)("--%s stands out from black", (name) => expect(contrast(colour(css, name), [0, 0, 0])).toBeGreaterThan(4.5));

  describe.each(Object.keys(SEEN))("with %s", (kind) => {
    // 20 is far beyond what is just noticed (2.3); shapes and dashes tell them apart as well.
    test.each(pairs)("--%s is not --%s", (a, b) => {
      const [p, q] = [a, b].map((name) => lab(colour(css, name), SEEN[kind] as number[][])) as [Rgb, Rgb];
      expect(Math.hypot(p[0] - q[0], p[1] - q[1], p[2] - q[2])).toBeGreaterThan(20);
    });
  });
});

describe("words of the room", () => {
  test.each(["text", "quiet", "own", "suggested", "danger"].flatMap((ink) => ["panel", "ground"].map((ground) => [ink, ground] as const)))(
    "--%s on --%s, dark and light",
    (ink, ground) => {
      for (const sheet of [css, light]) expect(contrast(colour(sheet, ink), colour(sheet, ground))).toBeGreaterThan(4.5);
    },
  );
});
