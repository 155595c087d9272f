/** A volume of five axial slices, 8 × 6 pixels, 5 mm apart, cut by a coronal plane through its fourth row. */
import { describe, expect, test } from "vitest";

import { type Content, EMPTY, type Region } from "../../session/content";
import type { Box3d, Mask } from "../../session/geometry";
import { begin, step, undo } from "../../session/history";
import { addMark } from "../../session/marks";
import { all, nodule, region } from "../../session/tests/samples";
import type { Ground } from "../../viewer/marks/kind";
import { decoded, encoded, extentOf } from "../../viewer/marks/rle";
import { cutOf } from "../../viewer/marks/through";
import { HANGINGS } from "../../viewer/planes/orientations";
import { type Lattice, toPatient } from "../../viewer/volume/lattice";
import { Places } from "../places";
import type { Room } from "../room";
import type { Open } from "../state";
import { maskUnder, paintedThrough } from "../through-slices";

const lattice: Lattice = { size: [8, 6, 5], origin: [0, 0, 20], steps: [[1, 0, 0], [0, 1, 0], [0, 0, -5]] };
const images = [1, 2, 3, 4, 5].map((instanceId) => ({ imageId: "", instanceId, frame: 0, rows: 6, columns: 8, header: {} }));
const slices = images.map(({ instanceId }) => ({ instance_id: instanceId, frame: 0 }));
const { right: row, down: column, away: normal } = HANGINGS.coronal;
const plane = { frameOfReference: "1.2", origin: toPatient(lattice, [0, 3, 0]), row, column, normal };
const ground: Ground = {
  key: "coronal", left: -Infinity, top: -Infinity, right: Infinity, bottom: Infinity, spacing: { x: 1, y: 1, isAtDetector: false },
  slice: null, plane, cut: cutOf(lattice, slices, plane), thickness: 1,
};

function roomWith(content: Content = EMPTY) {
  const open = {
    kase: { reading: { id: 5, state: "draft" }, findings: all, series: [{ id: 70 }] }, history: begin(content), chosen: null, inHand: nodule.id,
    series: [images], seriesIndex: 0,
  } as unknown as Open;
  const room = {
    state: { open }, mayEdit: () => true, edit: (next: Content) => (open.history = step(open.history, next)),
  } as unknown as Room;
  Object.assign(room, { marks: { places: new Places(room) } });
  return { room, open, places: room.marks.places, content: () => open.history.present };
}

/** As the brush leaves the plane: 8 voxels across, 5 slices down. */
function painted(...pixels: number[]): Mask {
  const canvas = new Uint8Array(8 * 5);
  for (const pixel of pixels) canvas[pixel] = 1;
  return encoded(canvas, 5, 8);
}

const { cut } = ground as { cut: NonNullable<Ground["cut"]> };
const found = (content: Content) => Object.fromEntries(content.regions.map((one) => [one.instance_id, extentOf(one.geometry as Mask)]));

describe("a mask painted across slices", () => {
  test("belongs to the slices that the brush touched, where it touched them", () => {
    const { room, content } = roomWith();
    paintedThrough(room, painted(2, 3, 8 + 2), cut);
    expect(found(content())).toEqual({
      1: { left: 2, right: 3, top: 3, bottom: 3, area: 2 }, 2: { left: 2, right: 2, top: 3, bottom: 3, area: 1 },
    });
    expect(content().findings[nodule.id]?.state).toBe("present");
  });

  test("goes on with the masks that are there, and is one step for undo", () => {
    const { room, open, content } = roomWith();
    paintedThrough(room, painted(2), cut);
    const before = content();
    const under = maskUnder(open, cut);
    expect(under && [...decoded(under.geometry).entries()].filter(([, on]) => on).map(([pixel]) => pixel)).toEqual([2]);
    paintedThrough(room, painted(2, 3, 16), cut);
    expect(content().regions).toHaveLength(2);
    open.history = undo(open.history);
    expect(content()).toBe(before);
  });

  test("that is wiped out is deleted there and nowhere else", () => {
    const { room, content } = roomWith();
    paintedThrough(room, painted(2, 8), cut);
    paintedThrough(room, painted(8), cut);
    expect(Object.keys(found(content()))).toEqual(["2"]);
  });

  test("leaves the masks of other findings alone, and is no edit where nothing changed", () => {
    const full = encoded(new Uint8Array(48).fill(1), 6, 8);
    const other = { ...region({ track: "t9", finding_id: 2, instance_id: 1 }), kind: "mask", geometry: full } as Region;
    const { room, open, content } = roomWith({ ...EMPTY, regions: [other] });
    const before = content();
    expect(maskUnder(open, cut)).toBeNull();
    paintedThrough(room, painted(), cut);
    expect(content()).toBe(before);
  });
});

describe("a 3-D box drawn across slices", () => {
  const drawn = { x: 1, y: 5 - 2.5, w: 4, h: 10 };
  const boxOn = (content: Content): Box3d => content.regions[0]?.geometry as Box3d;

  function roomWithBox() {
    const one = roomWith();
    const made = one.places.region("box3d", { ...drawn, first: slices[0], last: slices[0] } as Box3d, ground, nodule as never);
    if (made) one.room.edit(addMark(one.content(), nodule, made, all));
    return one;
  }

  test("stands on the slices that it spans, two pixels deep until its sides are dragged elsewhere", () => {
    const { content } = roomWithBox();
    expect(boxOn(content())).toEqual({ x: 1, y: 2, w: 4, h: 2, first: slices[1], last: slices[2] });
    expect(content().regions[0]).toMatchObject({ kind: "box3d", instance_id: 2, frame: 0, series_id: 70 });
  });

  test("is seen where it was drawn, and reshaping it there keeps its depth", () => {
    const { places, content } = roomWithBox();
    const [made] = content().regions as [Content["regions"][0]];
    expect(places.shapeOn(made, ground)).toMatchObject({ x: 1, y: 2.5, w: 4, h: 10 });
    const longer = places.geometry(made, { ...boxOn(content()), ...drawn, h: 15 }, ground);
    expect(longer).toEqual({ x: 1, y: 2, w: 4, h: 2, first: slices[1], last: slices[3] });
  });

  test("cannot be drawn where the slices stand oblique to the plane", () => {
    const { places } = roomWithBox();
    expect([places.fits("box3d", ground), places.fits("box3d", { ...ground, cut: null }), places.fits("ellipse", { ...ground, cut: null })])
      .toEqual([true, false, true]);
  });
});
