/** Marks drawn by a hand that moves in whole CSS pixels, at every zoom, turn, flip and shape of pixels. */
import { describe, expect, test } from "vitest";

import type { Pair } from "../../../session/geometry";
import { type Placement, type Point, toImage, toScreen } from "../../stack/placement";
import { axes } from "../../turn";
import { type MarkKind, type Shape, kindOf } from "../kinds/table";
import { distanceToSegment } from "../simplify";
import { begun, dragged, extended, finished } from "../stroke";
import type { ToolName } from "../tools";
import { ground } from "./samples";

const COLUMNS = 300;
const ROWS = 200;
const ZOOMS = [0.25, 0.6, 1, 1.7, 4, 30];
const TURNS = ([0, 1, 2, 3] as const).flatMap((quarters) => [false, true].map((isMirrored) => ({ quarters, isMirrored })));
const PIXELS: Pair[] = [[1, 1], [1, 2.5], [0.4, 1]];

const WAYS = ZOOMS.flatMap((zoom) => TURNS.flatMap((turn) => PIXELS.map((pixel) => ({ zoom, turn, pixel }))));

/** As Cornerstone would place it: the image's middle stays in the pane's, wherever that falls between CSS pixels. */
function placementOf({ zoom, turn, pixel }: (typeof WAYS)[number]): Placement {
  const { right, down } = axes(turn);
  const across: Point = [right[0] * zoom * pixel[0], right[1] * zoom * pixel[0]];
  const along: Point = [down[0] * zoom * pixel[1], down[1] * zoom * pixel[1]];
  const [cx, cy] = [(COLUMNS - 1) / 2, (ROWS - 1) / 2];
  return { origin: [512.3 - cx * across[0] - cy * along[0], 384.7 - cx * across[1] - cy * along[1]], right: across, down: along };
}

const TRUTHS: [ToolName, Pair[]][] = [
  ["box", [[40.25, 30.5], [141.75, 120.25]]],
  ["ellipse", [[40.25, 30.5], [141.75, 120.25]]],
  ["length", [[20.5, 180.25], [260.75, 33.5]]],
  ["point", [[151.25, 99.75]]],
  ["polygon", [[30.25, 40.5], [200.5, 20.25], [240.75, 150.5], [90.25, 180.75]]],
  ["bidirectional", [[40.25, 100.5], [240.75, 100.5], [140.5, 40.25], [140.5, 160.75]]],
];

const drawnBy = (tool: ToolName, points: readonly Pair[], spacing: Pair): Shape | null => {
  const stroke = begun(tool, ground(COLUMNS, ROWS, { x: spacing[0], y: spacing[1], isAtDetector: false }));
  const [a, b, c, d] = points as [Pair, Pair, Pair, Pair];
  if (tool === "polygon" || tool === "point") return finished(extended(stroke, ...points));
  const first = dragged(stroke, a, b);
  return finished(tool === "bidirectional" ? dragged(first, c, d) : first);
};

const corners = (kind: MarkKind, shape: Shape): readonly Pair[] => kindOf(kind).handles(shape).map((one) => one.at);

describe.each(TRUTHS)("a %s", (tool, truth) => {
  const kind = tool as MarkKind;
  const exact = (pixel: Pair) => corners(kind, drawnBy(tool, truth, pixel) as Shape);

  test.each(WAYS)("zoom $zoom, turned $turn.quarters, mirrored $turn.isMirrored, pixels $pixel", (way) => {
    const placement = placementOf(way);
    const mouse = truth.map((point) => toScreen(placement, point).map(Math.round) as unknown as Point);
    const drawn = drawnBy(tool, mouse.map((point) => toImage(placement, point)), way.pixel);
    // Half a CSS pixel to either side is all that the mouse can tell.
    const pointer = way.pixel.map((size) => 0.5 / (way.zoom * size));
    expect(drawn).not.toBeNull();
    corners(kind, drawn as Shape).forEach(([x, y], n) => {
      const [tx, ty] = exact(way.pixel)[n] as Pair;
      expect(Math.abs(x - tx)).toBeLessThanOrEqual(1 + (pointer[0] as number));
      expect(Math.abs(y - ty)).toBeLessThanOrEqual(1 + (pointer[1] as number));
    });
  });
});

test.each(WAYS.filter(({ zoom }) => zoom >= 1))(
  "a freehand outline keeps within a pixel of the hand: zoom $zoom, turned $turn.quarters, mirrored $turn.isMirrored, pixels $pixel",
  (way) => {
    const placement = placementOf(way);
    const hand = Array.from({ length: 400 }, (_, n): Pair => {
      const turn = (2 * Math.PI * n) / 400;
      return [150 + 90 * Math.cos(turn) + 4 * Math.sin(5 * turn), 100 + 60 * Math.sin(turn) + 3 * Math.cos(7 * turn)];
    });
    const seen = hand.map((point) => toImage(placement, toScreen(placement, point).map(Math.round) as unknown as Point));
    const { points } = drawnBy("polygon", seen, way.pixel) as { points: readonly Pair[] };
    const off = Math.max(...hand.map((point) => Math.min(...points.map((end, n) =>
      distanceToSegment(point, points[(n + 1) % points.length] as Pair, end)))));
    const pointer = Math.hypot(...way.pixel.map((size) => 0.5 / (way.zoom * size)));
    expect(off).toBeLessThanOrEqual(0.5 + pointer);
  },
);
