import { expect, test } from "vitest";

import { fromFile, keyMap, toFile, withKeys } from "../keys";
import { all } from "./samples";

test("own keys go to a file and come back the same", () => {
  const own = withKeys(withKeys({}, "skip", ["q"]), "invert", []);
  expect(fromFile(toFile(own), all)).toEqual({ own, left: [] });
});

test("choosing the default again, or taking a choice back, leaves no trace", () => {
  expect(withKeys({ skip: ["q"] }, "skip", ["s"])).toEqual({});
  expect(withKeys({ skip: ["q"] }, "skip", null)).toEqual({});
});

test("what collides in a file is left out and named; the rest is taken", () => {
  const text = toFile({ skip: ["n"], invert: ["q"], "no-such": ["k"], submit: ["k"], talk: ["q"] });
  const { own, left } = fromFile(text, all);
  expect(own).toEqual({ invert: ["q"] });
  expect(left).toHaveLength(4);
  expect(left.join(" ")).toContain("Nodule");
  expect(keyMap(own, all).keys.get("talk")).toEqual([";"]);
});

test.each(["", "{", "[]", '{"keys": {}}', '{"format": "radloop-keys", "keys": {"skip": "q"}}', "null"])("%s is no file of keys", (text) => {
  expect(() => fromFile(text, all)).toThrow(/file/);
});
