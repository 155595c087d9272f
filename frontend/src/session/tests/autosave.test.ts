import { describe, expect, test } from "vitest";

import { type Autosave, type Event, isDirty, KEPT, next, opened, PAUSE_MS } from "../autosave";
import { EMPTY } from "../content";
import { saying } from "./samples";

const mine = saying({ comment: "mine" });
const more = saying({ comment: "mine and more" });
const theirs = saying({ comment: "theirs" });

const after = (events: Event[], from: Autosave = opened(EMPTY, 3, null)): Autosave =>
  events.reduce((state, event) => next(state, event)[0], from);
const edited = (content: typeof EMPTY): Event => ({ kind: "edited", content });
const due: Event = { kind: "due" };
const ok = (version: number): Event => ({ kind: "acknowledged", version, at: 1 });
const away: Event = { kind: "unreachable", why: "no connection" };
const conflict = (content: typeof EMPTY, state = "draft"): Event => ({
  kind: "conflicted", theirs: { content, version: 9, state }, at: 1,
});

describe("autosave", () => {
  test("waits for a pause, sends, and rests when acknowledged", () => {
    const [waiting, timer] = next(opened(EMPTY, 3, null), edited(mine));
    expect([waiting.phase, timer]).toEqual(["waiting", { kind: "timer", ms: PAUSE_MS }]);
    const [sending, effect] = next(waiting, due);
    expect([sending.phase, effect]).toEqual(["sending", { kind: "send" }]);
    const [resting] = next(sending, ok(4));
    expect([resting.phase, resting.version, isDirty(resting)]).toEqual(["idle", 4, false]);
  });

  test("one request at a time: edits under way wait for the answer, then go", () => {
    const during = after([edited(mine), due, edited(more)]);
    expect(during.phase).toBe("sending");
    const [answered, effect] = next(during, ok(4));
    expect([answered.phase, answered.current, effect?.kind]).toEqual(["waiting", more, "timer"]);
  });

  test("an edit taken back needs no save", () => {
    expect(after([edited(mine), edited(EMPTY)]).phase).toBe("idle");
  });

  test("no answer is tried again, later each time, and never given up", () => {
    const delays: number[] = [];
    let state = after([edited(mine)]);
    for (let n = 0; n < 8; n += 1) {
      const [retrying, effect] = next(after([due], state), away);
      state = retrying;
      delays.push(effect?.kind === "timer" ? effect.ms : -1);
    }
    expect(delays).toEqual([1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000]);
    expect([state.phase, state.current]).toEqual(["retrying", mine]);
  });

  test("a lost acknowledgement is no conflict: their version is mine", () => {
    const state = after([edited(mine), due, away, due, conflict(mine)]);
    expect([state.phase, state.version, isDirty(state)]).toEqual(["idle", 9, false]);
  });

  test("another's version stops saving until the reader has chosen", () => {
    const state = after([edited(mine), due, conflict(theirs), edited(more), due]);
    expect([state.phase, state.current, state.theirs?.content]).toEqual(["conflict", more, theirs]);
  });

  test("keeping mine sends it on top of theirs", () => {
    const [state, effect] = next(after([edited(mine), due, conflict(theirs)]), { kind: "keep-mine" });
    expect([state.phase, state.version, state.sending, effect]).toEqual(["sending", 9, mine, { kind: "send" }]);
  });

  test("taking theirs leaves nothing to save", () => {
    const state = after([edited(mine), due, conflict(theirs), { kind: "take-theirs" }]);
    expect([state.phase, state.current, state.version]).toEqual(["idle", theirs, 9]);
  });

  test("what was submitted elsewhere is a conflict even with the same words", () => {
    expect(after([edited(mine), due, conflict(mine, "submitted")]).phase).toBe("conflict");
  });

  test("of two versions that only the browser holds, the chosen one still has to be saved", () => {
    const kept: Event = { kind: "conflicted", theirs: { content: theirs, version: 2, state: KEPT }, at: 1 };
    const asked = after([edited(mine), kept]);
    expect([asked.phase, asked.theirs?.content]).toEqual(["conflict", theirs]);
    const [taken] = next(asked, { kind: "take-theirs" });
    expect([taken.phase, taken.current, taken.version, isDirty(taken)]).toEqual(["idle", theirs, 2, true]);
    const [held] = next(asked, { kind: "keep-mine" });
    expect([held.phase, held.current, held.version, isDirty(held)]).toEqual(["idle", mine, 3, true]);
  });

  test("a refusal says why, and the next edit tries again", () => {
    const refused = after([edited(mine), due, { kind: "refused", why: "A box is too small." }]);
    expect([refused.phase, refused.refusal]).toEqual(["refused", "A box is too small."]);
    expect(after([edited(more)], refused).phase).toBe("waiting");
  });
});
