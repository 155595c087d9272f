import { expect, test } from "vitest";

import { timeLeft, written } from "./times";

test("a date alone does not slip by a day, whatever the time zone", () => {
  expect(written("2026-11-26", "en-GB")).toBe("26 Nov 2026");
});

test("what can't be read stays as the server wrote it", () => {
  expect(written("soon")).toBe("");
});

test("time left is said in the unit a person would use, and not at all when nobody knows", () => {
  expect([null, 0, 0.2, 42, 600, 9000].map(timeLeft)).toEqual(["", "", "1 s left", "42 s left", "10 min left", "2.5 h left"]);
});
