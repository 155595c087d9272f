import { describe, expect, test } from "vitest";

import type { Header } from "../loading/header";
import { inPatient, patientWords, pixelAt, suvFactor, valueWords, whyNoSuv } from "./reading";

const value = (...values: unknown[]) => ({ vr: "", Value: values });
const suv = value({ "00409225": value(0.004), "00409224": value(0), "004008EA": value({ "00080100": value("{SUVbw}g/ml") }) });
const pet: Header = { "00080060": value("PT"), "00541001": value("BQML"), "00281053": value(2), "00281052": value(0) };

describe("the value under the pointer", () => {
  test.each([
    ["CT with rescale", { "00080060": value("CT"), "00281053": value(1), "00281052": value(-1024) }, -34, "-34 HU"],
    ["CT without rescale", { "00080060": value("CT") }, 990, "990, stored value"],
    ["CT in another unit", { "00080060": value("CT"), "00281053": value(1), "00281054": value("OD") }, 1500, "1.5 optical density"],
    ["a radiograph", { "00080060": value("DX"), "00281053": value(1), "00281052": value(0) }, 1840, "1840, stored value"],
    ["MR with a slope", { "00080060": value("MR"), "00281053": value(0.5) }, 12.25, "12.25, rescaled value without a unit"],
    ["PET with SUV", { ...pet, "00409096": suv }, 1000, "SUVbw 2.00 (1000 Bq/ml)"],
    ["PET without SUV", pet, 1000, "1000 Bq/ml"],
    ["colour", {}, [12, 40, 200], "R 12 G 40 B 200"],
  ] as [string, Header, number | [number, number, number], string][])("%s", (_, header, raw, words) => {
    expect(valueWords(header, raw)).toBe(words);
  });

  test("SUV is told per rescaled value, whatever the slope of the slice", () => {
    expect(suvFactor({ ...pet, "00409096": suv })).toBe(0.002);
  });

  test("PET says why it has no SUV, nothing else does", () => {
    const why = "SUVbw is not given: the patient's weight is missing.";
    expect([whyNoSuv({ ...pet, "00082111": value(why) }), whyNoSuv({ ...pet, "00409096": suv }), whyNoSuv({})]).toEqual([why, "", ""]);
  });
});

describe("the place under the pointer", () => {
  test.each([
    [[0, 0], [0, 0]], [[-0.49, 3.49], [0, 3]], [[9.49, 4.49], [9, 4]], [[-0.51, 0], null], [[9.51, 0], null], [[0, 4.6], null],
  ] as [[number, number], [number, number] | null][])("%s of 10 × 5 pixels", (point, pixel) => {
    expect(pixelAt(point, 10, 5)?.map((one) => one + 0) ?? null).toEqual(pixel);
  });

  test("in the patient, along rows and columns with their own spacing", () => {
    const plane = { frameOfReference: "1", origin: [-10, -20, 5], row: [0, 1, 0], column: [0, 0, -1], normal: [-1, 0, 0] } as const;
    expect(patientWords(inPatient(plane, { x: 0.5, y: 2 }, [10, 20]))).toBe("R 10.0 A 15.0 F 35.0 mm");
  });
});
