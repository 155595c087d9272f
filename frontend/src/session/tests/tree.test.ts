import { describe, expect, it } from "vitest";

import { mark, noFinding, restAbsent, unmark } from "../answers";
import { fromDraft } from "../content";
import { addMark } from "../marks";
import * as history from "../history";
import { above, below, contradictions, followers, rows } from "../tree";
import { effusion, heart, nodule, region, saying } from "./samples";

const opacity = { ...heart, id: 10, code: "opacity", name: "Opacity", shortcut: "" };
const consolidation = { ...heart, id: 11, code: "consolidation", name: "Consolidation", parent: 10, shortcut: "" };
const pneumonia = { ...heart, id: 12, code: "pneumonia", name: "Pneumonia", parent: 11, shortcut: "" };
const mass = { ...nodule, id: 13, code: "mass", name: "Mass", parent: 10, shortcut: "" };
const all = [pneumonia, effusion, opacity, consolidation, mass];
const nothing = saying({});
const statesOf = (content: typeof nothing): Record<string, string> =>
  Object.fromEntries(Object.entries(content.findings).map(([id, { state }]) => [id, state]));

describe("the tree of findings", () => {
  it("puts children below their parent, whatever order the form has", () => {
    expect(rows(all).map(({ finding, depth }) => [finding.name, depth])).toEqual([
      ["Effusion", 0], ["Opacity", 0], ["Consolidation", 1], ["Pneumonia", 2], ["Mass", 1],
    ]);
    expect(rows(all, new Set([10])).map(({ finding }) => finding.id)).toEqual([2, 10]);
  });

  it("stops at a circle", () => {
    const circle = [{ ...opacity, parent: 11 }, consolidation];
    expect(above(consolidation, circle).map(({ id }) => id)).toEqual([10]);
    expect(below(circle[0]!, circle).map(({ id }) => id)).toEqual([11]);
  });

  it("makes every finding above present when one below is, in one step that can be undone", () => {
    const before = history.begin(mark(nothing, opacity, "absent", all));
    const after = history.step(before, mark(before.present, pneumonia, "present", all));
    expect(statesOf(after.present)).toEqual({ 10: "present", 11: "present", 12: "present", 13: "absent" });
    expect(followers(before.present, after.present, pneumonia.id).sort()).toEqual([10, 11]);
    expect(history.undo(after).present).toEqual(before.present);
  });

  it("does so for a box that is drawn, too", () => {
    const drawn = addMark(nothing, mass, region({ finding_id: mass.id }), all);
    expect(statesOf(drawn)).toEqual({ 10: "present", 13: "present" });
  });

  it("makes everything below absent with the parent, marks and answers about parts included", () => {
    const part = { finding_id: 11, series_id: null, instance_id: 7, frame: 0, state: "present", grade: null, laterality: "", note: "" } as const;
    const before = { ...addMark(mark(nothing, pneumonia, "present", all), mass, region({ finding_id: mass.id }), all), levels: [part] };
    const after = mark(before, opacity, "absent", all);
    expect(statesOf(after)).toEqual({ 10: "absent", 11: "absent", 12: "absent", 13: "absent" });
    expect(after.regions).toEqual([]);
    expect(after.levels).toEqual([]);
  });

  it("never counts a finding that only follows as a verdict on its suggestion", () => {
    const act = { id: "m1-mass", act: "accepted" } as const;
    const before = saying({ findings: { 13: { ...mark(nothing, mass, "present", all).findings[13]!, suggestion: act } } });
    expect(mark(before, opacity, "absent", all).findings[13]).toMatchObject({ state: "absent", suggestion: null });
  });

  it("takes the certainty out of an absent parent when one below is equivocal", () => {
    expect(statesOf(mark(mark(nothing, opacity, "absent", all), mass, "equivocal", all))).toMatchObject({ 10: "equivocal", 13: "equivocal" });
  });

  it("leaves the parent as it is when a finding is taken back", () => {
    const back = unmark(mark(nothing, mass, "present", all), mass, all);
    expect(statesOf(back)).toEqual({ 10: "present" });
  });

  it("lets the rest be absent without contradicting what is there", () => {
    const drafted = fromDraft({ findings: { 12: { ...mark(nothing, pneumonia, "present", [pneumonia]).findings[12]! } } });
    expect(statesOf(restAbsent(drafted, all))).toEqual({ 2: "absent", 10: "present", 11: "present", 12: "present", 13: "absent" });
    expect(noFinding(drafted).no_finding).toBe(true);
  });

  it("says where answers contradict each other, on both", () => {
    const state = (id: number, state: "present" | "absent" | "equivocal"): [number, unknown] => [id, { state }];
    const draft = fromDraft({ findings: Object.fromEntries([state(10, "absent"), state(11, "equivocal"), state(12, "present")]) as never });
    const found = contradictions(draft, all);
    expect(found.get(10)).toBe("absent, yet Pneumonia is present");
    expect(found.get(11)).toBe("equivocal, yet Pneumonia is present");
    expect(found.has(2)).toBe(false);
  });
});
