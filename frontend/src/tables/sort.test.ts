import { describe, expect, it } from "vitest";

import { compare, csvCell } from "./sort";

describe("sorting", () => {
  it("puts what is unknown last, whichever way", () => {
    expect(["", 2, 1].sort((a, b) => compare(a, b, 1))).toEqual([1, 2, ""]);
    expect(["", 2, 1].sort((a, b) => compare(a, b, -1))).toEqual([2, 1, ""]);
  });

  it("reads numbers within words as numbers", () => {
    expect(["Run 10", "Run 9"].sort((a, b) => compare(a, b, 1))).toEqual(["Run 9", "Run 10"]);
  });
});

describe("CSV", () => {
  it.each([
    ["a\n  b", "a b"],
    ['say "x", then', '"say ""x"", then"'],
    ["=SUM(A1)", "'=SUM(A1)"],
    ["-0.012", "-0.012"],
    ["+0.012 (…)", "+0.012 (…)"],
  ])("%s → %s", (text, cell) => expect(csvCell(text)).toBe(cell));
});
