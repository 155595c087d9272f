/** What is drawn over a viewport, and what the hand does there. */
import { type Region } from "../session/content";
import { isUnchecked } from "../session/marks";
import { isPending } from "../session/suggestions";
import { isShown } from "../session/threshold";
import { probabilityInWords } from "../session/wording";
import type { Slice } from "../session/geometry";
import type { SliceImage } from "../viewer/loading/images";
import type { Ground } from "../viewer/marks/kind";
import { kindOf } from "../viewer/marks/kinds/table";
import type { Drawing, ShownSuggestion } from "../viewer/marks/layer";
import type { Mark } from "../viewer/marks/placed";
import { begun } from "../viewer/marks/stroke";
import { toolOf } from "../viewer/marks/tools";
import type { PaneEvents } from "../viewer/pane";
import * as acts from "./acts";
import type { Cell } from "./cell";
import { hinted } from "./hints";
import { placeOf } from "./places";
import type { Room } from "./room";
import type { Stage } from "./stage";
import { contentOf, findingOf, isEditable, type Open, suggestionOf } from "./state";
import { maskUnder } from "./through-slices";
import { boxAround } from "../viewer/marks/rle";

/** For one viewport. On an earlier study nothing is drawn anew, but what was copied there can be moved. */
export function eventsOf(room: Room, stage: Stage, cell: Cell): PaneEvents {
  const { marks } = room;
  const isOfCase = (): boolean => cell.hung !== null && cell.hung.place !== null;
  marks.places.others = () => stage.cells.flatMap(({ hung }) => (hung?.prior ? hung.images : []));
  return {
    drawing: (ground) => drawing(room, ground),
    tool: () => (isOfCase() || (marks.chosenTool && toolOf(marks.chosenTool).isPassing) ? marks.tool : marks.chosenTool),
    mayBegin: (tool, ground) => marks.mayBegin(tool, ground, isOfCase()),
    mayChange: () => room.state.open !== null && isEditable(room.state.open) && !room.state.busy,
    stroke: () => marks.under.stroke,
    keepStroke: (stroke) => marks.under.keep(stroke),
    begun: (tool, ground) => begun(tool, ground, room.state.open?.inHand ?? null),
    label: ({ tool, finding }) => (toolOf(tool).isPassing ? "" : nameOf(room.state.open, finding)),
    made: ({ tool, ground, finding }, shape) => marks.made(tool, shape, ground, finding),
    reshaped: (track, shape, ground) => marks.reshaped(track, shape, ground),
    chosen: (track) => marks.choose(track),
    brush: (ground) => brush(room, ground),
    painted: (mask, ground) => marks.painted(mask, ground),
    suggestion: (finding, act) => (finding < 0 ? room.gaze?.onProposal(-1 - finding, act) : acts.onSuggestion(room, finding, act)),
    viewChanged: () => stage.viewChanged(cell),
    failed: (error) => stage.fail(error, cell),
  };
}

const nameOf = (open: Open | null, finding: number | null): string => (open && findingOf(open, finding)?.name) ?? "";

function brush(room: Room, ground: Ground): ReturnType<PaneEvents["brush"]> {
  const { marks, state } = room;
  const { open } = state;
  const paints = marks.tool && toolOf(marks.tool).paints;
  if (!open || (paints !== 0 && paints !== 1)) return null;
  const { cut } = ground;
  if (cut) return marks.brush.through(imagesOf(open, cut.slices), cut, paints, () => maskUnder(open, cut));
  const place = ground.slice && placeOf(open, ground.slice);
  if (!place) return null;
  return marks.brush.on(place.image, ground, paints, marks.maskOn(ground));
}

const imagesOf = (open: Open, slices: readonly Slice[]): SliceImage[] => slices.flatMap((slice) => placeOf(open, slice)?.image ?? []);

function drawing(room: Room, ground: Ground): Drawing {
  const { open } = room.state;
  if (!open) return { own: [], suggested: [], chosen: null };
  const own = contentOf(open).regions.flatMap((region) => markOn(room, open, region, ground));
  return { own: [...own, ...room.marks.measures.on(ground)], suggested: [...suggested(room, open, ground), ...(room.gaze?.suggested(open, ground) ?? [])], chosen: open.chosen };
}

function markOn(room: Room, open: Open, region: Region, ground: Ground): Mark[] {
  const geometry = room.marks.places.shapeOn(region, ground);
  if (!geometry) return [];
  const name = findingOf(open, region.finding_id)?.name ?? "retired finding";
  const sign = room.text.of(open, region.track).length ? " ❝" : "";
  const label = `${region.laterality ? `${name}, ${region.laterality}` : name}${sign}`;
  const size = kindOf(region.kind).measure(geometry, ground);
  return [{ track: region.track, kind: region.kind, geometry, label, size, isUnchecked: isUnchecked(region) }];
}

function suggested(room: Room, open: Open, { slice }: Ground): ShownSuggestion[] {
  if (!slice) return [];
  const isNext = acts.suggestedNext(room, open)?.id === open.inHand;
  const titles = {
    accept: isNext ? hinted(room, "Accept", "suggestion.accept") : "Accept", reject: hinted(room, "Reject", "suggestion.reject"),
  };
  const pending = open.kase.findings.filter((finding) => isPending(contentOf(open), finding));
  return pending.flatMap((finding) => {
    const suggestion = suggestionOf(open, finding);
    if (suggestion && !isShown(suggestion, room.form.leastShown)) return [];
    const here = suggestion?.boxes.filter((one) => one.instance_id === slice.instance_id && one.frame === slice.frame) ?? [];
    const labelled = (probability: number, isCalibrated: boolean): string =>
      `suggested: ${finding.name}, ${probabilityInWords(probability, isCalibrated)}`;
    const shared = { finding: finding.id, isInHand: open.inHand === finding.id, titles };
    const masks = suggestion?.masks?.filter((one) => one.instance_id === slice.instance_id && one.frame === slice.frame) ?? [];
    return [
      ...here.map((box) => ({ ...shared, id: box.id, box, label: labelled(box.probability, suggestion?.calibrated ?? false) })),
      ...masks.flatMap((mask) => {
        const box = boxAround(mask);
        return box ? [{ ...shared, id: mask.id, box, mask, label: labelled(mask.probability, false) }] : [];
      }),
    ];
  });
}
