/** The chosen mark on the earlier study beside the case: at the same place of the patient where both studies share one frame of
 *  reference, else at the same relative place. Marked as a copy, for the reader to look at. */
import type { Region } from "../session/content";
import type { Pair } from "../session/geometry";
import { UNCHECKED } from "../session/marks";
import { isOnImage } from "../session/regions";
import { newTrack } from "../session/track";
import type { SliceImage } from "../viewer/loading/images";
import { imageGround } from "../viewer/marks/ground";
import type { Shape } from "../viewer/marks/kinds/table";
import { fitted, isPointKind, mapped, type PointKind } from "../viewer/marks/mapped";
import { imagePlane } from "../viewer/marks/on-plane";
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
  if (!isPointKind(chosen.kind)) return room.tell("Masks and 3-D boxes can't be copied to another study.");
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
  kind: PointKind, geometry: Shape, place: Place, own: readonly SliceImage[], earlier: readonly SliceImage[],
): Copy | null {
  return inPatient(kind, geometry, place.image, earlier) ?? relative(kind, geometry, place, own.length, earlier);
}

/** The slice of the earlier study nearest to the mark, which must be parallel to its own. */
function inPatient(kind: PointKind, geometry: Shape, image: SliceImage, earlier: readonly SliceImage[]): Copy | null {
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
  const carry = (point: Pair): Pair => to.toPixels(toPlane(to.plane, toWorld(from.plane, from.toMillimetres(point))).at);
  const shape = fitted(kind, mapped(kind, geometry, carry), imageGround(target));
  return shape && { image: target, index: best.index, geometry: shape };
}

/** As far through the series, and as far across and down the image. */
function relative(
  kind: PointKind, geometry: Shape, { image, index }: Place, count: number, earlier: readonly SliceImage[],
): Copy | null {
  const at = Math.round((count > 1 ? index / (count - 1) : 0.5) * (earlier.length - 1));
  const target = earlier[at];
  if (!target) return null;
  const carry = ([x, y]: Pair): Pair => [
    ((x + 0.5) * target.columns) / image.columns - 0.5, ((y + 0.5) * target.rows) / image.rows - 0.5,
  ];
  const shape = fitted(kind, mapped(kind, geometry, carry), imageGround(target));
  return shape && { image: target, index: at, geometry: shape };
}
