import { describe, expect, test } from "vitest";

import { addBox, changeBox, clamped, moved, removeBox, sideOfAll } from "../boxes";
import { setSide } from "../answers";
import { EMPTY } from "../content";
import { all, nodule, region } from "./samples";

describe("boxes stay in the image", () => {
  test.each([
    ["beyond the first corner", { x: -9, y: -9, w: 20, h: 20 }, { x: -0.5, y: -0.5, w: 11.5, h: 11.5 }],
    ["beyond the last corner", { x: 90, y: 40, w: 50, h: 50 }, { x: 90, y: 40, w: 9.5, h: 9.5 }],
    ["inside", { x: 1, y: 2, w: 3, h: 4 }, { x: 1, y: 2, w: 3, h: 4 }],
  ])("%s", (_, box, expected) => {
    expect(clamped(box, 100, 50)).toEqual(expected);
  });

  test.each([
    ["a slip of the hand", { x: 5, y: 5, w: 1.9, h: 30 }],
    ["one outside", { x: 200, y: 5, w: 30, h: 30 }],
  ])("%s is no box", (_, box) => {
    expect(clamped(box, 100, 50)).toBeNull();
  });

  test("a moved box keeps its size at the border", () => {
    expect(moved({ x: 80, y: 10, w: 10, h: 10 }, 500, -500, 100, 50)).toEqual({ x: 89.5, y: -0.5, w: 10, h: 10 });
  });
});

describe("a box and its finding", () => {
  const drawn = addBox(EMPTY, nodule, region(), all);

  test("says present, on the side where it lies", () => {
    expect(drawn.findings[1]).toMatchObject({ state: "present", laterality: "right" });
  });

  test("on both sides says both", () => {
    const both = addBox(drawn, nodule, region({ track: "t2", laterality: "left" }), all);
    expect([sideOfAll(both.regions, 1), both.findings[1]?.laterality]).toEqual(["both", "both"]);
    expect(removeBox(both, "t1", nodule).findings[1]?.laterality).toBe("left");
  });

  test("does not overrule a side that the reader chose", () => {
    const chosen = setSide(drawn, nodule, "both");
    expect(changeBox(chosen, "t1", { x: 60, y: 1, w: 9, h: 9 }, "left", nodule).findings[1]?.laterality).toBe("both");
  });

  test("a changed box that was accepted is corrected, under the same track", () => {
    const accepted = addBox(EMPTY, nodule, region({ suggestion: { id: "b1", act: "accepted" } }), all);
    const [one] = changeBox(accepted, "t1", { x: 0, y: 0, w: 9, h: 9 }, "right", nodule).regions;
    expect([one?.track, one?.suggestion]).toEqual(["t1", { id: "b1", act: "corrected" }]);
  });
});
