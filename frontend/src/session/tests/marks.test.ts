import { describe, expect, test } from "vitest";

import { setSide, toggle } from "../answers";
import { EMPTY, type Region } from "../content";
import {
  addMark, changeMark, checkMark, copiesOf, describeMark, isUnchecked, removeMark, settle, sideOfAll, stateOfMarks, UNCHECKED, unsettled,
} from "../marks";
import { all, heart, nodule, region } from "./samples";

const drawn = addMark(EMPTY, nodule, region(), all);
const elsewhere = { x: 60, y: 1, w: 9, h: 9 };

describe("a mark and its finding", () => {
  test("says present, on the side where it lies", () => {
    expect(drawn.findings[1]).toMatchObject({ state: "present", laterality: "right" });
  });

  test("on both sides says both", () => {
    const both = addMark(drawn, nodule, region({ track: "t2", laterality: "left" }), all);
    expect([sideOfAll(both.regions, 1), both.findings[1]?.laterality]).toEqual(["both", "both"]);
    expect(removeMark(both, "t1", nodule).findings[1]?.laterality).toBe("left");
  });

  test("does not overrule a side that the reader chose", () => {
    const chosen = setSide(drawn, nodule, "both");
    expect(changeMark(chosen, "t1", elsewhere, "left", nodule).findings[1]?.laterality).toBe("both");
  });

  test("a changed mark that was accepted is corrected, under the same track", () => {
    const accepted = addMark(EMPTY, nodule, region({ suggestion: { id: "b1", act: "accepted" } }), all);
    const [one] = changeMark(accepted, "t1", elsewhere, "right", nodule).regions;
    expect([one?.track, one?.suggestion]).toEqual(["t1", { id: "b1", act: "corrected" }]);
  });

  test("carries attributes of its own, and its side the finding's", () => {
    const said = describeMark(drawn, "t1", { grade: 2, location: "apex", note: "spiculated", laterality: "left" }, nodule);
    expect(said.regions[0]).toMatchObject({ grade: 2, location: "apex", note: "spiculated" });
    expect(said.findings[1]?.laterality).toBe("left");
  });
});

describe("whether all instances are marked", () => {
  test("is asked for a present finding with marks, until it is answered", () => {
    expect(unsettled(drawn, all).map((one) => one.id)).toEqual([1]);
    expect(unsettled(settle(drawn, 1, false), all)).toEqual([]);
    expect(unsettled(toggle(drawn, nodule, "absent", all), all)).toEqual([]);
    expect(unsettled(addMark(EMPTY, heart, region({ finding_id: 3 }), all), [{ ...heart, wants_boxes: false }])).toEqual([]);
  });

  test("holds while marks are moved or described, and is open again after one came or went", () => {
    const settled = settle(drawn, 1, true);
    const said = (content: typeof drawn) => content.findings[1]?.all_marked;
    expect(said(changeMark(settled, "t1", elsewhere, "right", nodule))).toBe(true);
    expect(said(describeMark(settled, "t1", { note: "x" }, nodule))).toBe(true);
    expect(said(addMark(settled, nodule, region({ track: "t2" }), all))).toBeNull();
    expect(said(removeMark(settled, "t1", nodule))).toBeNull();
  });

  test("one state is told from another by the marks that stand in it", () => {
    const more = addMark(drawn, nodule, region({ track: "t2" }), all);
    expect(stateOfMarks(more, 1)).not.toBe(stateOfMarks(drawn, 1));
    expect(stateOfMarks(changeMark(drawn, "t1", elsewhere, "right", nodule), 1)).toBe(stateOfMarks(drawn, 1));
  });
});

describe("copies on other slices", () => {
  const slices = [{ instance_id: 8, frame: 0 }, { instance_id: 9, frame: 0 }];
  let made = 0;
  const track = (): string => `n${(made += 1)}`;

  test("are marks of their own that accept no suggestion", () => {
    const accepted = region({ suggestion: { id: "b1", act: "accepted" }, note: "spiculated" });
    const copies = copiesOf(accepted, slices, [accepted], track);
    expect(copies.map((one) => one.instance_id)).toEqual([8, 9]);
    expect(new Set(copies.map((one) => one.track)).size).toBe(2);
    expect(copies.every((one) => one.suggestion === null && one.note === "spiculated")).toBe(true);
  });

  test("are not made twice", () => {
    const [first] = copiesOf(region(), slices, [region()], track);
    expect(copiesOf(region(), slices, [region(), first as Region], track).map((one) => one.instance_id)).toEqual([9]);
  });

  test("a copy counts as unchecked until the reader changed it or says so", () => {
    const copy = addMark(EMPTY, nodule, region({ note: `${UNCHECKED}. spiculated` }), all);
    expect(isUnchecked(copy.regions[0] as Region)).toBe(true);
    expect(checkMark(copy, "t1", nodule).regions[0]?.note).toBe("spiculated");
    expect(changeMark(copy, "t1", elsewhere, "right", nodule).regions[0]?.note).toBe("spiculated");
  });
});
