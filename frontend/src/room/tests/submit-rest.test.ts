import { expect, test, vi } from "vitest";

import { type Content, EMPTY, PLAIN } from "../../session/content";
import * as history from "../../session/history";
import { all } from "../../session/tests/samples";
import { CASE } from "../commands/case";
import type { Room } from "../room";
import type { Stage } from "../stage";

/** Of the room, what the key asks for; `said` is what it was given to keep before it was asked to hand in. */
function pressed(before: Content, { mayEdit = true, isTooSoon = false } = {}): { said: Content | null; wasEntered: boolean } {
  let said: Content | null = null;
  const enter = vi.fn();
  const room = {
    state: { open: { kase: { findings: all }, history: history.begin(before) } }, mayEdit: () => mayEdit, isTooSoon: () => isTooSoon,
    enter,
    edit: (content: Content) => void (said = content),
  } as unknown as Room;
  CASE["submit-rest"]?.(room, {} as Stage, { do: "submit-rest" });
  return { said, wasEntered: enter.mock.calls.length > 0 };
}

test("what was said stays, the rest is absent, and the case is handed in", () => {
  const { said, wasEntered } = pressed({ ...EMPTY, findings: { 1: { ...PLAIN, state: "present" } } });
  expect(Object.values(said?.findings ?? {}).map((one) => one.state)).toEqual(["present", "absent", "absent"]);
  expect(wasEntered).toBe(true);
});

test.each([{ no_finding: true }, { not_assessable: { reason: "Motion" } }])("%o already speaks for the whole case", (whole) => {
  expect(pressed({ ...EMPTY, ...whole })).toEqual({ said: null, wasEntered: true });
});

test("a reading that may not be changed is neither changed nor amended", () => {
  expect(pressed(EMPTY, { mayEdit: false })).toEqual({ said: null, wasEntered: false });
});

test("a case just shown is not answered by the second of two quick presses", () => {
  expect(pressed(EMPTY, { isTooSoon: true })).toEqual({ said: null, wasEntered: false });
});
