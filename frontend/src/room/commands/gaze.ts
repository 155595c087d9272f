/** Where the reader looked, what was said, and what follows from both. */
import type { Commands } from "./table";

export const GAZE: Commands = {
  "view:looked": (room) => void room.gaze?.replay.toggle(),
  "view:listen": (room) => {
    if (room.gaze?.isOn) void room.gaze.ear.toggle();
    else room.tell("Nothing is recorded here: you allow it under My readings, Looking and speaking.");
  },
  "view:named": (room) => room.gaze?.takeNext(),
};
