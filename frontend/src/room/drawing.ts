/** What is drawn over an image of the case, and what the hand did to it. */
import * as boxes from "../session/boxes";
import { type Box, type BoxRegion, PLAIN_MARK } from "../session/content";
import { isBox } from "../session/regions";
import { isPending } from "../session/suggestions";
import { probabilityInWords } from "../session/wording";
import type { Drawing, OwnBox, ShownSuggestion } from "../viewer/boxes/layer";
import { sideOf } from "../viewer/boxes/side";
import type { SliceImage } from "../viewer/loading/images";
import type { PaneEvents } from "../viewer/pane";
import * as acts from "./acts";
import type { Cell } from "./cell";
import type { Room } from "./room";
import type { Stage } from "./stage";
import { contentOf, findingOf, isEditable, type Open, suggestionOf } from "./state";

/** For one viewport: marks belong to the case, so nothing is drawn on an earlier study. */
export function eventsOf(room: Room, stage: Stage, cell: Cell): PaneEvents {
  const isOfCase = (): boolean => cell.hung !== null && cell.hung.place !== null;
  const mayChange = (): boolean => {
    const { open, busy } = room.state;
    return open !== null && isEditable(open) && !busy && isOfCase();
  };
  return {
    drawing: (image) => drawing(room, image),
    mayDraw: () => mayChange() && (findingOf(room.state.open as Open, room.state.open?.inHand ?? null)?.wants_boxes ?? false),
    mayChange,
    label: () => findingOf(room.state.open as Open, room.state.open?.inHand ?? null)?.name ?? "",
    drawn: (image, box) => drawn(room, image, box),
    reshaped: (track, box) => reshaped(room, cell, track, box),
    chosen: (track) => choose(room, track),
    suggestion: (finding, act) => acts.onSuggestion(room, finding, act),
    viewChanged: () => stage.viewChanged(cell),
    failed: (error) => stage.fail(error, cell),
  };
}

function drawing(room: Room, image: SliceImage): Omit<Drawing, "live"> {
  const { open } = room.state;
  if (!open) return { own: [], suggested: [], chosen: null };
  const here = contentOf(open).regions.filter(isBox).filter((one) => one.instance_id === image.instanceId && one.frame === image.frame);
  return { own: here.map((one) => ownBox(open, one)), suggested: suggested(open, image), chosen: open.chosen };
}

function ownBox(open: Open, region: BoxRegion): OwnBox {
  const name = findingOf(open, region.finding_id)?.name ?? "retired finding";
  const label = region.laterality ? `${name}, ${region.laterality}` : name;
  return { track: region.track, box: region.geometry, label };
}

function suggested(open: Open, image: SliceImage): ShownSuggestion[] {
  const pending = open.kase.findings.filter((finding) => isPending(contentOf(open), finding));
  return pending.flatMap((finding) => {
    const suggestion = suggestionOf(open, finding);
    const here = suggestion?.boxes.filter((one) => one.instance_id === image.instanceId && one.frame === image.frame) ?? [];
    return here.map((box) => ({
      id: box.id, finding: finding.id, box, isInHand: open.inHand === finding.id,
      label: `suggested: ${finding.name}, ${probabilityInWords(box.probability, suggestion?.calibrated ?? false)}`,
    }));
  });
}

function drawn(room: Room, image: SliceImage, box: Box): void {
  const { open } = room.state;
  const finding = open && findingOf(open, open.inHand);
  if (!open || !finding) return;
  const region: BoxRegion = {
    ...PLAIN_MARK, track: crypto.randomUUID(), finding_id: finding.id, instance_id: image.instanceId, frame: image.frame, kind: "box",
    geometry: box, laterality: finding.has_laterality ? sideOf(box, image.columns, image.header) : "", suggestion: null,
  };
  open.chosen = region.track;
  room.edit(boxes.addBox(contentOf(open), finding, region, open.kase.findings));
}

function reshaped(room: Room, cell: Cell, track: string, box: Box): void {
  const { open } = room.state;
  const region = open && contentOf(open).regions.filter(isBox).find((one) => one.track === track);
  const finding = region && findingOf(open, region.finding_id);
  const image = cell.pane.view.current;
  if (!finding || !image) return;
  open.chosen = track;
  const before = sideOf(region.geometry, image.columns, image.header);
  const side = region.laterality === before ? sideOf(box, image.columns, image.header) : region.laterality;
  room.edit(boxes.changeBox(contentOf(open), track, box, side, finding));
}

function choose(room: Room, track: string | null): void {
  const { open } = room.state;
  if (!open) return;
  open.chosen = track;
  const region = contentOf(open).regions.find((one) => one.track === track);
  if (region) open.inHand = region.finding_id;
  room.changed();
}
