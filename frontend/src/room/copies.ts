/** Marks on more slices: copied to the next ones, carried through a run of them, or brought to the earlier study. */
import type { Region } from "../session/content";
import type { Slice } from "../session/geometry";
import * as session from "../session/marks";
import { isOnImage, type RegionOf } from "../session/regions";
import { newTrack } from "../session/track";
import { type Place, placeOf, placeOfMark } from "./places";
import type { Room } from "./room";
import type { Stage } from "./stage";
import { contentOf, findingOf, type Open } from "./state";

/** The chosen mark on the next `count` slices (`by` 1) or the ones before, as marks of their own; then shows the last of them. */
export function propagate(room: Room, stage: Stage, by: 1 | -1, count = 1): void {
  const { open } = room.state;
  const { chosen } = room.marks;
  const finding = open && chosen && findingOf(open, chosen.finding_id);
  if (!open || !chosen || !finding) return room.tell("Choose a mark first: click it.");
  if (!isOnImage(chosen)) return room.tell("A mark on a plane stays on its plane.");
  if (chosen.kind === "box3d") return carry(room, stage, by, count);
  const slices = beside(open, chosen, by, count);
  if (!slices.length) return room.tell(`There is no ${by > 0 ? "slice after" : "slice before"} this one.`);
  if (!room.mayEdit()) return;
  const copies = session.copiesOf(chosen, slices.map(sliceOf), contentOf(open).regions, newTrack);
  const last = slices.at(-1) as Place;
  open.chosen = copies.at(-1)?.track ?? markOn(open, chosen, sliceOf(last))?.track ?? open.chosen;
  if (copies.length) room.edit(session.addMarks(contentOf(open), finding, copies, open.kase.findings));
  void stage.reveal(open, last.series, last.index).catch((error: unknown) => stage.fail(error));
}

const sliceOf = ({ image }: Place): Slice => ({ instance_id: image.instanceId, frame: image.frame });

/** Slices of the same size in that direction, nearest first. */
function beside(open: Open, region: Region, by: 1 | -1, count: number): Place[] {
  const from = placeOfMark(open, region);
  const images = from ? (open.series[from.series] ?? []) : [];
  const found: Place[] = [];
  for (let step = 1; from && step <= count; step += 1) {
    const index = from.index + by * step;
    const image = images[index];
    if (!image || image.rows !== from.image.rows || image.columns !== from.image.columns) break;
    found.push({ series: from.series, index, image });
  }
  return found;
}

const markOn = (open: Open, like: Region, { instance_id, frame }: Slice): Region | undefined =>
  contentOf(open).regions.find((one) =>
    one.finding_id === like.finding_id && one.kind === like.kind && one.instance_id === instance_id && one.frame === frame);

/** A 3-D box is made deeper by so many slices. */
function carry(room: Room, stage: Stage, by: 1 | -1, count: number): void {
  const { open } = room.state;
  const box = chosenBox3d(room);
  const place = open && box && placeOf(open, by > 0 ? box.geometry.last : box.geometry.first);
  if (!open || !place) return;
  const images = open.series[place.series] ?? [];
  const index = Math.min(Math.max(place.index + by * count, 0), images.length - 1);
  endsAt(room, by > 0 ? "last" : "first", { series: place.series, index, image: images[index] ?? place.image });
  void stage.reveal(open, place.series, index).catch((error: unknown) => stage.fail(error));
}

export function chosenBox3d(room: Room): RegionOf<"box3d"> | null {
  const { chosen } = room.marks;
  return chosen?.kind === "box3d" && isOnImage(chosen) ? chosen : null;
}

/** The chosen 3-D box begins or ends on this slice; its ends change places when they would cross. */
export function endsAt(room: Room, end: "first" | "last", place: Place | null): void {
  const { open } = room.state;
  const box = chosenBox3d(room);
  if (!open || !box) return room.tell("Choose a 3-D box first: t 3 draws one.");
  const { geometry } = box;
  const [first, last] = [placeOf(open, geometry.first), placeOf(open, geometry.last)];
  if (!place || !first || !last || place.series !== first.series) return room.tell("Page to a slice of the box's own series, or drag its sides on a plane across.");
  const isAsLarge = place.image.rows === first.image.rows && place.image.columns === first.image.columns;
  if (!isAsLarge) return room.tell("That slice is of another size.");
  const ends: [Place, Place] = end === "first" ? [place, last] : [first, place];
  const [a, b] = ends.sort((one, other) => one.index - other.index);
  room.marks.change(box.track, (region, content) => {
    const moved = { ...geometry, first: sliceOf(a), last: sliceOf(b) };
    return session.changeMark(content, box.track, moved, region.laterality, room.marks.finding(region));
  });
}
