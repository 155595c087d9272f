import { describe, expect, test } from "vitest";

import lattices from "../../../../../tests/golden/lattices.json";
import type { Header } from "../../loading/header";
import type { SliceImage } from "../../loading/images";
import type { Point3 } from "../../view";
import { isInside, type Lattice, nearest, shift, tilt, toIndex, toPatient } from "../lattice";
import { isVolume, type SeriesVolume, volumeOf } from "../series";
import { fits, kindOf, thinned, thinning } from "../storage";
import { place, straightened } from "../straighten";
import { dot } from "../vectors";

const value = (...values: unknown[]) => ({ vr: "", Value: values });
const point = (values: readonly number[]): Point3 => values as unknown as Point3;

function image(header: Record<string, unknown>, n: number, more: Partial<SliceImage> = {}): SliceImage {
  return { imageId: `image ${n}`, instanceId: n, frame: 0, rows: 4, columns: 5, header: header as Header, ...more };
}

/** Axial slices at these heights. */
function axial(heights: readonly number[], change: (n: number) => Record<string, unknown> = () => ({})): SliceImage[] {
  return heights.map((z, n) => image({
    "00200032": value(-10, -20, z), "00200037": value(1, 0, 0, 0, 1, 0), "00280030": value(1.5, 0.5), ...change(n),
  }, n));
}

function volume(images: readonly SliceImage[]): SeriesVolume {
  const found = volumeOf(images);
  if (!isVolume(found)) throw new Error(found.why);
  return found;
}

function why(images: readonly SliceImage[]): string {
  const found = volumeOf(images);
  return isVolume(found) ? "a volume" : found.why;
}

describe.each(lattices)("voxels of $name", ({ headers, rows, columns, voxels, tilt: leaning }) => {
  const { lattice } = volume(headers.map((header, n) => image(header, n, { rows, columns })));

  test("lie where pydicom and numpy say", () => {
    for (const { index, world } of voxels) {
      toPatient(lattice, point(index)).forEach((mm, axis) => expect(mm).toBeCloseTo(world[axis] as number, 4));
    }
  });

  test("are found again from there", () => {
    for (const { index, world } of voxels) {
      toIndex(lattice, point(world)).forEach((at, axis) => expect(at).toBeCloseTo(index[axis] as number, 4));
      expect(nearest(lattice, point(world))).toEqual(index);
    }
  });

  test("lean as much", () => expect(tilt(lattice)).toBeCloseTo(leaning, 2));

  test("keep their place and value when they are straightened", () => {
    const slope: Point3 = [0.3, -1.7, 0.9];
    const field = (at: Point3): number => dot(at, slope);
    const { lattice: straight, offsets } = straightened(lattice);
    const [width, height] = straight.size;
    expect(tilt(straight)).toBeCloseTo(0, 4);
    for (let k = 0; k < lattice.size[2]; k += 1) {
      const source = Float32Array.from({ length: rows * columns }, (_, n) => field(toPatient(lattice, [n % columns, Math.floor(n / columns), k])));
      const target = new Float32Array(width * height).fill(NaN);
      place(source, columns, rows, target, width, offsets[k] as [number, number]);
      const filled = [...target.entries()].filter(([, found]) => !Number.isNaN(found));
      expect(filled.length).toBeGreaterThanOrEqual((columns - 1) * (rows - 1));
      for (const [n, found] of filled) {
        expect(found).toBeCloseTo(field(toPatient(straight, [n % width, Math.floor(n / width), k])), 2);
      }
    }
  });
});

describe("a lattice", () => {
  const lattice = volume(axial([0, 3, 6, 9])).lattice;

  test("keeps row spacing and column spacing apart", () => {
    expect(toPatient(lattice, [2, 3, 1])).toEqual([-9, -15.5, 3]);
  });

  test("goes along the normal, whatever order the files came in", () => {
    const shuffled = volume(axial([6, 0, 9, 3]));
    expect(shuffled.lattice).toEqual(lattice);
    expect(shuffled.images.map(({ instanceId }) => instanceId)).toEqual([1, 3, 0, 2]);
  });

  test("of a straight stack is not shifted", () => expect(shift(lattice).map(Math.abs)).toEqual([0, 0]));

  test("ends half a voxel outside its outermost centres", () => {
    expect([[-10.2, -20.7, -1.4], [-10.3, -20, 0], [-8, -15.5, 10.4], [-8, -15.5, 10.6]].map((at) => isInside(lattice, point(at))))
      .toEqual([true, false, true, false]);
  });

  test("keeps points outside at its edge", () => expect(nearest(lattice, [-900, 900, 4.4])).toEqual([0, 3, 1]));
});

describe("why a series is no volume", () => {
  test.each([
    ["a single image", axial([0]), "single image"],
    ["two slices", axial([0, 3]), "2 images"],
    ["a missing slice", axial([0, 3, 6, 12, 15]), "3.00 to 6.00 mm, usually 3.00 mm, with 1 uneven step, the first after slice 3 of 5"],
    ["localizers", axial([0, 3, 6, 9], (n) => (n === 3 ? { "00200037": value(0, 1, 0, 0, 0, -1) } : {})), "1 of 4 images are turned by up to 90.0° (localizers)"],
    ["a radial series", axial([0, 3, 6], (n) => ({ "00200037": value(Math.cos(n / 10), Math.sin(n / 10), 0, -Math.sin(n / 10), Math.cos(n / 10), 0) })), "2 of 3 images are turned by up to 11.5°"],
    ["two phases", axial([0, 3, 6, 0, 3, 6]), "6 images share 3 positions"],
    ["one place over time", axial([0, 0, 0, 0]), "4 images share 1 position:"],
    ["sizes that differ", axial([0, 3, 6]).map((one, n) => ({ ...one, rows: n ? 4 : 8 })), "5 × 8, 5 × 4"],
    ["pixel spacings that differ", axial([0, 3, 6], (n) => ({ "00280030": value(1, n ? 1 : 2) })), "1.000 × 2.000, 1.000 × 1.000 mm"],
    ["colour", axial([0, 3, 6], () => ({ "00280002": value(3) })), "colour"],
    ["two frames of reference", axial([0, 3, 6], (n) => ({ "00200052": value(n ? "1.2" : "1.3") })), "2 frames of reference"],
    ["radiographs", axial([0, 3, 6], () => ({ "00200032": value() })), "The images do not say where they lie"],
    ["one image without a place", axial([0, 3, 6], (n) => (n ? {} : { "00200037": value() })), "1 of 3 images do not say"],
    ["slices out of line", axial([0, 3, 6, 9], (n) => (n === 2 ? { "00200032": value(-8, -20, 6) } : {})), "one is 2.00 mm off, at 3.00 mm"],
  ])("%s", (_, images, words) => expect(why(images)).toContain(words));

  test("frames that follow each other in time", () => {
    const [first] = axial([0]) as [SliceImage];
    const { "00200032": _, ...placeless } = first.header;
    expect(why([0, 1, 2].map((frame) => ({ ...first, frame, header: frame ? placeless : first.header })))).toContain("its 3 frames");
  });

  test("but frames with places of their own are one", () => {
    const frames = axial([0, 3, 6]).map((one, frame) => {
      const position = value({ "00200032": one.header["00200032"] });
      return { ...one, instanceId: 0, frame, header: { ...one.header, "00209113": position } as Header };
    });
    expect(why(frames)).toBe("a volume");
  });

  test.each([
    ["a spacing that rounding made uneven", axial([0, 3.0004, 5.9998, 9.0001])],
    ["one whose anonymiser gave every image a frame of reference", axial([0, 3, 6], (n) => ({ "00200052": value(`1.${n}`) }))],
    ["a slice a twentieth off", axial([0, 3.1, 6, 9])],
  ])("but %s is one", (_, images) => expect(why(images)).toBe("a volume"));
});

describe("what voxels are kept as", () => {
  const header = (tags: Record<string, unknown>) => [{ header: tags as Header }];
  test.each([
    ["CT", { "00280101": value(12), "00281052": value(-1024), "00281053": value(1) }, Int16Array],
    ["CT of 16 bits, which few files use up", { "00280101": value(16), "00281052": value(-1024) }, Int16Array],
    ["MR without rescale", { "00280101": value(12) }, Int16Array],
    ["whole values of 32 bits", { "00280100": value(32) }, Float32Array],
    ["fractional slopes", { "00280101": value(12), "00281053": value(0.4) }, Float32Array],
    ["PET", { "00080060": value("PT"), "00280101": value(12) }, Float32Array],
  ])("%s", (_, tags, kind) => expect(kindOf(header(tags))).toBe(kind));

  test("values beyond 16 bits are noticed", () => {
    expect([fits({ lower: -32768, upper: 32767 }), fits({ lower: 0, upper: 65535 })]).toEqual([true, false]);
  });

  const large: Lattice = { size: [512, 512, 2000], origin: [5, 6, 7], steps: [[0.5, 0, 0], [0, 0.5, 0], [0, 0, 1]] };
  test("a series too large for a modest card is thinned in its planes, from the same first voxel", () => {
    expect([thinning({ ...large, size: [512, 512, 400] }, Int16Array), thinning(large, Int16Array), thinning(large, Float32Array)]).toEqual([1, 2, 3]);
    expect(thinned(large, 2)).toEqual({ size: [256, 256, 2000], origin: [5, 6, 7], steps: [[1, 0, 0], [0, 1, 0], [0, 0, 1]] });
  });
});
