import { expect, test } from "vitest";

import { EMPTY } from "../content";
import { begin, redo, step, undo } from "../history";
import { saying } from "./samples";

const steps = (comments: string[]) => comments.reduce((so, comment) => step(so, saying({ comment })), begin(EMPTY));

test("undo and redo walk the same path", () => {
  const walked = steps(["a", "b"]);
  const back = undo(undo(walked));
  expect(back.present).toEqual(EMPTY);
  expect(redo(redo(back)).present.comment).toBe("b");
});

test("nothing before the first step, nothing after the last", () => {
  const start = begin(EMPTY);
  expect([undo(start), redo(start)]).toEqual([start, start]);
});

test("a new step forgets what was undone", () => {
  expect(redo(step(undo(steps(["a", "b"])), saying({ comment: "c" }))).present.comment).toBe("c");
});

test("the same content is no step", () => {
  const start = begin(EMPTY);
  expect(step(start, saying({}))).toBe(start);
});

test("letters typed into one field are one step", () => {
  const typed = step(step(steps(["a"]), saying({ comment: "ab" }), true), saying({ comment: "abc" }), true);
  expect(undo(typed).present).toEqual(EMPTY);
});
