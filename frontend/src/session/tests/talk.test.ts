import { expect, test } from "vitest";

import type { Comment, Member } from "../../api/comments";
import { bodyOf, colleagues, hasArrived, NOTHING, pinsOn, shortly, threadsOf } from "../talk";

const comment = (id: number, change: Partial<Comment> = {}): Comment => ({
  id, study_uid: "1.2", author: "ann", asked: null, text: `text ${id}`, instance: null, frame: 0, x: null, y: null,
  reply_to: null, created_at: "2026-01-01T00:00:00Z", resolved_at: null, resolved_by: null, ...change,
});
const spot = { instance: 7, frame: 0, x: 3.5, y: 0 };
const member = (username: string, change: Partial<Member> = {}): Member => ({
  id: 1, username, name: "", is_simulated: false, role: "annotator", created_at: "2026-01-01T00:00:00Z", ...change,
});

test("answers stand in the thread of their first question, whatever they answer", () => {
  const [first, second] = threadsOf([comment(1), comment(2), comment(3, { reply_to: 1 }), comment(4, { reply_to: 3 })]);
  expect(first?.replies.map((one) => one.id)).toEqual([3, 4]);
  expect([second?.root.id, second?.replies]).toEqual([2, []]);
});

test("an answer whose question is withheld is shown by itself", () => {
  expect(threadsOf([comment(5, { reply_to: 1 })]).map(({ root }) => root.id)).toEqual([5]);
});

test("pins are numbered in the order of their comments, over all images, and drawn on their own image alone", () => {
  const threads = threadsOf([comment(1, spot), comment(2), comment(3, { ...spot, instance: 8 }), comment(4, { ...spot, x: 9 })]);
  expect(threads.map(({ pin }) => pin)).toEqual([1, null, 2, 3]);
  expect(pinsOn(threads, null, 7, 0).map((pin) => pin.number)).toEqual(["1", "3"]);
  expect(pinsOn(threads, null, 7, 1)).toEqual([]);
});

test("the spot of an unsent comment is marked too", () => {
  expect(pinsOn([], { ...NOTHING, spot }, 7, 0)).toEqual([{ comment: null, number: "+", spot, isSettled: false }]);
});

test("only readers of flesh and blood can be asked, and not oneself", () => {
  const members = [
    member("me"), member("bob"), member("rita", { role: "researcher" }), member("sim", { is_simulated: true }),
    member("max", { role: "manager" }),
  ];
  expect(colleagues(members, "me").map((one) => one.username)).toEqual(["bob", "max"]);
});

test("a moment names its year only where it isn't this one", () => {
  const now = new Date("2026-11-26T12:00:00");
  expect(shortly("2026-11-02T16:08:00", now, "en-GB")).toBe("2 Nov, 16:08");
  expect(shortly("2025-11-02T16:08:00", now, "en-GB")).toBe("2 Nov 2025, 16:08");
});

test("a spot goes out whole or not at all", () => {
  expect(bodyOf({ ...NOTHING, text: " Nodule? " })).toMatchObject({ text: "Nodule?", instance: null, frame: 0, x: null, y: null });
  expect(bodyOf({ ...NOTHING, text: "x", spot })).toMatchObject({ instance: 7, frame: 0, x: 3.5, y: 0 });
});

test.each([
  ["it is there now", comment(9, { author: "me", text: "Nodule?" }), true],
  ["it was there before", comment(1, { author: "me", text: "Nodule?" }), false],
  ["somebody else said the same", comment(9, { author: "ann", text: "Nodule?" }), false],
  ["it asks another", comment(9, { author: "me", text: "Nodule?", asked: "ann" }), false],
  ["it is pinned elsewhere", comment(9, { author: "me", text: "Nodule?", ...spot }), false],
])("a send without an answer: %s", (_, now, arrived) => {
  expect(hasArrived({ ...NOTHING, text: "Nodule? " }, "me", new Set([1]), [now])).toBe(arrived);
});
