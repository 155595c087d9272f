import { beforeEach, describe, expect, test } from "vitest";

import { addMark, removeMark } from "../../session/marks";
import { EMPTY } from "../../session/content";
import { begin as beginHistory, step } from "../../session/history";
import { all, effusion, nodule, region } from "../../session/tests/samples";
import { ground } from "../../viewer/marks/tests/samples";
import { begun, extended } from "../../viewer/marks/stroke";
import { AllMarked } from "../all-marked";
import type { Room } from "../room";
import type { Open } from "../state";
import { StrokeKeeper } from "../stroke-keeper";

const store = new Map<string, string>();
globalThis.localStorage = {
  getItem: (key: string) => store.get(key) ?? null, setItem: (key: string, value: string) => void store.set(key, value),
  removeItem: (key: string) => void store.delete(key),
} as Storage;
beforeEach(() => store.clear());

/** A room with one case; handing it in is counted. */
function roomWith(content = addMark(EMPTY, nodule, region(), all)) {
  const open = {
    kase: { reading: { id: 5, state: "draft" }, findings: all }, history: beginHistory(content), chosen: null, series: [[{ instanceId: 7, frame: 0 }]],
  } as unknown as Open;
  const told = { handedIn: 0, open };
  const room = {
    state: { open }, changed: () => undefined, edit: (next: typeof content) => (open.history = step(open.history, next)),
    enter: () => question.passes(open) && (told.handedIn += 1),
  } as unknown as Room;
  const question = new AllMarked(room);
  return { open, told, question, content: () => open.history.present };
}

const names = (question: AllMarked) => question.asking.map((one) => one.name);
const both = () => addMark(addMark(EMPTY, nodule, region(), all), effusion, region({ track: "t2", finding_id: 2 }), all);

describe("whether all instances are marked", () => {
  test("is asked before a case is handed in, and yes goes on", () => {
    const { open, told, question, content } = roomWith();
    expect([question.passes(open), names(question)]).toEqual([false, ["Nodule"]]);
    expect(question.answer(true)).toBe(true);
    expect([told.handedIn, content().findings[1]?.all_marked, question.asking]).toEqual([1, true, []]);
  });

  test("no is an answer, too", () => {
    const { open, question, content } = roomWith();
    question.passes(open);
    question.answer(false);
    expect(content().findings[1]?.all_marked).toBe(false);
  });

  test("is not asked twice for the same marks: handing in again leaves it open", () => {
    const { open, question, content } = roomWith();
    expect([question.passes(open), question.passes(open), question.passes(open)]).toEqual([false, true, true]);
    expect(content().findings[1]?.all_marked).toBeNull();
  });

  test("is asked again once a mark came, and falls silent when the last one went", () => {
    const { open, question, content } = roomWith();
    question.passes(open);
    open.history = step(open.history, addMark(content(), nodule, region({ track: "t2" }), all));
    expect(question.asking).toEqual([]);
    expect(question.passes(open)).toBe(false);
    open.history = step(open.history, removeMark(removeMark(content(), "t1", nodule), "t2", nodule));
    expect([question.asking, question.passes(open)]).toEqual([[], true]);
  });

  test("is one question for all findings with marks, and each keeps its own answer", () => {
    const { open, told, question, content } = roomWith(both());
    expect([question.passes(open), names(question)]).toEqual([false, ["Nodule", "Effusion"]]);
    expect([question.toggle(2), question.toggle(3)]).toEqual([true, false]);
    question.answer(true);
    expect([told.handedIn, content().findings[1]?.all_marked, content().findings[2]?.all_marked]).toEqual([1, true, false]);
  });

  test("leaves a key to the finding where it alone is asked about, and takes an exception back at the second press", () => {
    const one = roomWith();
    one.question.passes(one.open);
    const { open, question, content } = roomWith(both());
    question.passes(open);
    question.toggle(1);
    question.toggle(1);
    question.answer(true);
    expect([one.question.toggle(1), content().findings[1]?.all_marked]).toEqual([false, true]);
  });

  test("is not asked for what was only copied to an earlier study", () => {
    const { open, question } = roomWith(addMark(EMPTY, nodule, region({ instance_id: 99 }), all));
    expect(question.passes(open)).toBe(true);
  });

  test("Space and Backspace are nobody's here while nothing is asked", () => {
    const { question, told } = roomWith(EMPTY);
    expect([question.answer(true), told.handedIn]).toEqual([false, 0]);
  });
});

describe("a stroke under way", () => {
  const stroke = extended(begun("polygon", ground(100, 100)), [1, 2], [30, 4]);

  test("outlives the tab, for its own reading alone", () => {
    const first = new StrokeKeeper();
    first.open(5);
    first.keep(stroke);
    const [again, other] = [new StrokeKeeper(), new StrokeKeeper()];
    again.open(5);
    other.open(6);
    expect([again.stroke?.points, other.stroke]).toEqual([stroke.points, null]);
  });

  test("is forgotten once it is a mark or let go", () => {
    const keeper = new StrokeKeeper();
    keeper.open(5);
    keeper.keep(stroke);
    keeper.keep(null);
    expect(store.size).toBe(0);
  });

  test("is written down for each point, not for each move of the pointer", () => {
    const keeper = new StrokeKeeper();
    keeper.open(5);
    keeper.keep(stroke);
    const written = store.get("radloop:stroke:5");
    keeper.keep({ ...stroke, hover: [9, 9] });
    expect(store.get("radloop:stroke:5")).toBe(written);
  });

  test("what this browser keeps of it may be damaged", () => {
    store.set("radloop:stroke:5", "{");
    const keeper = new StrokeKeeper();
    keeper.open(5);
    expect(keeper.stroke).toBeNull();
  });
});
