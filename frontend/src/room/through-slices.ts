/** 3-D boxes and masks belong to slices; here they are seen, drawn and painted on planes that cut square through those. */
import type { Content, Region } from "../session/content";
import type { Box, Box3d, Mask, Slice } from "../session/geometry";
import * as marks from "../session/marks";
import { isOnImage, type RegionOf } from "../session/regions";
import { imageGround } from "../viewer/marks/ground";
import type { Ground } from "../viewer/marks/kind";
import { clamped } from "../viewer/marks/kinds/box";
import type { Shape } from "../viewer/marks/kinds/table";
import type { Painted } from "../viewer/marks/painting";
import { pixelsOf } from "../viewer/marks/placed";
import { extentOf } from "../viewer/marks/rle";
import { type Cut, maskDrawn, maskSeen, type Span, spanDrawn, spanSeen } from "../viewer/marks/through";
import { placeOf } from "./places";
import type { Room } from "./room";
import { contentOf, findingOf, type Open } from "./state";

export type OnSlices = RegionOf<"box3d"> | RegionOf<"mask">;

export const isOnSlices = (region: Region): region is OnSlices => region.kind === "box3d" || region.kind === "mask";

const numberOf = (cut: Cut, { instance_id, frame }: Slice): number =>
  cut.slices.findIndex((one) => one.instance_id === instance_id && one.frame === frame);

/** What of the mark is seen on the plane: a box in its millimetres, a mask in its voxels; null where nothing is. */
export function seenOn(region: OnSlices, { cut, thickness, key }: Ground): Shape | null {
  if (!cut) return null;
  if (region.kind === "mask") return maskOn(region, cut, key);
  const span = spanOf(region.geometry, cut);
  const box = span && spanSeen(span, cut, thickness);
  return box && { ...region.geometry, ...box };
}

const seen = new WeakMap<Mask, { key: string; shape: Mask | null }>();

/** Unrolling a mask is work, and a plane is drawn often. */
function maskOn({ geometry, instance_id, frame }: RegionOf<"mask">, cut: Cut, key: string): Mask | null {
  const known = seen.get(geometry);
  if (known?.key === key) return known.shape;
  const slice = numberOf(cut, { instance_id, frame });
  const all = slice < 0 ? null : maskSeen(new Map([[slice, pixelsOf(geometry)]]), cut);
  const shape = all && extentOf(all) ? all : null;
  seen.set(geometry, { key, shape });
  return shape;
}

function spanOf({ x, y, w, h, first, last }: Box3d, cut: Cut): Span | null {
  const [a, b] = [numberOf(cut, first), numberOf(cut, last)];
  return Math.min(a, b) < 0 ? null : { x, y, w, h, first: Math.min(a, b), last: Math.max(a, b) };
}

/** The 3-D box that a box on the plane means; null where nothing of it would lie in the volume. */
export function boxFrom(open: Open, shape: Box, cut: Cut, before: Box3d | null): Box3d | null {
  const span = spanDrawn(shape, cut, before && spanOf(before, cut));
  const places = [span.first, span.last].flatMap((slice) => placeOf(open, cut.slices[slice] as Slice) ?? []);
  const [first, last] = places.sort((a, b) => a.index - b.index);
  const box = first && clamped(span, imageGround(first.image));
  const sliceOf = ({ instanceId, frame }: { instanceId: number; frame: number }): Slice => ({ instance_id: instanceId, frame });
  return first && last && box ? { ...box, first: sliceOf(first.image), last: sliceOf(last.image) } : null;
}

/** The finding's masks on the slices that the plane cuts: one of each slice, by its number. */
function masksOf(regions: readonly Region[], finding: number, cut: Cut): Map<number, RegionOf<"mask">> {
  const found = new Map<number, RegionOf<"mask">>();
  for (const region of regions) {
    if (region.kind !== "mask" || !isOnImage(region) || region.finding_id !== finding) continue;
    const slice = numberOf(cut, region);
    if (slice >= 0 && !found.has(slice)) found.set(slice, region);
  }
  return found;
}

const pixelsIn = (masks: ReadonlyMap<number, RegionOf<"mask">>): Map<number, Uint8Array> =>
  new Map([...masks].map(([slice, { geometry }]) => [slice, pixelsOf(geometry)]));

/** What the brush goes on with: the masks of the finding in hand, as the plane shows them. */
export function maskUnder(open: Open, cut: Cut): Painted | null {
  const masks = masksOf(contentOf(open).regions, open.inHand ?? 0, cut);
  return masks.size ? { tracks: [...masks.values()].map(({ track }) => track), geometry: maskSeen(pixelsIn(masks), cut) } : null;
}

/** After a stroke on the plane: every slice that it touched has its mask made, changed or deleted, in one step. */
export function paintedThrough(room: Room, mask: Mask, cut: Cut): void {
  const { open } = room.state;
  const finding = open && findingOf(open, open.inHand);
  if (!open || !finding || !room.mayEdit()) return;
  const masks = masksOf(contentOf(open).regions, finding.id, cut);
  let content: Content = contentOf(open);
  for (const [slice, after] of maskDrawn(mask, pixelsIn(masks), cut)) {
    const before = masks.get(slice);
    const place = placeOf(open, cut.slices[slice] as Slice);
    if (before && after) content = marks.changeMark(content, before.track, after, before.laterality, finding);
    else if (before) content = marks.removeMark(content, before.track, finding);
    else if (after && place) {
      const made = room.marks.places.region("mask", after, imageGround(place.image), finding);
      if (made) content = marks.addMark(content, finding, made, open.kase.findings);
    }
  }
  room.edit(content);
}
