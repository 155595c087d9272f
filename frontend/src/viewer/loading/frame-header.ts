/** One frame's header: what all frames share with what its own group says; and the part of it that Cornerstone can use. Pure. */
import type { Point3 } from "../view";
import { dot, length, minus, times, unit } from "../volume/vectors";
import { type Header, numbers } from "./header";

const FRAME_GROUPS = "52009230";

/** Flat: the numbers of the frame's own group (position, spacing, rescale, window) stand in place of the common ones. */
export function ofFrame(whole: Header, frame: number): Header {
  const groups = whole[FRAME_GROUPS]?.Value as Header[] | undefined;
  if (!groups) return whole;
  const { [FRAME_GROUPS]: _, ...common } = whole;
  const own = groups[frame] ?? {};
  const numbers = Object.values(own).flatMap((macro) => ((macro.Value ?? []) as Header[]).slice(0, 1));
  // The groups stay beside their numbers: that a frame has a place of its own can be seen by its Plane Position.
  return Object.assign({}, common, own, ...numbers) as Header;
}

const ORIENTATION = "00200037";
/** Shorter than this, or as parallel, direction cosines say nothing. */
const LEAST_LENGTH = 0.5;

/** Direction cosines of length one at a right angle: where a file has rounded them, one side of its picture would come out short. */
export function withUnitAxes(header: Header): Header {
  const cosines = numbers(header, ORIENTATION);
  if (cosines.length !== 6) return header;
  const [row, column] = [cosines.slice(0, 3), cosines.slice(3)] as unknown as [Point3, Point3];
  if (length(row) < LEAST_LENGTH) return header;
  const right = unit(row);
  const down = minus(column, times(right, dot(right, column)));
  if (length(down) < LEAST_LENGTH) return header;
  return { ...header, [ORIENTATION]: { vr: "DS", Value: [...right, ...unit(down)] } };
}

const SPACINGS = ["00280030", "00181164"];
/** Windows and tables are applied here (window/): Cornerstone reads VOI LUT Function by its first letter, and then fails. */
const OURS = ["00281056", "00283010", "00281055"];
/** With these Cornerstone would take the first frame's header for every frame. */
const OF_SEVERAL = ["00280008", "52009229", FRAME_GROUPS];

/** A pixel spacing of nought, as some digitisers write it, would leave nothing to look at; pixels that aren't square are drawn so. */
export function drawable(header: Header): Header {
  const wrong = SPACINGS.filter((tag) => header[tag] && !numbers(header, tag).every((value) => value > 0));
  const left = new Set([...wrong, ...OURS, ...OF_SEVERAL]);
  const kept = Object.fromEntries(Object.entries(header).filter(([tag]) => !left.has(tag))) as Header;
  const aspect = numbers(header, "00280034");
  const isBare = SPACINGS.every((tag) => !kept[tag]);
  if (isBare && aspect.length === 2 && aspect.every((value) => value > 0)) return { ...kept, "00280030": { vr: "DS", Value: aspect } };
  return kept;
}
