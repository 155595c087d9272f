import { expect, test } from "vitest";

import { span } from "./offsets";

test("a selection is a span of the stored text, whichever way it was drawn", () => {
  expect(span("small effusion", { piece: 10, within: 2 }, { piece: 20, within: 6 })).toEqual([12, 26]);
  expect(span("small effusion", { piece: 20, within: 6 }, { piece: 10, within: 2 })).toEqual([12, 26]);
});

test("white space at its ends does not belong to it, and white space alone is nothing", () => {
  expect(span(" effusion ", { piece: 0, within: 0 }, { piece: 0, within: 10 })).toEqual([1, 9]);
  expect(span("   ", { piece: 0, within: 0 }, { piece: 0, within: 3 })).toBeNull();
});

test("what selects two halves of one sign counts as one character, as the server counts", () => {
  expect(span("🫁 effusion", { piece: 0, within: 0 }, { piece: 0, within: 10 })).toEqual([0, 10]);
});
