import { describe, expect, test } from "vitest";

import type { Header } from "../loading/header";
import type { Placement } from "../stack/placement";
import { axes, flippedAcross, turned, UPRIGHT } from "../turn";
import type { Point3 } from "../view";
import { edgesOfPlane, edgesOfRadiograph, lettersOf } from "./letters";

const value = (...values: unknown[]) => ({ vr: "", Value: values });
const placed = (turn = UPRIGHT, x = 1, y = 1): Placement => {
  const { right, down } = axes(turn);
  return { origin: [0, 0], right: [right[0] * x, right[1] * x], down: [down[0] * y, down[1] * y] };
};
const shown = (edges: { left: string; right: string; top: string; bottom: string } | null): string =>
  edges ? [edges.left, edges.right, edges.top, edges.bottom].join(" ") : "";

describe("letters of a direction", () => {
  test.each([
    [[1, 0, 0], "L"], [[-1, 0, 0], "R"], [[0, 1, 0], "P"], [[0, -1, 0], "A"], [[0, 0, 1], "H"], [[0, 0, -1], "F"],
    [[0, 0.9, 0.44], "PH"], [[0, -0.44, 0.9], "HA"], [[1, 0.1, 0], "L"], [[1, 1, 1], "LPH"], [[0, 0, 0], ""],
  ] as [Point3, string][])("%s runs to %s", (direction, letters) => expect(lettersOf(direction)).toBe(letters));
});

describe("edges of a slice", () => {
  const [x, y, z, minusZ]: Point3[] = [[1, 0, 0], [0, 1, 0], [0, 0, 1], [0, 0, -1]];
  test.each([
    ["axial", x, y, UPRIGHT, "R L A P"],
    ["axial, flipped", x, y, flippedAcross(UPRIGHT), "L R A P"],
    ["axial, turned by a quarter", x, y, turned(UPRIGHT), "P A R L"],
    ["axial, turned by half", x, y, turned(UPRIGHT, 2), "L R P A"],
    ["sagittal", y, minusZ, UPRIGHT, "A P H F"],
    ["coronal", x, minusZ, UPRIGHT, "R L H F"],
    ["from the feet", x, z, UPRIGHT, "R L F H"],
    ["oblique", [0.7, 0.7, 0], minusZ, UPRIGHT, "RA LP H F"],
  ] as [string, Point3, Point3, typeof UPRIGHT, string][])("%s", (_, row, column, turn, edges) => {
    expect(shown(edgesOfPlane(row, column, placed(turn)))).toBe(edges);
  });

  test("pixels twice as tall as wide change nothing", () => {
    expect(shown(edgesOfPlane([1, 0, 0], [0, 1, 0], placed(turned(UPRIGHT), 1, 2)))).toBe("P A R L");
  });
});

describe("edges of a radiograph", () => {
  test.each([
    ["said: patient's left and feet", { "00200020": value("L", "F") }, UPRIGHT, "R L H F"],
    ["a lateral view", { "00200020": value("A", "F") }, UPRIGHT, "P A H F"],
    ["a mammogram's oblique letters", { "00200020": value("P", "FR") }, UPRIGHT, "A P HL FR"],
    ["said, flipped", { "00200020": value("L", "F") }, flippedAcross(UPRIGHT), "L R H F"],
    ["said, turned", { "00200020": value("L", "F") }, turned(UPRIGHT), "F H R L"],
    ["a frontal view that says nothing", { "00080060": value("DX"), "00185101": value("PA") }, UPRIGHT, "R L  "],
    ["a lateral view that says nothing", { "00080060": value("DX"), "00185101": value("LL") }, UPRIGHT, ""],
  ] as [string, Header, typeof UPRIGHT, string][])("%s", (_, header, turn, edges) => {
    expect(shown(edgesOfRadiograph(header, placed(turn)))).toBe(edges);
  });
});
