import { describe, expect, test } from "vitest";

import type { Header } from "../loading/header";
import { nodesOf, type WindowRange } from "./curve";
import { percentilesOf } from "./histogram";
import { dragged, levelAndWidth, presetsFor, rangeOf } from "./presets";
import { storedWindows } from "./stored";

const value = (...values: unknown[]) => ({ vr: "", Value: values });
const of = (modality: string, more: Header = {}): Header => ({ "00080060": value(modality), ...more });
const measured = { stored: rangeOf(2000, 4000), full: { lower: 0, upper: 4095 }, percentiles: percentilesOf([0, 50, 100]) };
const names = (header: Header): string[] => presetsFor(header, measured).map((one) => `${one.key ?? "-"} ${one.name}`);

/** Grey of a value, as the nodes have it. */
function grey(range: WindowRange, at: number): number {
  const nodes = nodesOf(range);
  const after = nodes.findIndex(([x]) => x >= at);
  if (after < 0) return nodes[nodes.length - 1]?.[1] ?? 0;
  const [[x0, y0], [x1, y1]] = [nodes[Math.max(0, after - 1)] ?? [0, 0], nodes[after] ?? [0, 0]];
  return x1 === x0 ? y1 : y0 + ((y1 - y0) * (at - x0)) / (x1 - x0);
}

describe("level and width", () => {
  test("are told as DICOM counts them", () => {
    expect(levelAndWidth(rangeOf(40, 400))).toEqual({ level: 40, width: 400 });
  });

  test.each([[40, 400], [3, 5]])("a drag never closes the window of width %d, %d", (level, width) => {
    expect(levelAndWidth(dragged(rangeOf(level, width), -10_000, 0)).width).toBeGreaterThan(0);
  });

  test("a drag keeps the curve", () => {
    expect(dragged({ ...rangeOf(100, 50), curve: { is: "sigmoid" } }, 5, 5).curve).toEqual({ is: "sigmoid" });
  });
});

describe("the file's own windows", () => {
  const pair = (kind: string): Header => ({ "00281050": value(100), "00281051": value(50), "00281056": value(kind) });

  // Grey as PS3.3 C.11.2.1 computes it.
  test.each([
    ["LINEAR", 74, 0], ["LINEAR", 75.5, (75.5 - 99.5) / 49 + 0.5], ["LINEAR", 125, 1],
    ["LINEAR_EXACT", 75, 0], ["LINEAR_EXACT", 100, 0.5], ["LINEAR_EXACT", 112.5, 0.75],
    ["SIGMOID", 100, 0.5], ["SIGMOID", 120, 1 / (1 + Math.exp(-1.6))], ["SIGMOID", 60, 1 / (1 + Math.exp(3.2))],
  ])("%s at %d", (kind, at, expected) => {
    expect(grey(storedWindows(pair(kind))[0] as WindowRange, at)).toBeCloseTo(Math.min(1, Math.max(0, expected)), 3);
  });

  test.each([["LINEAR"], ["LINEAR_EXACT"], ["SIGMOID"]])("%s is told by the numbers of the file", (kind) => {
    expect(levelAndWidth(storedWindows(pair(kind))[0] as WindowRange)).toEqual({ level: 100, width: 50 });
  });

  const tables = [
    ["16 bits in numbers", { "00283002": value(4, 10, 16), "00283006": value(0, 65535, 0, 65535) }],
    ["16 bits in bytes", { "00283002": value(4, 10, 16), "00283006": { vr: "OW", InlineBinary: btoa("\0\0\xff\xff\0\0\xff\xff") } }],
    ["8 bits, two to a word", { "00283002": value(4, 10, 8), "00283006": value(0xff00, 0xff00) }],
  ] as const;
  test.each(tables)("a table of %s", (_, item) => {
    const [table] = storedWindows({ "00283010": value(item) });
    expect([9, 10, 11, 11.5, 12, 13, 99].map((at) => grey(table as WindowRange, at))).toEqual([0, 0, 1, 0.5, 0, 1, 1]);
  });

  test("a table shorter than it says is left out", () => {
    expect(storedWindows({ "00283010": value({ "00283002": value(400, 0, 16), "00283006": value(1, 2) }) })).toEqual([]);
  });

  test("keep their names, tables last", () => {
    const header = { ...pair("LINEAR"), "00281050": value(40, 500), "00281051": value(400, 3000), "00281055": value("SOFT TISSUE", "BONE") };
    const [, item] = tables[0];
    expect(storedWindows({ ...header, "00283010": value(item) }).map((one) => one.name)).toEqual(["Soft tissue", "Bone", ""]);
  });
});

describe("presets", () => {
  test("CT has those of consoles, and the file's second window after them", () => {
    const two = { "00281050": value(40, 500), "00281051": value(400, 3000), "00281055": value("SOFT TISSUE", "BONE") };
    expect(names(of("CT", two))).toEqual([
      "1 Lung", "2 Mediastinum", "3 Bone", "4 Abdomen", "5 Liver", "6 Brain", "7 Angiography", "8 Stroke", "9 Bone (file's)",
    ]);
  });

  test("what has no digit left is offered by the dialog alone", () => {
    const many = { "00281050": value(1, 2, 3, 4), "00281051": value(9, 9, 9, 9) };
    expect(names(of("CT", many)).slice(8)).toEqual(["9 Window 2 (file's)", "- Window 3 (file's)", "- Window 4 (file's)"]);
  });

  test("MR goes by its percentiles, radiographs by the stored window", () => {
    const [asStored, one] = presetsFor(of("MR"), measured);
    const [radiograph] = presetsFor(of("DX"), measured);
    expect([asStored, radiograph].map((preset) => preset && levelAndWidth(preset).width)).toEqual([4000, 4000]);
    expect([one?.lower, one?.upper]).toEqual([1, 99]);
  });

  test("PET is dark on light, by SUV where that is known", () => {
    const suv = value({ "00409225": value(0.002), "004008EA": value({ "00080100": value("{SUVbw}g/ml") }) });
    const [five, ten] = presetsFor(of("PT", { "00409096": suv, "00281053": value(2) }), measured);
    expect([five, ten].map((one) => [one?.name, one?.upper, one?.isInverted])).toEqual([["SUV 0–5", 5000, true], ["SUV 0–10", 10_000, true]]);
    expect(names(of("PT"))[0]).toBe("1 0 to the 90th percentile");
  });
});

describe("percentiles", () => {
  test("as numpy has them", () => {
    const percentiles = percentilesOf(Int16Array.from({ length: 101 }, (_, n) => n * 3 - 100));
    expect(percentiles(0.5, 99.5)).toEqual({ lower: -98.5, upper: 198.5 });
  });

  test("of broken numbers within a 65,536th of their span", () => {
    const { lower, upper } = percentilesOf(Float32Array.from({ length: 1001 }, (_, n) => n * 0.0137))(10, 90);
    expect([lower, upper].map((one) => one.toFixed(2))).toEqual(["1.37", "12.33"]);
  });

  test("of one value alone are that value", () => {
    expect(percentilesOf([7, 7])(1, 99)).toEqual({ lower: 7, upper: 7 });
  });
});
