import { describe, expect, it } from "vitest";

import { mark, noFinding } from "../answers";
import { addMark } from "../marks";
import { askedInWords, mayBeAskedBack } from "../second-look";
import { isCalibrated, isShown, shownInWords } from "../threshold";
import { all, nodule, region, saying, suggestion } from "./samples";

const nothing = saying({});
const sure = suggestion({ probability: 0.97 });
const asked = (content = mark(nothing, nodule, "absent", all), suggestions = [sure], mode = "concurrent") =>
  mayBeAskedBack({ mode, content, suggestions, findings: all });

describe("the second look", () => {
  it("waits for the server where an answer contradicts a sure suggestion", () => {
    expect(asked()).toBe(true);
    expect(asked(noFinding(nothing))).toBe(true);
  });
  it("never waits otherwise", () => {
    expect(asked(nothing)).toBe(false);
    expect(asked(mark(nothing, nodule, "equivocal", all))).toBe(false);
    expect(asked(addMark(nothing, nodule, region(), all))).toBe(false);
    expect(asked(undefined, [suggestion({ probability: 0.949 })])).toBe(false);
    expect(asked(undefined, [suggestion({ probability: 0.97, calibrated: false })])).toBe(false);
    expect(asked(undefined, undefined, "unaided")).toBe(false);
  });
  it("names the finding and never claims certainty", () => {
    const one = { finding_id: 1, finding: "nodule", said: "absent", probability: 0.998, model: "model 1", suggestion: "m1" };
    expect(askedInWords([one], () => "Nodule")).toBe("The model is 99 % sure of nodule; you say absent.");
    expect(askedInWords([one, one, one], () => "X")).toContain("x, 99 % sure of x and 99 % sure of x");
  });
});

describe("the probability slider", () => {
  it("is for calibrated probabilities alone", () => {
    expect(isCalibrated([sure])).toBe(true);
    expect(isCalibrated([sure, suggestion({ calibrated: false })])).toBe(false);
    expect(isCalibrated([])).toBe(false);
    expect(isCalibrated(null)).toBe(false);
  });
  it("hides what lies below it", () => {
    expect([isShown(sure, 0), isShown(sure, 0.97), isShown(sure, 0.98)]).toEqual([true, true, false]);
    expect(shownInWords([sure, suggestion({ probability: 0.1 })], 0.5)).toBe("1 of 2 shown");
  });
});
