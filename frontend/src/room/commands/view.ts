/** How images are laid out and turned: viewports, planes, cine. */
import { flippedAcross, flippedDown, type Turn, turned } from "../../viewer/turn";
import type { Link } from "../links";
import type { Room } from "../room";
import type { Stage } from "../stage";
import type { Commands } from "./table";

export const VIEW: Commands = {
  "view:viewports": (_, stage, { count }) => stage.hanging.divide(count),
  "view:pane": (_, stage, { by }) => stage.activateNext(by),
  "view:as-hung": (_, stage) => void stage.hanging.reset(),
  "view:prior": (_, stage) => void stage.hanging.prior(),
  "view:link": (room, stage) => link(room, stage, "scroll"),
  "view:link-zoom": (room, stage) => link(room, stage, "zoom"),
  "view:link-window": (room, stage) => link(room, stage, "window"),
  "view:rotate": (_, stage) => turn(stage, turned),
  "view:flip-horizontally": (_, stage) => turn(stage, flippedAcross),
  "view:flip-vertically": (_, stage) => turn(stage, flippedDown),
  "view:magnifier": (room, stage) => {
    stage.lens.next();
    room.changed();
  },
};

/** Planes have links of their own, by their crossing. */
function link(room: Room, stage: Stage, which: Link): void {
  if (which === "scroll" && stage.planes.active) return stage.planes.link();
  stage.links.toggle(which);
  room.changed();
}

function turn(stage: Stage, change: (turn: Turn) => Turn): void {
  if (stage.active.shown.is !== "shown") return;
  const { view } = stage.pane;
  view.turn = change(view.turn);
}
