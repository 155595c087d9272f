/** Marks on the image and the tools that draw them. */
import type { Region } from "../../session/content";
import type { Slice } from "../../session/geometry";
import { groundOf } from "../../viewer/marks/ground";
import { middleOf } from "../../viewer/marks/middle";
import { type ToolName, TOOLS } from "../../viewer/marks/tools";
import { alongAxes } from "../../viewer/stack/placement";
import * as acts from "../acts";
import { endsAt, propagate } from "../copies";
import { placeOf, placeOfMark } from "../places";
import { linkWords } from "../report-hand";
import type { Room } from "../room";
import type { Stage } from "../stage";
import { contentOf } from "../state";
import { copyToPrior } from "../to-prior";
import type { Commands } from "./table";

const tools = Object.fromEntries(
  (Object.keys(TOOLS) as ToolName[]).map((tool) => [`tool:${tool}`, (room: Room) => room.marks.take(tool)]),
) as Commands;

export const MARKS: Commands = {
  ...tools,
  "tool:none": (room) => room.marks.take(null),
  "delete-box": (room) => remove(room),
  nudge: (room, stage, { dx, dy }) => nudge(room, stage, dx, dy, false),
  resize: (room, stage, { dx, dy }) => nudge(room, stage, dx, dy, true),
  mark: (room, stage, { by }) => chooseNext(room, stage, by),
  propagate: (room, stage, { by }) => propagate(room, stage, by),
  "edit-mark": (room) => edit(room),
  "link-words": (room) => linkWords(room),
  "place-mark": (room, stage) => placeMark(room, stage),
  "brush-size": (room, _, { by }) => {
    room.marks.brush.grow(by);
    room.tell(`Brush: ${room.marks.brush.inWords()}.`);
  },
  "copy-to-prior": (room, stage) => copyToPrior(room, stage),
  "brush-range": (room, stage) => keepToWindow(room, stage),
  "box-first": (room, stage) => endsAt(room, "first", placeShown(room, stage)),
  "box-last": (room, stage) => endsAt(room, "last", placeShown(room, stage)),
};

/** Without a mouse: a mark of the tool in hand, which the keys of the chosen mark then shape. */
function placeMark(room: Room, stage: Stage): void {
  const { image, hung } = stage.active;
  const { view } = stage.pane;
  const [ground, placement] = [groundOf(view), view.placement()];
  const tool = room.marks.tool ?? "box";
  if (!ground || !placement || !room.marks.mayBegin(tool, ground, hung?.place !== null)) return;
  const shape = middleOf(tool, placement, { width: image.clientWidth, height: image.clientHeight }, ground);
  if (!shape) return room.tell("By keyboard: box, ellipse, point, length, two diameters or 3-D box. Take such a tool first (t).");
  room.marks.made(tool, shape, ground, room.state.open?.inHand ?? null);
  room.tell("Placed. ⇧ and arrows move it, Alt ⇧ by ten, Ctrl ⇧ and arrows make it larger or smaller.");
}

function placeShown(room: Room, stage: Stage): ReturnType<typeof placeOf> {
  const { open } = room.state;
  const { view } = stage.pane;
  const image = view.current;
  const cut = groundOf(view)?.cut;
  if (cut?.axes[2] === 2) return (open && placeOf(open, cut.slices[cut.layer] as Slice)) ?? null;
  return open && image && placeOf(open, { instance_id: image.instanceId, frame: image.frame });
}

function remove(room: Room): void {
  const { chosen } = room.marks;
  if (chosen) room.marks.remove(chosen.track);
  else if (!acts.unsay(room, room.state.open?.inHand ?? null)) room.tell("Choose a mark first: click it.");
}

/** Towards a direction of the screen, however the picture is turned. */
function nudge(room: Room, stage: Stage, dx: number, dy: number, isResizing: boolean): void {
  const { chosen } = room.marks;
  const [ground, placement] = [groundOf(stage.pane.view), stage.pane.view.placement()];
  if (!chosen || !ground || !placement || !room.mayEdit()) return;
  const [x, y] = alongAxes(placement, [dx, dy]);
  room.marks.nudge(chosen, ground, x, y, isResizing);
}

/** The next mark of the case, in the order in which they were made; its slice is shown. */
function chooseNext(room: Room, stage: Stage, by: 1 | -1): void {
  const { open } = room.state;
  const all = open ? contentOf(open).regions : [];
  if (!all.length) return room.tell("There is no mark on this case yet.");
  const place = all.findIndex((one) => one.track === open?.chosen);
  const next = all[(place < 0 && by < 0 ? all.length - 1 : place + by + all.length) % all.length];
  if (next) goTo(room, stage, next.track);
}

export function goTo(room: Room, stage: Stage, track: string): void {
  const { open } = room.state;
  const region = open && contentOf(open).regions.find((one) => one.track === track);
  if (!open || !region) return;
  room.marks.choose(track);
  const place = placeOfMark(open, region);
  const shown = place ? stage.reveal(open, place.series, place.index) : showEarlier(stage, region);
  void shown.catch((error: unknown) => stage.fail(error));
  requestAnimationFrame(() => document.querySelector(".marks li.chosen")?.scrollIntoView({ block: "nearest" }));
}

/** Pages the viewport where the earlier study hangs. */
async function showEarlier(stage: Stage, { instance_id, frame }: Region): Promise<void> {
  for (const cell of stage.cells) {
    const index = cell.hung?.images.findIndex((one) => one.instanceId === instance_id && one.frame === frame) ?? -1;
    if (index >= 0) return cell.pane.view.goTo(index);
  }
}

function edit(room: Room): void {
  if (!room.marks.chosen) return room.tell("Choose a mark first: click it.");
  document.querySelector<HTMLElement>(".mark-editor input[type=text]")?.focus();
}

/** From the window as it is now; pressed again, any grey is painted. */
function keepToWindow(room: Room, stage: Stage): void {
  const { brush } = room.marks;
  brush.range = brush.range ? null : stage.pane.view.window;
  room.tell(`Brush: ${brush.inWords()}.`);
}
