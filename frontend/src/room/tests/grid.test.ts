import { describe, expect, test } from "vitest";

import type { Case } from "../../api/readings";
import type { SliceImage } from "../../viewer/loading/images";
import { mostAlike } from "../grid/alike";
import { firstSpan, forCount, type Layout, LAYOUTS, MOST, named, nameOf, ONE, shaped } from "../grid/layouts";
import { firstImages, planOf } from "../grid/plan";

const layout = (rows: number, columns: number, count = rows * columns): Layout => ({ rows, columns, count });

describe("layouts", () => {
  test.each([1, 2, 3, 4, 5, 6])("there is one for %d viewports, and asked for again and again it comes round", (count) => {
    const all = LAYOUTS.filter((one) => one.count === count);
    let now = ONE;
    const seen = Array.from({ length: all.length + 1 }, () => nameOf((now = forCount(count, now))));
    expect(new Set(seen).size).toBe(all.length);
    expect(all.length).toBeGreaterThan(0);
    expect(count).toBeLessThanOrEqual(MOST);
  });

  test.each([
    ["side by side on a wide screen", layout(1, 2), 1600, 900, layout(1, 2)],
    ["stacked on a high one", layout(1, 2), 1200, 1900, layout(2, 1)],
    ["three across are three down", layout(1, 3), 1200, 1900, layout(3, 1)],
    ["six turn, too", layout(2, 3), 1200, 1900, layout(3, 2)],
    ["what is stacked stays so", layout(2, 1), 1200, 1900, layout(2, 1)],
    ["nearly square is not high", layout(1, 2), 1000, 1050, layout(1, 2)],
  ])("%s", (_, wanted, width, height, expected) => {
    expect(shaped(wanted, width, height)).toEqual(expected);
  });

  test("of five the first is as high as two, or as wide", () => {
    const span = (one: Layout) => firstSpan(one, 1920, 1080);
    expect([span(layout(2, 3, 5)), span(layout(3, 2, 5)), span(layout(2, 2))]).toEqual([
      { rows: 2, columns: 1 }, { rows: 1, columns: 2 }, { rows: 1, columns: 1 },
    ]);
  });

  test("of three planes the first stands beside the two, and on a high screen above them", () => {
    expect([firstSpan(layout(2, 2, 3), 1920, 1080), firstSpan(layout(2, 2, 3), 1536, 2048)]).toEqual([
      { rows: 2, columns: 1 }, { rows: 1, columns: 2 },
    ]);
  });

  test("a layout that nobody offers is one viewport", () => {
    expect(named(4, 4)).toEqual(ONE);
  });
});

const image = (instanceId: number): SliceImage => ({ imageId: `${instanceId}`, instanceId, frame: 0, rows: 1, columns: 1, header: {} });
const SERIES = [
  { uid: "films", instances: [{ id: 1, sop_uid: "pa" }, { id: 2, sop_uid: "lat" }] },
  { uid: "ct", instances: [{ id: 3, sop_uid: "a" }, { id: 4, sop_uid: "b" }, { id: 5, sop_uid: "c" }] },
];
const IMAGES = [[image(1), image(2)], [image(3), image(4), image(5)]];
const pane = (fields: object) => ({ study: "now", is_prior: false, series: null, image: null, why: "view PA", ...fields });
const hung = (rows: number, columns: number, ...panes: object[]): Pick<Case, "series" | "hanging"> =>
  ({ series: SERIES, hanging: { rule: "R", why: [], rows, columns, panes: panes.map(pane) } }) as unknown as Case;

describe("a plan from the server's decision", () => {
  test("two images of one series hang side by side, an earlier study beside a stack", () => {
    const films = planOf(hung(1, 2, { series: "films", image: "lat" }, { series: "films", image: "pa" }), IMAGES);
    expect(films.wanted).toMatchObject([{ is: "case", place: 0, at: 1 }, { is: "case", place: 0, at: 0 }]);
    const ct = planOf(hung(1, 2, { series: "ct" }, { study: "old", is_prior: true, series: "oldct" }), IMAGES);
    expect(ct.wanted).toMatchObject([
      { is: "case", place: 1, at: null, why: "Hung by rule “R”: view PA" }, { is: "prior", study: "old", series: "oldct" },
    ]);
  });

  test("where nothing fits, the viewport says so; the case is always seen", () => {
    const [first, second] = planOf(hung(1, 2, { series: "ct" }, { study: null, is_prior: true }), IMAGES).wanted;
    expect([first?.is, second?.is]).toEqual(["case", "nothing"]);
    expect(planOf(hung(1, 1, { study: null }), IMAGES).wanted).toMatchObject([{ is: "case", place: 0 }]);
  });

  test("the images that come first are fetched first: of a stack its middle, of an earlier study none", () => {
    const plan = planOf(hung(2, 2, { series: "films", image: "lat" }, { series: "ct" }, { study: "old", is_prior: true, series: "x" }, {}), IMAGES);
    expect(firstImages(plan, IMAGES).map((one) => one.instanceId)).toEqual([2, 4]);
  });
});

describe("the series of an earlier study to compare with", () => {
  const series = (modality: string, view_position = "", count = 1) =>
    ({ modality, body_part: "CHEST", view_position, instances: Array.from({ length: count }) });

  test.each([
    ["the same view", [series("DX", "LL"), series("DX", "PA")], series("DX", "PA"), 1],
    ["the same modality before the same view", [series("CR", "PA"), series("DX", "LL")], series("DX", "PA"), 1],
    ["the larger stack", [series("CT", "", 2), series("CT", "", 90)], series("CT"), 1],
    ["nothing", [], series("CT"), -1],
  ])("%s", (_, there, like, expected) => {
    expect(mostAlike(there, like)).toBe(expected);
  });
});
