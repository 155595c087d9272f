import { expect, test } from "vitest";

import type { Dropped } from "../shell/dropped";
import { chosenMap, head, tableAmong } from "./columns";

const file = (name: string, size = 10): Dropped => ({ name, file: { name, size, slice: (from: number, to: number) => ({ size: to - from }) } as unknown as File });

test("the first table among what was dropped is asked about, a folder of texts is not", () => {
  expect(tableAmong([file("a.txt"), file("year/reports.CSV"), file("b.xlsx")])?.name).toBe("year/reports.CSV");
  expect(tableAmong([file("a.txt"), file("b.hl7")])).toBeNull();
  expect(tableAmong([file("huge.xlsx", 2 ** 30)])).toBeNull();
});

test("of a long text table its start is looked at, of Excel all", () => {
  expect(head(file("a.csv", 10 ** 9))).toMatchObject({ isCut: true, part: { size: 131072 } });
  expect(head(file("a.xlsx", 10 ** 6)).isCut).toBe(false);
});

test("columns that are not used are left out, and one thing has one column", () => {
  expect(chosenMap([["Befund", "text"], ["x", ""], ["AccNo", "accession"]])).toEqual({ map: { text: "Befund", accession: "AccNo" }, twice: null });
  expect(chosenMap([["Befund", "text"], ["Date", "", "date"]]).map).toEqual({ text: "Befund", date: "" });
  expect(chosenMap([["a", "text"], ["b", "text"]])).toEqual({ map: { text: "a" }, twice: "b" });
});
