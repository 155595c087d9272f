import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";

import { type Playable, Player } from "../player";
import { faster, next, rateOf, slower, type Step } from "../rate";

const value = (...values: unknown[]) => ({ vr: "", Value: values });

describe("the pace of a file", () => {
  test.each([
    ["Recommended Display Frame Rate", { "00082144": value(30), "00181063": value(100) }, 30, true],
    ["Cine Rate", { "00180040": value(24), "00181063": value(100) }, 24, true],
    ["Frame Time", { "00181063": value(33.3) }, 1000 / 33.3, true],
    ["Frame Time Vector, whose first entry counts for nothing", { "00181065": value(0, 40, 60) }, 20, true],
    ["a Frame Time of nought, which says nothing", { "00181063": value(0) }, 15, false],
    ["nothing", {}, 15, false],
    ["a pace that no screen shows", { "00181063": value(0.5) }, 60, true],
  ])("follows %s", (_, header, framesPerSecond, isStored) => {
    const rate = rateOf(header);
    expect(rate.isStored).toBe(isStored);
    expect(rate.framesPerSecond).toBeCloseTo(framesPerSecond, 6);
  });

  test("steps up and down between its ends", () => {
    expect([faster(15), faster(29.97), faster(60), slower(15), slower(1)]).toEqual([20, 30, 60, 12, 1]);
  });
});

describe("the order of frames", () => {
  const order = (ending: "loop" | "bounce", steps: number): number[] => {
    let step: Step = { index: 1, direction: 1 };
    return Array.from({ length: steps }, () => (step = next(step, 3, ending)).index);
  };
  test("round and round", () => expect(order("loop", 5)).toEqual([2, 0, 1, 2, 0]));
  test("to and fro", () => expect(order("bounce", 6)).toEqual([2, 1, 0, 1, 2, 1]));
});

class Film implements Playable {
  readonly images = [{ imageId: "film", header: { "00181063": value(100) } }] as never;
  readonly count = 3;
  shown: number[] = [];
  index = 0;
  error: Error | null = null;

  async goTo(index: number): Promise<void> {
    if (this.error) throw this.error;
    this.index = index;
    this.shown.push(index);
  }
}

describe("playing", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());
  const made = (): [Player, Film] => [new Player(() => Date.now()), new Film()];

  test("does not start by itself", async () => {
    const [, film] = made();
    await vi.advanceTimersByTimeAsync(5000);
    expect(film.shown).toEqual([]);
  });

  test("shows ten frames a second of a film that says so", async () => {
    const [player, film] = made();
    player.toggle(film);
    await vi.advanceTimersByTimeAsync(1000);
    expect(film.shown).toHaveLength(10);
    expect(film.shown.slice(0, 4)).toEqual([1, 2, 0, 1]);
  });

  test("the reader's pace outlasts a pause", async () => {
    const [player, film] = made();
    player.toggle(film);
    player.faster();
    player.stop();
    player.toggle(film);
    expect(player.framesPerSecond).toBe(12);
  });

  test.each([
    ["stopped", (player: Player) => player.stop()],
    ["pressed again", (player: Player, film: Film) => player.toggle(film)],
  ])("leaves no timer when %s", async (_, end) => {
    const [player, film] = made();
    player.toggle(film);
    await vi.advanceTimersByTimeAsync(250);
    end(player, film);
    expect([player.isPlaying, vi.getTimerCount()]).toEqual([false, 0]);
    const before = film.shown.length;
    await vi.advanceTimersByTimeAsync(1000);
    expect(film.shown).toHaveLength(before);
  });

  test("stopping while a frame is on its way starts no further one", async () => {
    const [player, film] = made();
    let arrive: () => void = () => undefined;
    film.goTo = () => new Promise((resolve) => (arrive = resolve));
    player.toggle(film);
    await vi.advanceTimersByTimeAsync(150);
    player.stop();
    arrive();
    await vi.advanceTimersByTimeAsync(1000);
    expect(vi.getTimerCount()).toBe(0);
  });

  test("a frame that does not arrive stops it, and is told", async () => {
    const [player, film] = made();
    const failed = vi.fn();
    player.failed = failed;
    film.error = new Error("lost");
    player.toggle(film);
    await vi.advanceTimersByTimeAsync(150);
    expect(failed).toHaveBeenCalledWith(film.error);
    expect([player.isPlaying, vi.getTimerCount()]).toEqual([false, 0]);
  });

  test("stops when what it plays is taken away", async () => {
    const [player, film] = made();
    player.toggle(film);
    Object.assign(film, { count: 0 });
    await vi.advanceTimersByTimeAsync(150);
    expect([player.isPlaying, film.shown, vi.getTimerCount()]).toEqual([false, [], 0]);
  });

  test("one image is nothing to play", () => {
    const [player, film] = made();
    expect(player.toggle({ images: film.images, index: 0, count: 1, goTo: (n) => film.goTo(n) })).toBe(false);
    expect(vi.getTimerCount()).toBe(0);
  });
});
