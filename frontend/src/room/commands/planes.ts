/** Planes of a volume, slabs, and cine. */
import type { CommandName } from "../../session/keys";
import type { Stage } from "../stage";
import type { Commands } from "./table";

export const PLANES: Commands = {
  "view:mpr": (_, stage) => void stage.planes.toggle(),
  "view:crosshair": (_, stage) => stage.planes.crosshair(),
  "view:slab": (_, stage) => stage.planes.slab(),
  "view:slab-thickness": (_, stage, { by }) => stage.planes.thickness(by),
  "view:next-plane": (_, stage) => stage.activateNext(1),
  "view:cine": (_, stage) => stage.cine.toggle(),
  "view:cine-speed": (_, stage, { by }) => stage.cine.speed(by),
  "view:cine-loop": (_, stage) => stage.cine.turnAround(),
};

/** These go on while it plays; every other act stops it. */
const OF_CINE: ReadonlySet<CommandName> = new Set(["view:cine", "view:cine-speed", "view:cine-loop"]);

export function interrupt(stage: Stage, command: CommandName): void {
  if (!OF_CINE.has(command)) stage.cine.player.stop();
}
