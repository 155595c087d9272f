import { describe, expect, test } from "vitest";

import type { Mask } from "../../session/geometry";
import type { Header } from "../../viewer/loading/header";
import type { SliceImage } from "../../viewer/loading/images";
import { encoded, extentOf } from "../../viewer/marks/rle";
import type { Place } from "../places";
import { copied } from "../to-prior";

interface Where {
  readonly reference?: string;
  readonly position?: readonly [number, number, number];
  readonly spacing?: readonly [number, number];
  readonly columns?: number;
}

const value = (...values: unknown[]) => ({ vr: "", Value: values });

function image(id: number, { reference = "", position, spacing, columns = 100 }: Where): SliceImage {
  const header: Header = {
    ...(reference ? { "00200052": value(reference), "00200037": value(1, 0, 0, 0, 1, 0) } : {}),
    ...(position ? { "00200032": value(...position) } : {}), ...(spacing ? { "00280030": value(...spacing) } : {}),
  };
  return { imageId: `${id}`, instanceId: id, frame: 0, rows: columns, columns, header } as SliceImage;
}

const stack = (from: number, count: number, z: number, where: Where): SliceImage[] =>
  Array.from({ length: count }, (_, n) => image(from + n, { ...where, position: [where.position?.[0] ?? 0, where.position?.[1] ?? 0, z + 5 * n] }));

const box = { x: 20, y: 30, w: 10, h: 6 };
const now = stack(1, 20, 100, { reference: "1.2", spacing: [1, 1] });
const place: Place = { series: 0, index: 4, image: now[4] as SliceImage };

test("in one frame of reference a copy lies at the same place of the patient, whatever the pixels", () => {
  const then = stack(50, 30, 90, { reference: "1.2", position: [-10, -20, 0], spacing: [2, 0.5], columns: 200 });
  const copy = copied("box", box, place, now, then);
  // z 120 is the seventh slice then; x runs from 30 mm at .5 mm a pixel, y from 50 mm at 2 mm.
  expect([copy?.index, copy?.geometry]).toEqual([6, { x: 60, y: 25, w: 20, h: 3 }]);
});

test("in another frame of reference it lies at the same relative place", () => {
  const then = stack(50, 39, 500, { reference: "9.9", spacing: [1, 1], columns: 200 });
  const copy = copied("box", box, place, now, then);
  expect([copy?.index, copy?.geometry]).toEqual([8, { x: 40.5, y: 60.5, w: 20, h: 12 }]);
});

test("radiographs know no frame of reference: the same share of the image", () => {
  const [before, after] = [image(1, { columns: 100 }), image(2, { columns: 50 })];
  const copy = copied("point", { x: 99, y: 0 }, { series: 0, index: 0, image: before }, [before], [after]);
  expect(copy?.geometry).toEqual({ x: 49.25, y: -0.25 });
});

test("a mark at the edge of an image that then was smaller is kept on it", () => {
  const then = stack(50, 20, 100, { reference: "1.2", position: [25, 0, 0], spacing: [1, 1] });
  expect(copied("box", box, place, now, then)?.geometry).toEqual({ x: -0.5, y: 30, w: 5.5, h: 6 });
});

describe("a mask", () => {
  const pixels = new Uint8Array(100 * 100);
  for (let y = 30; y < 36; y += 1) pixels.fill(1, y * 100 + 20, y * 100 + 30);
  const mask = encoded(pixels, 100, 100);

  test("covers the same millimetres on finer pixels of another shape", () => {
    const then = stack(50, 30, 90, { reference: "1.2", position: [-10, -20, 0], spacing: [2, 0.5], columns: 200 });
    const copy = copied("mask", mask, place, now, then);
    // 19.5 to 29.5 mm at .5 mm from -10, 29.5 to 35.5 mm at 2 mm from -20.
    expect([copy?.index, copy && extentOf(copy.geometry as Mask)]).toEqual([6, { left: 59, top: 25, right: 78, bottom: 27, area: 60 }]);
  });

  test("in another frame of reference covers the same share of the image", () => {
    const then = stack(50, 39, 500, { reference: "9.9", spacing: [1, 1], columns: 200 });
    const extent = extentOf(copied("mask", mask, place, now, then)?.geometry as Mask);
    expect(extent).toEqual({ left: 40, top: 60, right: 59, bottom: 71, area: 240 });
  });

  test("of which nothing was imaged then is not copied", () => {
    const far = stack(50, 20, 100, { reference: "1.2", position: [500, 0, 0], spacing: [1, 1] });
    expect(copied("mask", encoded(new Uint8Array(10_000), 100, 100), place, now, far)).toBeNull();
  });
});

test("there is no copy without earlier images", () => {
  expect(copied("box", box, place, now, [])).toBeNull();
});
