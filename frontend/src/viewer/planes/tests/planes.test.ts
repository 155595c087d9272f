import { describe, expect, test } from "vitest";

import { lettersOf as letters } from "../../orientation/letters";
import { type Point, toImage, toScreen } from "../../stack/placement";
import { flippedAcross, type Turn, turned, UPRIGHT } from "../../turn";
import type { PatientPlane, Point3 } from "../../view";
import type { Lattice } from "../../volume/lattice";
import { toPlane, toWorld } from "../../volume/plane-frame";
import { cross, dot, length, minus } from "../../volume/vectors";
import { type Camera, panned, placementOf, projectionOf, zoomed } from "../camera";
import { fitted, indexOf, pagesThrough, planeAt, pointOn } from "../cut";
import { HANGINGS, nearestOrientation, ORIENTATIONS, pagesDown } from "../orientations";
import { inWords, nextMode, NO_SLAB, samplingOf, thicker } from "../slab";

/** Thick axial slices with pixels that are not square, and a double-oblique block. */
const THICK: Lattice = { size: [200, 100, 30], origin: [-80, -60, -150], steps: [[0.8, 0, 0], [0, 1.2, 0], [0, 0, 5]] };
const OBLIQUE: Lattice = {
  size: [40, 50, 60], origin: [10, 20, 30], steps: [[0.6, 0.5, 0.1], [-0.7, 0.8, 0.2], [0.05, -0.6, 2.9]],
};
const TURNS: Turn[] = [0, 1, 2, 3].flatMap((by) => [turned(UPRIGHT, by), turned(flippedAcross(UPRIGHT), by)]);
const SCREEN = { width: 640, height: 480 };

/** What vtk does with a parallel projection: right and up of the screen, in millimetres from its middle. */
function drawnAt(plane: PatientPlane, camera: Camera, world: Point3): Point {
  const { focalPoint, viewUp, viewPlaneNormal, parallelScale } = projectionOf(plane, camera, SCREEN);
  const right = cross(viewUp, viewPlaneNormal);
  const from = minus(world, focalPoint);
  const perPixel = SCREEN.height / 2 / parallelScale;
  return [SCREEN.width / 2 + dot(from, right) * perPixel, SCREEN.height / 2 - dot(from, viewUp) * perPixel];
}

describe.each([["thick slices", THICK], ["an oblique block", OBLIQUE]] as const)("planes of %s", (_, lattice) => {
  const middle = pagesThrough(lattice, "axial").middle;

  describe.each(ORIENTATIONS)("%s", (orientation) => {
    const plane = planeAt(lattice, orientation, middle, "1.2");

    test.each(TURNS)("is drawn where marks are put, turned $quarters, mirrored $isMirrored", (turn) => {
      const camera: Camera = { centre: [3, -4, 5], mmPerPixel: 0.37, turn };
      const placement = placementOf(plane, camera, SCREEN);
      for (const at of [[0, 0], [30, 0], [0, 55], [12.5, 7.25]] as const) {
        const [x, y] = toScreen(placement, at);
        const [drawnX, drawnY] = drawnAt(plane, camera, toWorld(plane, at));
        expect([x - drawnX, y - drawnY].every((off) => Math.abs(off) < 1e-6)).toBe(true);
        toImage(placement, [x, y]).forEach((mm, n) => expect(mm).toBeCloseTo(at[n] as number, 6));
      }
    });

    test("has right angles, and goes through the point", () => {
      expect(dot(cross(plane.row, plane.column), plane.normal)).toBe(1);
      expect(toPlane(plane, middle).depth).toBeCloseTo(0, 9);
    });

    test("keeps its corner when it is paged, so that marks stay where they are", () => {
      const deeper = planeAt(lattice, orientation, pointOn(pagesThrough(lattice, orientation), middle, 2), "1.2");
      expect(toPlane(plane, deeper.origin).at.map((mm) => Math.abs(mm) < 1e-9)).toEqual([true, true]);
    });

    test("pages from its first cut to its last, and stops there", () => {
      const pages = pagesThrough(lattice, orientation);
      const visited = [-5, 0, 1, pages.count - 1, pages.count + 9].map((n) => indexOf(pages, pointOn(pages, middle, n)));
      expect(visited).toEqual([0, 0, 1, pages.count - 1, pages.count - 1]);
    });

    test("fits into its pane", () => {
      const mmPerPixel = fitted(lattice, orientation, SCREEN);
      const camera = { centre: middle, mmPerPixel, turn: UPRIGHT };
      const placement = placementOf(plane, camera, SCREEN);
      const corner = toScreen(placement, [0, 0]);
      expect(corner[0]).toBeGreaterThan(0);
      expect(corner[1]).toBeGreaterThan(0);
    });

    test("zooms about the pointer, and is moved by as many pixels as the hand", () => {
      const camera: Camera = { centre: middle, mmPerPixel: 0.5, turn: turned(UPRIGHT, 1) };
      const under = toImage(placementOf(plane, camera, SCREEN), [100, 50]);
      const [x, y] = toScreen(placementOf(plane, zoomed(plane, camera, 3, [100, 50], SCREEN), SCREEN), under);
      expect([x, y].map((px) => Math.round(1e6 * px) / 1e6)).toEqual([100, 50]);
      const [mx, my] = toScreen(placementOf(plane, panned(plane, camera, [12, -7]), SCREEN), under);
      expect([mx - 112, my - 43].every((off) => Math.abs(off) < 1e-6)).toBe(true);
    });
  });
});

describe("paging", () => {
  test("goes by the voxels' own spacing", () => {
    const steps = ORIENTATIONS.map((one) => pagesThrough(THICK, one)).map(({ step, count }) => [step, count]);
    expect(steps).toEqual([[5, 30], [1.2, 100], [0.8, 200]]);
  });

  test("down leads from head to foot, from front to back, from the left to the right", () => {
    expect(ORIENTATIONS.map(pagesDown).map(letters)).toEqual(["F", "P", "R"]);
  });
});

describe("hanging", () => {
  test.each([
    ["axial", "R", "L", "A", "P"], ["coronal", "R", "L", "H", "F"], ["sagittal", "A", "P", "H", "F"],
  ] as const)("%s has %s on the left, %s on the right, %s above, %s below", (orientation, left, right, above, below) => {
    const hanging = HANGINGS[orientation];
    const opposite = (at: Point3): Point3 => [-at[0], -at[1], -at[2]];
    expect([opposite(hanging.right), hanging.right, opposite(hanging.down), hanging.down].map(letters)).toEqual([left, right, above, below]);
    expect(length(hanging.away)).toBe(1);
  });

  test("a series is named after the plane it is nearest to", () => {
    expect([[0, 0.3, 0.9], [0.9, 0.1, 0.2], [0.1, -0.9, 0.2]].map((one) => nearestOrientation(one as unknown as Point3)))
      .toEqual(["axial", "sagittal", "coronal"]);
  });
});

describe("slabs", () => {
  test("go from thin to MIP, MinIP, mean, and back", () => {
    const modes = [1, 2, 3, 4].reduce<string[]>((said, n) => [...said, inWords(Array.from({ length: n }).reduce<typeof NO_SLAB>(nextMode, NO_SLAB))], []);
    expect(modes).toEqual(["MIP 10 mm", "MinIP 10 mm", "mean 10 mm", ""]);
  });

  test.each([
    ["a thin plane, whatever the slices", NO_SLAB, 5, 0.5], ["thick slices", { mode: "mip", thickness: 20 }, 5, 1.25],
    ["a thin slab of thick slices", { mode: "mean", thickness: 2 }, 5, 0.5], ["no more than vtk takes", { mode: "mip", thickness: 20 }, 0.1, 0.0625],
  ] as const)("are sampled closely: %s", (_, slab, step, mm) => {
    const lattice: Lattice = { size: [150, 200, 1], origin: [0, 0, 0], steps: [[1, 0, 0], [0, 1, 0], [0, 0, 1]] };
    expect(samplingOf(lattice, step, slab)).toBeCloseTo(mm, 3);
  });

  test("have a thickness between two ends, and a thin plane becomes one when it is made thicker", () => {
    const ten = thicker(NO_SLAB, 1);
    expect([ten, thicker(ten, 1), thicker({ mode: "mean", thickness: 2 }, -1), thicker({ mode: "mip", thickness: 80 }, 1)].map(inWords))
      .toEqual(["MIP 10 mm", "MIP 15 mm", "mean 2 mm", "MIP 80 mm"]);
  });
});
