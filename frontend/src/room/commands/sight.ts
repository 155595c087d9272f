/** Looking closer: the probe, the header, dark or light. */
import type { Commands } from "./table";

export const SIGHT: Commands = {
  "tool:probe": (room) => room.sight.toggleProbe(),
  "view:theme": (room) => room.sight.toggleTheme(),
  "view:tags": (room, stage) => {
    const image = stage.pane.view.current;
    if (image) void room.sight.openTags(image);
    else room.tell("A plane through a volume has no header of its own. Leave the planes first (g m).");
  },
};
