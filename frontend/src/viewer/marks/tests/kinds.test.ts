import { describe, expect, test } from "vitest";

import type { Pair } from "../../../session/geometry";
import { boundsOf, isInside, moved } from "../kind";
import { type MarkKind, kindOf, KINDS } from "../kinds/table";
import { degreesOf } from "../kinds/angle";
import { areaOf } from "../kinds/polygon";
import { ground } from "./samples";

/** 100 × 50 pixels, each 0.5 mm wide and 2 mm high. */
const oblong = ground(100, 50, { x: 0.5, y: 2, isAtDetector: false });
const DRAWN: [MarkKind, Pair[]][] = [
  ["box", [[10, 10], [30, 20]]],
  ["polygon", [[10, 10], [30, 12], [20, 30]]],
  ["ellipse", [[10, 10], [30, 20]]],
  ["point", [[10, 10]]],
  ["length", [[10, 10], [30, 20]]],
  ["bidirectional", [[10, 10], [50, 20], [30, 8], [30, 22]]],
  ["box3d", [[10, 10], [30, 20]]],
  ["angle", [[10, 10], [30, 20], [20, 40]]],
];
const boundsIn = (kind: MarkKind, shape: never) => boundsOf(kindOf(kind).lines(shape));

describe.each(DRAWN)("a %s", (kind, points) => {
  const made = KINDS[kind].made(points, oblong) as never;

  test("stays in the image, however far it is drawn, moved or reshaped", () => {
    const far = points.map(([x, y]): Pair => [x * 40 - 600, y * 40 - 600]);
    const drawn = kindOf(kind).made(far, oblong);
    if (drawn) expect(isInside(boundsIn(kind, drawn as never), oblong)).toBe(true);
    for (const [dx, dy] of [[999, 999], [-999, -999], [3, -999]] as const) {
      expect(isInside(boundsIn(kind, moved(kindOf(kind), made, dx, dy, oblong) as never), oblong)).toBe(true);
      for (const { part, at } of kindOf(kind).handles(made)) {
        const shape = kindOf(kind).reshaped(made, part, at, [at[0] + dx, at[1] + dy], oblong) as never;
        expect(isInside(boundsIn(kind, shape), oblong), `${part} by ${dx}, ${dy}`).toBe(true);
      }
    }
  });

  test("is moved whole and back again", () => {
    const there = moved(kindOf(kind), made, 5.25, 3.5, oblong);
    expect(moved(kindOf(kind), there, -5.25, -3.5, oblong)).toEqual(made);
  });

  test("is carried by the part under the pointer", () => {
    for (const { part, at } of kindOf(kind).handles(made)) {
      if (kind === "bidirectional" && part.startsWith("short")) continue;
      const to: Pair = [at[0] + 1, at[1] + 0.5];
      const meant: Pair = [part.match(/^[ns]$/) ? at[0] : to[0], part.match(/^[ew]$/) ? at[1] : to[1]];
      const after = kindOf(kind).handles(kindOf(kind).reshaped(made, part, at, to, oblong));
      const nearest = Math.min(...after.map((one) => Math.hypot(one.at[0] - meant[0], one.at[1] - meant[1])));
      expect(nearest, part).toBeLessThan(0.02);
    }
  });
});

test.each<[MarkKind, Pair[]]>([
  ["box", [[10, 10], [11.9, 40]]], ["ellipse", [[10, 10], [11.9, 40]]], ["polygon", [[10, 10], [30, 10], [50, 10]]],
  ["polygon", [[10, 10], [30, 10]]], ["length", [[10, 10], [11, 11]]], ["point", []], ["angle", [[10, 10], [11, 11]]],
  ["bidirectional", [[10, 10], [11, 11], [3, 3], [4, 4]]], ["bidirectional", [[10, 10], [50, 10], [30, 8]]],
])("a slip of the hand is no %s", (kind, points) => {
  expect(KINDS[kind].made(points, oblong)).toBeNull();
});

test.each<[MarkKind, string]>([
  ["box", "10.0 × 20.0 mm"], ["polygon", "area 190.0 mm²"], ["point", ""], ["length", "22.4 mm"], ["box3d", "10.0 × 20.0 mm"],
  ["ellipse", "20.0 × 10.0 mm, area 157.1 mm²"], ["bidirectional", "28.3 × 19.8 mm"], ["angle", "146.3°"],
])("a %s is told in millimetres of oblong pixels", (kind, words) => {
  const shape = KINDS[kind].made(DRAWN.find(([one]) => one === kind)?.[1] ?? [], oblong);
  expect(kindOf(kind).measure(shape as never, oblong)).toBe(words);
});

test("without a spacing only pixels are told, and at the detector that is said", () => {
  const box = { x: 0, y: 0, w: 12.4, h: 8 };
  expect(KINDS.box.measure(box, ground(99, 99))).toBe("12 × 8 px");
  const detector = ground(99, 99, { x: 0.1, y: 0.1, isAtDetector: true });
  expect(KINDS.box.measure(box, detector)).toBe("1.2 × 0.8 mm at detector");
});

describe("two diameters", () => {
  const crossing = (shape: { long: { a: Pair; b: Pair }; short: { a: Pair; b: Pair } }, { x, y }: { x: number; y: number }): number => {
    const arm = ({ a, b }: { a: Pair; b: Pair }): Pair => [(b[0] - a[0]) * x, (b[1] - a[1]) * y];
    const [u, v] = [arm(shape.long), arm(shape.short)];
    return (u[0] * v[0] + u[1] * v[1]) / (Math.hypot(...u) * Math.hypot(...v));
  };
  const made = KINDS.bidirectional.made([[10, 10], [50, 20], [30, 8], [33, 22]], oblong);

  test("cross at a right angle in the patient, though the second was drawn askew in pixels", () => {
    expect(made && crossing(made, { x: 0.5, y: 2 })).toBeCloseTo(0, 2);
  });

  test.each(["long.a", "long.b", "short.a", "short.b"])("still do after %s was dragged", (part) => {
    if (!made) throw new Error();
    const at = KINDS.bidirectional.handles(made).find((one) => one.part === part)?.at as Pair;
    const changed = KINDS.bidirectional.reshaped(made, part, at, [at[0] + 4, at[1] - 3], oblong);
    expect(changed).not.toEqual(made);
    expect(crossing(changed, { x: 0.5, y: 2 })).toBeCloseTo(0, 2);
  });

  test("the longer one is the long one, whichever came first", () => {
    const image = ground(100, 100);
    expect(KINDS.bidirectional.made([[50, 40], [50, 60], [10, 50], [90, 50]], image)?.long).toEqual({ a: [10, 50], b: [90, 50] });
  });
});

describe("an ellipse", () => {
  test("is the largest in the drawn box", () => {
    const made = KINDS.ellipse.made([[10, 10], [30, 20]], oblong);
    expect(made).toEqual({ cx: 20, cy: 15, rx: 10, ry: 5, angle: 0 });
  });

  test("turns clockwise with the end of its axis", () => {
    const round = { cx: 50, cy: 50, rx: 20, ry: 10, angle: 0 };
    const turned = KINDS.ellipse.reshaped(round, "rx", [70, 50], [50, 80], ground(200, 200));
    expect(turned).toEqual({ cx: 50, cy: 50, rx: 30, ry: 10, angle: 90 });
  });
});

test("the sign of a polygon's area tells its sense, its size does not depend on it", () => {
  const square: Pair[] = [[0, 0], [4, 0], [4, 3], [0, 3]];
  expect([areaOf(square), areaOf([...square].reverse())]).toEqual([12, -12]);
});

test("an angle in oblong pixels is the patient's", () => {
  expect(degreesOf([[4, 0], [0, 0], [0, 1]], [1, 1])).toBeCloseTo(90, 9);
  expect(degreesOf([[4, 0], [0, 0], [4, 1]], [0.5, 2])).toBeCloseTo(45, 9);
});

test("every kind of the ledger has a row", () => {
  const kinds: (keyof typeof KINDS)[] = ["box", "polygon", "ellipse", "point", "length", "bidirectional", "box3d", "mask", "angle"];
  expect(Object.keys(KINDS).sort()).toEqual([...kinds].sort());
});

