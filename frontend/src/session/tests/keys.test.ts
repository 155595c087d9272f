import { expect, test } from "vitest";

import { commandOf, KEY_MAP, type KeyPress } from "../keys";
import { all } from "./samples";

const press = (key: string, held: Partial<KeyPress> = {}): KeyPress => ({
  key, code: "", shiftKey: false, altKey: false, ctrlKey: false, metaKey: false, ...held,
});
const shift = { shiftKey: true };

test.each([
  ["n", {}, { do: "press", finding: 1 }],
  ["N", shift, { do: "toggle", finding: 1, state: "absent" }],
  ["n", { altKey: true }, { do: "toggle", finding: 1, state: "equivocal" }],
  ["ñ", { altKey: true, code: "KeyN" }, { do: "toggle", finding: 1, state: "equivocal" }],
  ["a", {}, { do: "rest-absent" }],
  ["A", shift, { do: "no-finding" }],
  ["z", {}, { do: "undo" }],
  ["Z", shift, { do: "redo" }],
  ["z", { ctrlKey: true }, { do: "undo" }],
  ["5", {}, { do: "window", preset: 5 }],
  ["(", { code: "Digit5" }, { do: "window", preset: 5 }],
  ["/", { shiftKey: true, code: "Digit7" }, { do: "comment" }],
  ["?", shift, { do: "help" }],
  [";", { shiftKey: true, code: "Comma" }, { do: "talk" }],
  ["+", shift, { do: "zoom", by: 1.25 }],
  ["ArrowUp", shift, { do: "nudge", dx: 0, dy: -1 }],
  ["PageDown", {}, { do: "scroll", slices: 10 }],
  ["Enter", {}, { do: "submit" }],
  [" ", {}, { do: "accept" }],
])("%s %o is %o", (key, held, command) => {
  expect(commandOf(press(key, held), all)).toEqual(command);
});

test.each([
  ["q", {}], ["n", { ctrlKey: true }], ["r", { metaKey: true }], ["Tab", {}], ["F5", {}], ["Enter", shift],
  ["ArrowLeft", { altKey: true }],
])("%s %o is left to the browser", (key, held) => {
  expect(commandOf(press(key, held), all)).toBeNull();
});

test("the map names every group once", () => {
  expect(new Set(KEY_MAP.map(([group]) => group)).size).toBe(KEY_MAP.length);
});
