import { describe, expect, test } from "vitest";

import { counterpart } from "../linking/follow";
import { motionBetween } from "../linking/motion";
import { carried } from "../linking/windows";
import type { SliceImage } from "../loading/images";
import type { Placement } from "../stack/placement";
import { planeOf } from "../stack/plane";
import { rangeOf } from "../window/presets";

const value = (...values: unknown[]) => ({ vr: "", Value: values });
const AXIAL = [1, 0, 0, 0, 1, 0];
const SAGITTAL = [0, 1, 0, 0, 0, -1];

/** Images at these positions along the patient, in a frame of reference. */
function stack(positions: readonly number[], frame = "1.2", cosines: readonly number[] = AXIAL): SliceImage[] {
  return positions.map((z, n) => ({
    imageId: `${frame}.${n}`, instanceId: n, frame: 0, rows: 10, columns: 10,
    header: { "00200032": value(-5, -5, z), "00200037": value(...cosines), "00200052": value(frame) },
  }));
}

const planeAt = (images: readonly SliceImage[], n: number) => planeOf((images[n] as SliceImage).header, 0);

describe("linked paging", () => {
  const thick = stack([0, 5, 10, 15, 20]);
  const thin = stack([24, 22, 20, 18, 16, 14, 12, 10, 8, 6, 4, 2, 0]);

  test.each([
    ["to the nearest position, whatever the order and the spacing", thick, 3, thin, 0, 4],
    ["beyond the other's end it stands at the end", thin, 0, thick, 1, 4],
  ] as const)("%s", (_, from, at, other, otherAt, expected) => {
    expect(counterpart(planeAt(from, at), 1, other, otherAt)).toBe(expected);
  });

  test("stacks cut across each other are not linked", () => {
    expect(counterpart(planeAt(thick, 3), 1, stack([0, 1, 2], "1.2", SAGITTAL), 0)).toBeNull();
  });

  test("in another frame of reference the other goes as many images on, and keeps what lay between", () => {
    const prior = stack([100, 105, 110, 115], "9.9");
    expect([counterpart(planeAt(thick, 3), 2, prior, 1), counterpart(planeAt(thick, 0), -5, prior, 1)]).toEqual([3, 0]);
  });

  test("images that do not say where they lie go by number, one alone stays", () => {
    const silent = stack([0, 1, 2]).map((image) => ({ ...image, header: {} }));
    expect(counterpart(null, 1, silent, 0)).toBe(1);
    expect(counterpart(null, 1, silent.slice(0, 1), 0)).toBeNull();
  });
});

describe("linked zoom and pan", () => {
  const before: Placement = { origin: [10, 20], right: [2, 0], down: [0, 2] };

  test("a zoom about a point is a zoom about the middle and a shift", () => {
    // By two about the screen's [10, 20], where the origin stays; the middle [100, 100] goes to [190, 180].
    const after: Placement = { origin: [10, 20], right: [4, 0], down: [0, 4] };
    expect(motionBetween(before, after, [100, 100])).toEqual({ zoom: 2, pan: [90, 80] });
  });

  test("a flipped view pans like an upright one", () => {
    const flipped: Placement = { origin: [200, 20], right: [-2, 0], down: [0, 2] };
    const after: Placement = { ...flipped, origin: [205, 17] };
    expect(motionBetween(flipped, after, [100, 100])).toEqual({ zoom: 1, pan: [5, -3] });
  });

  test("what did not move is not followed", () => {
    expect(motionBetween(before, { ...before }, [100, 100])).toBeNull();
  });
});

describe("linked windows", () => {
  const [lung, any] = [rangeOf(-600, 1500), rangeOf(0, 100)];

  test("Hounsfield units are the same everywhere", () => {
    expect(carried("CT", lung, any, any)).toEqual(lung);
  });

  test("radiographs are changed by the same share of their own window", () => {
    const [stored, other] = [rangeOf(2000, 1000), rangeOf(300, 200)];
    expect(carried("DX", rangeOf(2500, 500), stored, other)).toEqual(rangeOf(400, 100));
  });
});
