import { expect, test } from "vitest";

import { Pace } from "../flow/pace";

function at(): { pace: Pace; pass: (seconds: number) => void } {
  let now = 0;
  const pace = new Pace(() => now);
  const pass = (seconds: number): void => {
    for (let left = seconds; left > 0; left -= 30) {
      now += 1000 * Math.min(30, left);
      pace.touch();
    }
  };
  return { pace, pass };
}

test("the pace is that of active reading, told from the third case on", () => {
  const { pace, pass } = at();
  for (const seconds of [30, 60]) {
    pass(seconds);
    pace.handedIn();
  }
  expect(pace.figures).toBeNull();
  pass(90);
  pace.handedIn();
  expect(pace.figures).toEqual({ perHour: 60, medianSeconds: 60 });
});

test("a rest in the middle of a case counts a minute at most", () => {
  let now = 0;
  const pace = new Pace(() => now);
  for (let n = 0; n < 3; n += 1) {
    now += 200_000;
    pace.handedIn();
  }
  expect(pace.figures?.medianSeconds).toBe(60);
});

test("a break is due after the minutes, can be put off, is had by being away, and never comes at 0", () => {
  const { pace, pass } = at();
  pass(44 * 60);
  expect(pace.isBreakDue(45)).toBe(false);
  pass(60);
  expect(pace.isBreakDue(45)).toBe(true);
  expect(pace.isBreakDue(0)).toBe(false);
  pace.putOff(45);
  expect(pace.isBreakDue(45)).toBe(false);
  pass(45 * 60);
  expect(pace.isBreakDue(45)).toBe(true);
  pace.rest();
  expect(pace.isBreakDue(45)).toBe(false);
});

test("whoever was away for five minutes has had a break", () => {
  let now = 0;
  const pace = new Pace(() => now);
  for (let n = 0; n < 100; n += 1) {
    now += 30_000;
    pace.touch();
  }
  expect(pace.isBreakDue(45)).toBe(true);
  now += 5 * 60_000;
  pace.touch();
  expect(pace.isBreakDue(45)).toBe(false);
});
