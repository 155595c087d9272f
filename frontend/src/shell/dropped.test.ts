import { expect, test } from "vitest";

import { type Dropped, chosen, portions } from "./dropped";

const file = (name: string, size: number): Dropped => ({ name, file: { name, size } as File });

test("a portion holds no more files and bytes than one request may carry", () => {
  const all = Array.from({ length: 95 }, (_, n) => file(`f${n}`, 1000));
  expect(portions(all, 40).map((p) => p.length)).toEqual([40, 40, 15]);
  expect(portions([file("a", 60), file("b", 60), file("c", 10)], 40, 100).map((p) => p.map((f) => f.name))).toEqual([["a"], ["b", "c"]]);
});

test("a file larger than a portion travels alone, and nothing is lost", () => {
  const all = [file("a", 10), file("huge", 5000), file("b", 10)];
  const sent = portions(all, 40, 100);
  expect(sent.flat().map((f) => f.name)).toEqual(["a", "huge", "b"]);
  expect(sent[1]?.length).toBe(1);
});

test("files keep their path, and what the operating system left in the folder stays behind", () => {
  const files = [{ name: "x.dcm", webkitRelativePath: "scan/1/x.dcm" }, { name: ".DS_Store", webkitRelativePath: "scan/.DS_Store" }];
  expect(chosen(files as File[]).map((f) => f.name)).toEqual(["scan/1/x.dcm"]);
});
