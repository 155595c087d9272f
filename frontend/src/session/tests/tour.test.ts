import { expect, test } from "vitest";

import { parts, type Scene, stepFrom, STEPS } from "../flow/tour";
import { keyMap, shownStroke } from "../keys";
import { saying } from "./samples";

const map = keyMap();
const scene = (change: Partial<Scene> = {}): Scene => ({
  reading: 1, from: 1, content: saying({}), hasSuggestions: true, hasFuture: false, isInverted: false, dialog: "", isListOpen: false,
  letter: "n", findingName: "Nodule", key: (action) => shownStroke(map.keys.get(action)?.[0] ?? ""), ...change,
});

test("every key that a step names is a key of the room", () => {
  for (const step of STEPS) expect(step.says(scene()), step.id).not.toMatch(/undefined|press \.|  /);
});

test("no step is done before anything was done", () => {
  expect(STEPS.filter((step) => step.isDone(scene())).map((step) => step.id)).toEqual([]);
});

test("steps with nothing to show are passed over, and the tour ends", () => {
  const suggestion = STEPS.findIndex((step) => step.id === "suggestion");
  expect(stepFrom(suggestion, scene())).toBe(suggestion);
  expect(stepFrom(suggestion, scene({ hasSuggestions: false }))).toBe(suggestion + 1);
  expect(stepFrom(STEPS.length, scene())).toBeNull();
});

test("the case that is handed in is the one that was open when its step began", () => {
  const submit = STEPS.find((step) => step.id === "submit");
  expect(submit?.isDone(scene({ reading: 2, from: 1 }))).toBe(true);
  expect(submit?.isDone(scene({ reading: 2, from: 2 }))).toBe(false);
});

test("keys in the words are told apart from the words, brackets as keys too", () => {
  expect(parts("press [v], then [⇧ W].")).toEqual(["press ", "v", ", then ", "⇧ W", "."]);
  expect(parts("[Enter] goes on; []] back")).toEqual(["", "Enter", " goes on; ", "]", " back"]);
});
