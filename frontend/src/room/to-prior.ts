/** The chosen mark on the earlier study beside the case: at the same place of the patient where both studies share one frame of
 *  reference, else at the same relative place. Marked as a copy, for the reader to look at. */
import type { Region } from "../session/content";
import type { Mask, Pair } from "../session/geometry";
import { UNCHECKED } from "../session/marks";
import { isOnImage } from "../session/regions";
import { newTrack } from "../session/track";
import type { SliceImage } from "../viewer/loading/images";
import { imageGround } from "../viewer/marks/ground";
import type { Shape } from "../viewer/marks/kinds/table";
import { fitted, isPointKind, mapped, type PointKind } from "../viewer/marks/mapped";
import { type ImagePlane, imagePlane } from "../viewer/marks/on-plane";
import { pixelsOf } from "../viewer/marks/placed";
import { encoded } from "../viewer/marks/rle";
import { toPlane, toWorld } from "../viewer/volume/plane-frame";
import { type Place, placeOf } from "./places";
import type { Room } from "./room";
import type { Stage } from "./stage";
import { contentOf } from "./state";

export interface Copy {
  readonly image: SliceImage;
  readonly index: number;
  readonly geometry: Shape;
}

export function copyToPrior(room: Room, stage: Stage): void {
  const { open } = room.state;
  const { chosen } = room.marks;
  const cell = stage.cells.find((one) => one.hung?.prior && one.hung.images.length);
  if (!open || !chosen || !isOnImage(chosen)) return room.tell("Choose a mark on an image first: click it.");
  if (!isPointKind(chosen.kind) && chosen.kind !== "mask") return room.tell("A 3-D box can't be copied to another study. Copy a box.");
  if (!cell?.hung) return room.tell("There is no earlier study beside the case. g o hangs one.");
  const place = placeOf(open, chosen);
  const copy = place && copied(chosen.kind, chosen.geometry, place, open.series[place.series] ?? [], cell.hung.images);
  if (!copy) return room.tell("The place of that mark is outside of the earlier images.");
  if (!room.mayEdit()) return;
  const region = {
    ...chosen, track: newTrack(), instance_id: copy.image.instanceId, frame: copy.image.frame, geometry: copy.geometry,
    suggestion: null, note: [UNCHECKED, chosen.note].filter(Boolean).join(". ").slice(0, 300),
  } as Region;
  open.chosen = region.track;
  room.edit({ ...contentOf(open), regions: [...contentOf(open).regions, region] });
  room.tell("Copied to the earlier study. Check it there: move it, or say that it is right.");
  void cell.pane.view.goTo(copy.index).catch((error: unknown) => stage.fail(error, cell));
}

/** null where it would lie outside of what was imaged then. */
export function copied(
  kind: PointKind | "mask", geometry: Shape, place: Place, own: readonly SliceImage[], earlier: readonly SliceImage[],
): Copy | null {
  return laid(kind, geometry, inPatient(place.image, earlier)) ?? laid(kind, geometry, relative(place, own.length, earlier));
}

/** An image of the earlier study, and how pixels of the case lie on it. */
interface Match {
  readonly image: SliceImage;
  readonly index: number;
  to(point: Pair): Pair;
  from(point: Pair): Pair;
}

function laid(kind: PointKind | "mask", geometry: Shape, match: Match | null): Copy | null {
  if (!match) return null;
  const { image, index } = match;
  const shape = kind === "mask"
    ? resampled(geometry as Mask, image, match.from)
    : fitted(kind, mapped(kind, geometry, match.to), imageGround(image));
  return shape && { image, index, geometry: shape };
}

/** A pixel then is in the mask where the pixel nearest to its centre now is; null where none is. */
function resampled(mask: Mask, { rows, columns }: SliceImage, from: Match["from"]): Mask | null {
  const [before, after] = [pixelsOf(mask), new Uint8Array(rows * columns)];
  for (let y = 0, at = 0; y < rows; y += 1) {
    for (let x = 0; x < columns; x += 1, at += 1) {
      const [column, row] = from([x, y]).map(Math.round) as [number, number];
      if (column >= 0 && row >= 0 && column < mask.columns && row < mask.rows) after[at] = before[row * mask.columns + column] as number;
    }
  }
  return after.some(Boolean) ? encoded(after, rows, columns) : null;
}

/** The slice of the earlier study nearest to this one, in the same frame of reference. */
function inPatient(image: SliceImage, earlier: readonly SliceImage[]): Match | null {
  const from = imagePlane(image);
  const centre: Pair = [(image.columns - 1) / 2, (image.rows - 1) / 2];
  if (!from) return null;
  let best: { index: number; off: number } | null = null;
  for (const [index, one] of earlier.entries()) {
    const to = imagePlane(one);
    if (!to || to.plane.frameOfReference !== from.plane.frameOfReference) continue;
    const off = Math.abs(toPlane(to.plane, toWorld(from.plane, from.toMillimetres(centre))).depth);
    if (!best || off < best.off) best = { index, off };
  }
  const target = best && earlier[best.index];
  const to = target && imagePlane(target);
  if (!best || !target || !to) return null;
  const between = (a: ImagePlane, b: ImagePlane) => (point: Pair): Pair =>
    b.toPixels(toPlane(b.plane, toWorld(a.plane, a.toMillimetres(point))).at);
  return { image: target, index: best.index, to: between(from, to), from: between(to, from) };
}

/** As far through the series, and as far across and down the image. */
function relative({ image, index }: Place, count: number, earlier: readonly SliceImage[]): Match | null {
  const at = Math.round((count > 1 ? index / (count - 1) : 0.5) * (earlier.length - 1));
  const target = earlier[at];
  if (!target) return null;
  const between = (a: SliceImage, b: SliceImage) => ([x, y]: Pair): Pair => [
    ((x + 0.5) * b.columns) / a.columns - 0.5, ((y + 0.5) * b.rows) / a.rows - 0.5,
  ];
  return { image: target, index: at, to: between(image, target), from: between(target, image) };
}
