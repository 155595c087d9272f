import { describe, expect, test, vi } from "vitest";

import { Sampler, STEP_MS, type Under } from "../gaze/sampler";
import { admit, type RecognitionClass } from "../gaze/speech";

function browser(answer: string | null, hasLocal = true, keeps = true): { found: RecognitionClass; started: () => number } {
  const start = vi.fn();
  let local = false;
  class Found {
    continuous = false;
    interimResults = true;
    lang = "";
    start = start;
    static available = answer === null ? undefined : () => Promise.resolve(answer);
  }
  if (hasLocal) {
    Object.defineProperty(Found.prototype, "processLocally", {
      get: () => local,
      set: (value: boolean) => { local = keeps && value; },
    });
  }
  return { found: Found as unknown as RecognitionClass, started: () => start.mock.calls.length };
}

describe("speech in the browser", () => {
  test("is admitted only on this device, and is then switched to it", async () => {
    const { found } = browser("available");
    const answer = await admit(found, "en-US");
    expect(answer).toMatchObject({ is: "admitted", recognition: { processLocally: true, continuous: true } });
  });

  test.each([
    ["no recognition at all", undefined],
    ["one that knows no on-device mode", browser("available", false).found],
    ["one that cannot be asked", browser(null).found],
    ["a language that would have to be downloaded", browser("downloadable").found],
    ["a language it has only in the cloud", browser("unavailable").found],
    ["one that ignores the wish", browser("available", true, false).found],
  ])("is refused with words: %s", async (_, found) => {
    const answer = await admit(found, "en-US");
    expect(answer.is).toBe("refused");
    expect(answer.is === "refused" && answer.why.length).toBeGreaterThan(20);
  });
});

const under = (change: Partial<Under> = {}): Under => ({
  instance: 7, frame: 0, corner: [100, 50], placement: { origin: [10, 20], right: [2, 0], down: [0, 2] }, ...change,
});

describe("the pointer's rest", () => {
  test("is sampled in image pixels, at most twenty times a second", () => {
    const sampler = new Sampler();
    for (let now = 0; now < 1000; now += 10) sampler.point(now, [30, 40], under(), true);
    const { samples, views } = sampler.take(1000);
    expect(samples.length).toBe(1000 / STEP_MS);
    expect(samples[0]).toEqual([0, 10, 10]);
    expect(views).toHaveLength(1);
    expect(views[0]).toMatchObject({ start: 0, instance_id: 7, origin: [110, 70], right: [2, 0] });
  });

  test("begins a new line when the image is zoomed or another, and none while it stays", () => {
    const sampler = new Sampler();
    sampler.look(0, under());
    sampler.look(100, under());
    sampler.look(200, under({ instance: 8 }));
    sampler.look(300, under({ instance: 8, placement: { origin: [0, 0], right: [3, 0], down: [0, 3] } }));
    expect(sampler.take(400).views.map((line) => [line.start, line.instance_id])).toEqual([[0, 7], [200, 8], [300, 8]]);
  });

  test("ends when nobody has moved it for long, and a batch stays bounded", () => {
    const sampler = new Sampler();
    sampler.point(0, [0, 0], under(), true);
    sampler.point(60_000, [0, 0], under(), false);
    expect(sampler.take(60_000).samples).toHaveLength(1);
    for (let now = 0; now < 200_000; now += STEP_MS) sampler.point(100_000 + now, [0, 0], under(), true);
    expect(sampler.isFull).toBe(true);
    expect(sampler.take(0).samples).toHaveLength(1000);
    expect(sampler.isEmpty).toBe(true);
  });
});
