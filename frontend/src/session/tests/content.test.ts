/** A content is always complete, whatever an older page or the server kept of it. */
import { expect, it } from "vitest";

import { EMPTY, fromDraft, isEmpty, textOf } from "../content";
import { region } from "./samples";

const level = { finding_id: 1, series_id: 3, state: "present" as const };

it("completes what an older draft left out, so that it equals what the server answers", () => {
  const { grade: _g, location: _l, note: _n, series_id: _s, ...older } = region();
  const draft = { findings: { 1: { state: "present" } }, regions: [older], levels: [level] };
  const whole = fromDraft(draft as never);
  expect(whole.findings[1]).toEqual({
    state: "present", grade: null, laterality: "", location: "", note: "", all_marked: null, suggestion: null,
  });
  expect(whole.regions).toEqual([region()]);
  expect(whole.levels[0]).toMatchObject({ instance_id: null, frame: 0, note: "" });
  expect(textOf(draft as never)).toBe(textOf(whole));
});

it("an answer on a series alone says something", () => {
  expect([isEmpty(EMPTY), isEmpty(fromDraft({ levels: [level] } as never))]).toEqual([true, false]);
});

it("a note, a location and 'all marked' make another text", () => {
  const said = (change: object) => textOf(fromDraft({ findings: { 1: { state: "present", ...change } } } as never));
  expect(new Set([said({}), said({ note: "a" }), said({ location: "a" }), said({ all_marked: false })]).size).toBe(4);
});
