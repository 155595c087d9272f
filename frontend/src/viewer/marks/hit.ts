/** Which part of which mark lies under the pointer. Pure; CSS pixels. */
import type { Point } from "../stack/placement";
import type { PlacedLine, PlacedMark } from "./placed";
import { distanceToSegment } from "./simplify";

export interface Hit {
  readonly track: string;
  /** A handle or side of the mark, or "body". */
  readonly part: string;
}

const REACH = 7;

/** The chosen mark can be taken anywhere, others by their outline: so a mark may be drawn inside another. */
export function hit(marks: readonly PlacedMark[], chosen: string | null, at: Point): Hit | null {
  const first = marks.find((one) => one.track === chosen);
  const rest = marks.filter((one) => one !== first);
  for (const mark of first ? [first, ...rest] : rest) {
    const part = partAt(mark, at, mark === first);
    if (part) return { track: mark.track, part };
  }
  return null;
}

function partAt(mark: PlacedMark, at: Point, isChosen: boolean): string | null {
  const isInside = mark.holds(at);
  const reach = isInside ? innerReach(mark) : REACH;
  const handle = mark.handles
    .map(({ part, at: [x, y] }) => ({ part, off: Math.max(Math.abs(x - at[0]), Math.abs(y - at[1])) }))
    .sort((a, b) => a.off - b.off)[0];
  if (handle && handle.off <= reach) return handle.part;
  for (const line of mark.lines) {
    const side = sideAt(line, at, reach);
    if (side !== null) return mark.sides[side] ?? "body";
  }
  return isInside && isChosen && mark.kind !== "mask" ? "body" : null;
}

/** Half of a small mark is left for taking it as a whole. */
function innerReach({ bounds }: PlacedMark): number {
  return Math.min(REACH, Math.min(bounds.right - bounds.left, bounds.bottom - bounds.top) / 4);
}

/** Index of the segment within reach, nearest first. */
function sideAt({ points, isClosed }: PlacedLine, at: Point, reach: number): number | null {
  let [found, least] = [null as number | null, reach];
  for (let n = 0; n < points.length - (isClosed ? 0 : 1); n += 1) {
    const off = distanceToSegment(at, points[n] as Point, points[(n + 1) % points.length] as Point);
    if (off <= least) [found, least] = [n, off];
  }
  return found;
}

/** The smallest mark around the point or within reach of it: what a click without a drag chooses. */
export function around(marks: readonly PlacedMark[], at: Point): string | null {
  const near = marks.filter((mark) => mark.holds(at) || partAt(mark, at, false) !== null);
  const extent = ({ bounds: b }: PlacedMark): number => (b.right - b.left) * (b.bottom - b.top);
  return near.sort((a, b) => extent(a) - extent(b))[0]?.track ?? null;
}

const ARROWS = ["ew-resize", "nwse-resize", "ns-resize", "nesw-resize"];

/** An arrow that points where a box's part goes on the screen, turned and flipped as it is. */
export function cursorOf(marks: readonly PlacedMark[], found: Hit | null): string {
  const mark = found && marks.find((one) => one.track === found.track);
  const handle = mark?.handles.find((one) => one.part === found?.part);
  if (!mark) return "";
  if (!handle || !mark.sides.length) return "move";
  const { left, top, right, bottom } = mark.bounds;
  const angle = Math.atan2(handle.at[1] - (top + bottom) / 2, handle.at[0] - (left + right) / 2);
  const isCorner = handle.part.length === 2;
  // Corners of flat boxes still pull along a diagonal.
  const diagonal = Math.sign(Math.sin(angle)) === Math.sign(Math.cos(angle)) ? 1 : 3;
  const eighth = isCorner ? diagonal : Math.round(angle / (Math.PI / 4));
  return ARROWS[((eighth % 4) + 4) % 4] as string;
}
