import { describe, expect, test } from "vitest";

import type { HeaderRow } from "../../api/headers";
import { found } from "../header-search";

const row = (depth: number, tag: string, name: string, value = "", keyword = name.replaceAll(" ", "")): HeaderRow => ({
  depth, tag, name, keyword, vr: "DS", value, is_cut: false,
});
const ROWS = [
  row(0, "(0028,0030)", "Pixel Spacing", "0.7\\0.8"),
  row(0, "(0028,3010)", "VOI LUT Sequence", "2 items"),
  row(1, "", "Item 1 of 2"), row(2, "(0028,3002)", "LUT Descriptor", "256\\0\\16"),
  row(1, "", "Item 2 of 2"), row(2, "(0028,3003)", "LUT Explanation", "BONE"),
  row(0, "(0028,1050)", "Window Center", "40"),
];

describe("a search in the header", () => {
  test.each([
    ["", ROWS.map((one) => one.name)],
    ["spacing", ["Pixel Spacing"]],
    ["PixelSpacing", ["Pixel Spacing"]],
    ["00280030", ["Pixel Spacing"]],
    ["(0028,1050)", ["Window Center"]],
    ["bone", ["VOI LUT Sequence", "Item 2 of 2", "LUT Explanation"]],
    ["lut explanation", ["VOI LUT Sequence", "Item 2 of 2", "LUT Explanation"]],
    ["0.8", ["Pixel Spacing"]],
    ["nothing of the kind", []],
  ])("%s", (query, names) => expect(found(ROWS, query).map((one) => one.name)).toEqual(names));
});
