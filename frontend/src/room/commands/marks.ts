/** Marks on the image and the tools that draw them. */
import * as acts from "../acts";
import type { Room } from "../room";
import type { Stage } from "../stage";
import { isBox } from "../../session/regions";
import { contentOf } from "../state";
import type { Commands } from "./table";

export const MARKS: Commands = {
  "delete-box": (room) => acts.deleteBox(room),
  nudge: (room, stage, { dx, dy }) => nudge(room, stage, dx, dy),
};

function nudge(room: Room, stage: Stage, dx: number, dy: number): void {
  const { open } = room.state;
  const region = open && contentOf(open).regions.filter(isBox).find((one) => one.track === open.chosen);
  if (region?.kind === "box" && room.mayEdit()) stage.pane.nudge(region.track, region.geometry, dx, dy);
}
