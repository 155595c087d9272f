import { describe, expect, it } from "vitest";

import { dataOf, padded, spread, told } from "./chart";
import { curvesOf, meanOf, merged, type Epoch } from "./epochs";
import { loopChart, type Turn } from "./loop-curve";

function epoch(number: number, fold = 0, auroc: Record<string, number | null> = { nodule: 0.6 }): Epoch {
  const values = { epoch: number, epochs: 20, fold, train_loss: 1 / number, val_loss: 2 / number, val_auroc: auroc };
  return { epoch: 1000 * fold + number, values: { ...values, learning_rate: 0.1, is_best: true, seconds: 1 } };
}

describe("epochs", () => {
  it("draws nothing before the first epoch", () => expect(curvesOf([])).toBeNull());

  it("shows the fold that is being trained", () => {
    const curves = curvesOf([epoch(1), epoch(2), epoch(1, 1)]);
    expect(curves).toMatchObject({ fold: 1, x: [1], train: [1], validation: [2] });
  });

  it("leaves a gap where a finding has no AUROC", () => {
    const curves = curvesOf([epoch(1, 0, { nodule: null }), epoch(2, 0, { nodule: 0.7, effusion: 0.5 })]);
    expect(curves?.auroc).toEqual([
      { finding: "nodule", values: [null, 0.7] },
      { finding: "effusion", values: [null, 0.5] },
    ]);
  });

  it("means over the findings whose figure is known", () => {
    const curves = curvesOf([epoch(1, 0, { a: null, b: null }), epoch(2, 0, { a: null, b: 0.5 }), epoch(3, 0, { a: 0.7, b: 0.5 })]);
    expect(curves && meanOf(curves)).toEqual([null, 0.5, 0.6]);
  });

  it("takes an epoch that is told twice once", () => {
    expect(merged([epoch(1), epoch(2)], [epoch(2), epoch(3)]).map((one) => one.epoch)).toEqual([1, 2, 3]);
  });
});

describe("lines", () => {
  it("gives uPlot value, high and low of every line", () => {
    const line = { label: "a", colour: "#000000", values: [1], low: [0], high: [2] };
    expect(dataOf({ x: [5], xLabel: "", yLabel: "", lines: [line] })).toEqual([[5], [1], [2], [0]]);
  });

  it("gives a single point room", () => {
    expect(spread(3, 3)).toEqual([2, 4]);
    expect(padded(null, null)).toEqual([0, 1]);
  });

  it("tells a value with its interval, or that there is none", () => {
    const line = { label: "a", colour: "#000000", values: [0.5, null], low: [0.4, null], high: [0.6, null] };
    expect(told(line, 0, 2)).toBe("0.50 (0.40 to 0.60)");
    expect(told(line, 1, 2)).toBe("–");
  });
});

describe("the loop's curve", () => {
  const figure = { value: 0.7, low: 0.6, high: 0.8 };
  const first: Turn = { turn: 0, figure: "AUROC", labels: 30, student: figure, random: figure, promoted: true, n: 220 };
  const second: Turn = { turn: 1, figure: "AUROC", labels: 40, student: figure, random: null, promoted: false, n: 220 };

  it("has no random arm where there is none, though both begin alike", () => {
    expect(loopChart([first, second]).lines.map((line) => line.label)).toEqual(["Student"]);
    expect(loopChart([first, { ...second, random: figure }]).lines).toHaveLength(2);
  });

  it("marks students that were not promoted as hollow", () => {
    expect(loopChart([first, second]).lines[0]?.marks).toEqual(["full", "hollow"]);
  });

  it("has a level of chance for AUROC alone", () => {
    expect(loopChart([first]).level?.value).toBe(0.5);
    const outlining = loopChart([{ ...first, figure: "Dice" }]);
    expect(outlining.level).toBeUndefined();
    expect(outlining.yLabel).toBe("Dice on the gate set");
  });
});
