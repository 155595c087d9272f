/** Marks on the image and the tools that draw them. */
import { groundOf } from "../../viewer/marks/ground";
import { alongAxes } from "../../viewer/stack/placement";
import type { Room } from "../room";
import type { Stage } from "../stage";
import { type ToolName, TOOLS } from "../../viewer/marks/tools";
import type { Commands } from "./table";

const tools = Object.fromEntries(
  (Object.keys(TOOLS) as ToolName[]).map((tool) => [`tool:${tool}`, (room: Room) => room.marks.take(tool)]),
) as Commands;

export const MARKS: Commands = {
  ...tools,
  "tool:none": (room) => room.marks.take(null),
  "delete-box": (room) => remove(room),
  nudge: (room, stage, { dx, dy }) => nudge(room, stage, dx, dy),
};

function remove(room: Room): void {
  const { chosen } = room.marks;
  if (chosen) room.marks.remove(chosen.track);
  else room.tell("Choose a mark first: click it.");
}

/** Towards a direction of the screen, however the picture is turned. */
function nudge(room: Room, stage: Stage, dx: number, dy: number, isResizing = false): void {
  const { chosen } = room.marks;
  const [ground, placement] = [groundOf(stage.pane.view), stage.pane.view.placement()];
  if (!chosen || !ground || !placement || !room.mayEdit()) return;
  const [x, y] = alongAxes(placement, [dx, dy]);
  room.marks.nudge(chosen, ground, x, y, isResizing);
}
