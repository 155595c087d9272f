import { describe, expect, test } from "vitest";

import type { Mask, Slice } from "../../../session/geometry";
import { HANGINGS, type Orientation } from "../../planes/orientations";
import type { PatientPlane, Point3 } from "../../view";
import { type Lattice, toPatient } from "../../volume/lattice";
import { toPlane } from "../../volume/plane-frame";
import { decoded, encoded } from "../rle";
import { type Cut, cutOf, maskDrawn, maskSeen, type Pixels, spanDrawn, type Span, spanSeen, voxelOf } from "../through";

/** Slices from head to foot, 5 mm apart, of 8 columns and 6 rows of oblong pixels. */
const axial: Lattice = { size: [8, 6, 5], origin: [-10, -20, 100], steps: [[1, 0, 0], [0, 2, 0], [0, 0, -5]] };
/** Sagittal slices: columns go to the back, rows to the feet, slices to the patient's right. */
const sagittal: Lattice = { size: [8, 6, 5], origin: [-10, -20, 100], steps: [[0, 1, 0], [0, 0, -2], [-5, 0, 0]] };
const slices: Slice[] = [0, 1, 2, 3, 4].map((n) => ({ instance_id: n + 1, frame: 0 }));
const ORIENTATIONS: Orientation[] = ["axial", "coronal", "sagittal"];

/** The plane of this orientation through a voxel. */
function planeThrough(lattice: Lattice, orientation: Orientation, voxel: Point3): PatientPlane {
  const { right: row, down: column, away: normal } = HANGINGS[orientation];
  return { frameOfReference: "1.2", origin: toPatient(lattice, voxel), row, column, normal };
}

const cut = (lattice: Lattice, orientation: Orientation, voxel: Point3): Cut => cutOf(lattice, slices, planeThrough(lattice, orientation, voxel)) as Cut;

describe.each([["axial", axial], ["sagittal", sagittal]] as const)("a volume of %s slices", (_, lattice) => {
  const span: Span = { x: 2, y: 1, w: 4, h: 3, first: 1, last: 3 };

  test.each(ORIENTATIONS)("a box through slices is the same box after it was drawn over itself on an %s plane", (orientation) => {
    const here = cut(lattice, orientation, [4, 2, 2]);
    const seen = spanSeen(span, here, 1);
    expect(seen && spanDrawn(seen, here, span)).toEqual({
      ...Object.fromEntries(Object.entries(span).map(([key, value]) => [key, expect.closeTo(value as number, 6) as number])),
    });
  });

  test.each(ORIENTATIONS)("its corners lie on an %s plane where they lie in the patient", (orientation) => {
    const here = cut(lattice, orientation, [4, 2, 2]);
    const corners = ([[2, 1, 0.5], [6, 4, 3.5]] as const).map((corner) => toPlane(here.plane, toPatient(lattice, corner)).at);
    const box = spanSeen(span, here, 1);
    expect(box?.x).toBeCloseTo(Math.min(...corners.map(([x]) => x)));
    expect((box?.y ?? 0) + (box?.h ?? 0)).toBeCloseTo(Math.max(...corners.map(([, y]) => y)));
  });

  test("it is seen on planes that cut it and no others", () => {
    const isSeen = (orientation: Orientation, voxel: Point3): boolean => spanSeen(span, cut(lattice, orientation, voxel), 0.5) !== null;
    for (const orientation of ORIENTATIONS) {
      expect(isSeen(orientation, [4, 2, 2])).toBe(true);
      expect(isSeen(orientation, [0, 5, 0])).toBe(false);
    }
  });

  test.each(ORIENTATIONS)("what is painted on an %s plane lies in those voxels, and is seen there again", (orientation) => {
    const here = cut(lattice, orientation, [4, 2, 2]);
    const empty = maskSeen(new Map(), here);
    const pixels = decoded(empty);
    for (const pixel of [0, 9, pixels.length - 1]) pixels[pixel] = 1;
    const painted: Mask = encoded(pixels, empty.rows, empty.columns);
    const changed = maskDrawn(painted, new Map(), here);
    const voxels = [...changed].flatMap(([slice, mask]) => [...decoded(mask as Mask).entries()].filter(([, on]) => on)
      .map(([pixel]) => [pixel % 8, Math.floor(pixel / 8), slice].join()));
    expect(voxels.sort()).toEqual([0, 9, pixels.length - 1].map((pixel) => voxelOf(here, pixel).join()).sort());
    const masks: Pixels = new Map([...changed].map(([slice, mask]) => [slice, decoded(mask as Mask)]));
    expect(maskSeen(masks, here)).toEqual(painted);
    expect([...maskDrawn(painted, masks, here)]).toEqual([]);
    expect([...maskDrawn(empty, masks, here).values()].every((mask) => mask === null)).toBe(true);
  });

  test.each(ORIENTATIONS)("painting an %s plane leaves every voxel beside it as it was", (orientation) => {
    const here = cut(lattice, orientation, [4, 2, 2]);
    const full: Pixels = new Map([0, 1, 2, 3, 4].map((slice) => [slice, new Uint8Array(48).fill(1)]));
    const { rows, columns } = maskSeen(full, here);
    const changed = maskDrawn(encoded(new Uint8Array(rows * columns), rows, columns), full, here);
    const left = [0, 1, 2, 3, 4].flatMap((slice) => [...(changed.has(slice) ? (changed.get(slice) ? decoded(changed.get(slice) as Mask) : []) : full.get(slice) as Uint8Array)]);
    expect(left.filter(Boolean)).toHaveLength(8 * 6 * 5 - rows * columns);
  });
});

test("a new box is as thin as it may be through its plane: a slice, or two pixels", () => {
  expect(spanDrawn({ x: 1, y: 2, w: 3, h: 4 }, cut(axial, "axial", [0, 0, 3]), null)).toEqual({ x: 1, y: 1, w: 3, h: 2, first: 3, last: 3 });
  expect(spanDrawn({ x: 1, y: -3, w: 3, h: 11 }, cut(axial, "coronal", [0, 3, 1]), null)).toEqual({ x: 1, y: 2, w: 3, h: 2, first: 1, last: 2 });
});

test("beyond the volume it ends at the last slice; between two slices it is the nearest", () => {
  const here = cut(axial, "coronal", [0, 3, 1]);
  expect(spanDrawn({ x: 1, y: 0, w: 3, h: 900 }, here, null)).toMatchObject({ first: 1, last: 4 });
  expect(spanDrawn({ x: 1, y: 1, w: 3, h: 2 }, here, null)).toMatchObject({ first: 1, last: 1 });
});

test("slices that stand oblique, or lean, have no cut", () => {
  const oblique: Lattice = { ...axial, steps: [[Math.SQRT1_2, Math.SQRT1_2, 0], [-Math.SQRT2, Math.SQRT2, 0], [0, 0, -5]] };
  const leaning: Lattice = { ...axial, steps: [[1, 0, 0], [0, 2, 0], [0, 1, -5]] };
  for (const lattice of [oblique, leaning]) expect(cutOf(lattice, slices, planeThrough(lattice, "coronal", [0, 0, 0]))).toBeNull();
});
