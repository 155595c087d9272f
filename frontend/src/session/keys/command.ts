/** What a key may ask for. A command is handled in a table of its area under room/commands/. */
import type { State } from "../content";

export const TOOLS = [
  "none", "box", "polygon", "ellipse", "point", "length", "bidirectional", "box3d", "mask", "eraser", "ruler", "angle", "probe",
] as const;
export type Tool = (typeof TOOLS)[number];

export type ViewAct =
  | "mpr" | "link" | "rotate" | "flip-horizontally" | "flip-vertically" | "cine" | "tags" | "magnifier"
  | "crosshair" | "slab" | "cine-loop" | "next-plane" | "link-zoom"
  | "link-window" | "as-hung" | "prior" | "theme" | "looked" | "listen" | "named";

/** Commands that say everything by their name. */
type Bare =
  | "rest-absent" | "no-finding" | "not-assessable" | "skip" | "submit" | "submit-rest" | "undo" | "redo" | "reset-view" | "invert"
  | "window-drag" | "accept" | "accept-last" | "reject" | "delete-box" | "side" | "comment" | "talk" | "help" | "leave" | "flag" | "list"
  | "edit-mark" | "link-words" | "place-mark" | "copy-to-prior" | "box-first" | "box-last" | "brush-range"
  | "receipt" | "tour" | "find-finding" | "adjust" | "overlay" | "overlay-way" | "level" | `tool:${Tool}` | `view:${ViewAct}`;

type Told =
  | { do: "press"; finding: number }
  | { do: "toggle"; finding: number; state: State }
  | { do: "window"; preset: number }
  | { do: "scroll"; slices: number }
  | { do: "slice"; at: "first" | "last" }
  | { do: "series"; by: 1 | -1 }
  | { do: "zoom"; by: number }
  | { do: "in-hand"; by: 1 | -1 }
  | { do: "nudge"; dx: number; dy: number }
  | { do: "resize"; dx: number; dy: number }
  | { do: "mark"; by: 1 | -1 }
  | { do: "propagate"; by: 1 | -1 }
  | { do: "brush-size"; by: 1 | -1 }
  | { do: "case"; by: 1 | -1 }
  | { do: "fold"; by: 1 | -1 }
  | { do: "view:viewports"; count: 1 | 2 | 3 | 4 | 5 | 6 }
  | { do: "view:pane"; by: 1 | -1 }
  | { do: "view:slab-thickness"; by: 1 | -1 }
  | { do: "view:cine-speed"; by: 1 | -1 };

export type Command = Told | { [Name in Bare]: { do: Name } }[Bare];
export type CommandName = Command["do"];
