import { expect, test } from "vitest";

import { ACTIONS, commandOf, DEFAULTS, followers, hear, keyMap, type KeyPress, PREFIXES, shownMap } from "../keys";
import { all } from "./samples";

const press = (key: string, held: Partial<KeyPress> = {}): KeyPress => ({
  key, code: "", shiftKey: false, altKey: false, ctrlKey: false, metaKey: false, ...held,
});
const shift = { shiftKey: true };
const tools = new Set(ACTIONS.filter((action) => action.group === "Tools").map((action) => action.command.do));
const noTool = (name: (typeof ACTIONS)[number]["command"]["do"]): boolean => !tools.has(name);

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
  ["ArrowUp", { shiftKey: true, altKey: true }, { do: "nudge", dx: 0, dy: -10 }],
  ["ArrowRight", { shiftKey: true, ctrlKey: true }, { do: "resize", dx: 1, dy: 0 }],
  ["ArrowDown", { ctrlKey: true }, { do: "mark", by: 1 }],
  ["PageDown", {}, { do: "scroll", slices: 10 }],
  ["PageDown", { altKey: true }, { do: "propagate", by: 1 }],
  ["Enter", {}, { do: "submit" }],
  ["F2", {}, { do: "submit-rest" }],
  ["F8", {}, { do: "accept-last" }],
  [" ", {}, { do: "accept" }],
])("%s %o is %o", (key, held, command) => {
  expect(commandOf(press(key, held), all)).toEqual(command);
});

test.each([
  ["q", {}], ["n", { ctrlKey: true }], ["r", { metaKey: true }], ["Tab", {}], ["F5", {}], ["ArrowLeft", { altKey: true }],
])("%s %o is left to the browser", (key, held) => {
  expect(commandOf(press(key, held), all)).toBeNull();
});

test("no key of the table is refused, and no two actions share one", () => {
  const wanted = ACTIONS.flatMap((action) => action.keys.map((key) => [key, action.id]));
  expect(wanted.map(([key]) => key).filter((key) => !DEFAULTS.actions.has(key as string))).toEqual([]);
  expect(DEFAULTS.actions.size).toBe(wanted.length);
  expect(new Set(ACTIONS.map((action) => action.id)).size).toBe(ACTIONS.length);
});

test("the letters of the room are those that the server keeps free", () => {
  const letters = [...DEFAULTS.actions.keys()].filter((key) => /^((Shift|Alt)\+)?[a-z]$/.test(key)).map((key) => key.at(-1));
  expect([...new Set([...letters, ...Object.keys(PREFIXES)])].sort()).toEqual([..."agrstvwxz"]);
});

test("a chord waits for its second stroke, is left by Esc, and is no finding's", () => {
  expect(hear(press("t"), all)).toEqual({ is: "waits", prefix: "t" });
  expect(hear(press("Shift", shift), all, DEFAULTS, "t")).toBeNull();
  expect(hear(press("e"), all, DEFAULTS, "t")).toEqual({ is: "command", command: { do: "tool:ellipse" } });
  expect(hear(press("Escape"), all, DEFAULTS, "t")).toEqual({ is: "left", stroke: "Escape" });
  expect(hear(press("n"), all, DEFAULTS, "t")).toEqual({ is: "left", stroke: "n" });
  expect(hear(press("("), all, DEFAULTS, "g")).toEqual({ is: "left", stroke: "(" });
  expect(hear(press("(", { code: "Digit5" }), all, DEFAULTS, "g")).toEqual({ is: "command", command: { do: "view:viewports", count: 5 } });
});

test("a chord of which nothing is handled does not wait", () => {
  expect(hear(press("t"), all, DEFAULTS, null, noTool)).toBeNull();
  expect(followers(DEFAULTS, "t", (name) => name === "tool:box").map(([key]) => key)).toEqual(["b"]);
});

test("a reader's own keys come before defaults, never before findings, prefixes or the browser's", () => {
  const map = keyMap({ skip: ["q", "n", "t", "Ctrl+w"], invert: ["s"], "rest-absent": [] }, all);
  expect(commandOf(press("q"), all, map)).toEqual({ do: "skip" });
  expect(commandOf(press("n"), all, map)).toEqual({ do: "press", finding: 1 });
  expect(commandOf(press("s"), all, map)).toEqual({ do: "invert" });
  expect(commandOf(press("v"), all, map)).toBeNull();
  expect(commandOf(press("a"), all, map)).toBeNull();
  expect(map.problems).toHaveLength(3);
  expect(map.problems[0]).toContain("Nodule");
});

test("an own key that another own key has is refused in words", () => {
  expect(keyMap({ skip: ["q"], invert: ["q"] }).problems).toEqual(["Skip, with a reason: q is taken: invert."]);
});

test("with AltGr or an option key, signs are signs", () => {
  expect(commandOf(press("[", { ctrlKey: true, altKey: true, code: "Digit8" }), all)).toEqual({ do: "case", by: -1 });
  expect(commandOf(press("\\", { altKey: true, code: "Minus" }), all)).toEqual({ do: "side" });
});

test("caps lock changes no answer", () => {
  expect(commandOf(press("N"), all)).toEqual({ do: "press", finding: 1 });
  expect(commandOf(press("n", shift), all)).toEqual({ do: "toggle", finding: 1, state: "absent" });
});

test("`?` shows what is handled, as printed on the keys", () => {
  const shown = Object.fromEntries(shownMap(DEFAULTS, noTool));
  expect(shown).not.toHaveProperty("Tools");
  const lineOf = (words: string): string | undefined => Object.values(shown).flat().find((line) => line.words === words)?.keys;
  expect(lineOf("window presets")).toBe("1 … 9");
  expect(lineOf("one to six viewports")).toBe("g 1 … 6");
  expect(lineOf("move the chosen mark by a pixel")).toBe("⇧ ← → ↑ ↓");
  expect(lineOf("no finding at all")).toBe("⇧ A");
});

test("an action whose own keys cannot hold in this project keeps its defaults, and says why", () => {
  const map = keyMap({ skip: ["n"] }, all);
  expect(commandOf(press("s"), all, map)).toEqual({ do: "skip" });
  expect(map.problems).toEqual(["Skip, with a reason: n belongs to Nodule in this project."]);
});
