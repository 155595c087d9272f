import { expect, test } from "vitest";

import { press } from "../answers";
import { opened } from "../autosave";
import { addMark } from "../marks";
import { EMPTY } from "../content";
import { answerInWords, compared, probabilityInWords, saveInWords, slicesInWords } from "../wording";
import { all, effusion, nodule, region, saying } from "./samples";

test("both versions are told line by line, and where they differ", () => {
  const rows = compared(addMark(EMPTY, nodule, region(), all), saying({ comment: "blunted" }), all);
  expect(rows.filter((row) => row.differs)).toEqual([
    { what: "Nodule", mine: "present, right; box at 10, 10, 20 × 20", theirs: "not assessed", differs: true },
    { what: "Comment", mine: "none", theirs: "blunted", differs: true },
  ]);
});

test("a graded finding is told with its grade", () => {
  expect(answerInWords(press(EMPTY, effusion, all).findings[2] ?? null, effusion)).toBe("present, small");
});

test("a score that is not calibrated is not called a probability", () => {
  expect([probabilityInWords(0.824, true), probabilityInWords(0.824, false)]).toEqual(["82 %", "score 0.82, not calibrated"]);
});

test("the save line says that nothing is saved while it is not", () => {
  const state = opened(EMPTY, 0, null);
  expect(saveInWords({ ...state, phase: "retrying", refusal: "no connection" })).toBe("Not saved: no connection; trying again");
});

test.each<[number[], string]>([
  [[], ""],
  [[8], "slice 8"],
  [[8, 9], "slices 8–9"],
  [[12, 3, 8, 9, 10, 8], "slices 3, 8–10, 12"],
])("slices %j are told as %j", (numbers, words) => {
  expect(slicesInWords(numbers)).toBe(words);
});
