/** Every action of the room: what it asks for, how it is called, which keys it has unless the reader chose others.
 *  Letters belong to findings, but for the room's own (a z x s r v w t g: the server keeps them free); digits to windows, signs
 *  to the image. Two-stroke chords keep letters free: `t` and a key takes a tool, `g` and a key changes the view. */
import type { Command, Tool, ViewAct } from "./command";

export const GROUPS = ["Findings", "Suggestions", "Marks", "Tools", "Image", "View", "Case"] as const;
export type Group = (typeof GROUPS)[number];

export interface Action {
  readonly id: string;
  readonly group: Group;
  /** What it does, as a line of `?`. */
  readonly words: string;
  /** One line for several actions that belong together, each with its own words beside. */
  readonly together?: string;
  readonly keys: readonly string[];
  readonly command: Command;
  /** Keeps its keys: dialogs and browsers count on them. */
  readonly isFixed?: boolean;
}

/** First strokes of chords, and what they begin. Reserved even while nothing follows. */
export const PREFIXES: Readonly<Record<string, string>> = { t: "Tool", g: "View" };

/** Slices for PageUp and PageDown. */
const PAGE = 10;

function of(group: Group, id: string, keys: string, words: string, command: Command, more: Partial<Action> = {}): Action {
  return { id, group, words, keys: keys.split("  ").filter(Boolean), command, ...more };
}

const tool = (tool: Tool, key: string, words: string): Action => of("Tools", `tool.${tool}`, `t ${key}`, words, { do: `tool:${tool}` });
const view = (act: ViewAct, key: string, words: string): Action =>
  of("View", `view.${act}`, `g ${key}`, words, { do: `view:${act}` });

const ARROWS = [["left", "Left", -1, 0], ["right", "Right", 1, 0], ["up", "Up", 0, -1], ["down", "Down", 0, 1]] as const;
const SIZES = { left: "make it narrower", right: "make it wider", up: "make it lower", down: "make it taller" };

/** Keys of one action are parted by two spaces. */
export const ACTIONS: readonly Action[] = [
  of("Findings", "finding.previous", "ArrowLeft", "take the previous finding in hand", { do: "in-hand", by: -1 },
    { together: "take the previous or next finding in hand" }),
  of("Findings", "finding.next", "ArrowRight", "take the next finding in hand", { do: "in-hand", by: 1 },
    { together: "take the previous or next finding in hand" }),
  of("Findings", "rest-absent", "a", "the rest is absent", { do: "rest-absent" }),
  of("Findings", "no-finding", "Shift+a", "no finding at all", { do: "no-finding" }),
  of("Findings", "not-assessable", "x", "not assessable", { do: "not-assessable" }),
  of("Findings", "side", "\\", "change the side", { do: "side" }),
  of("Findings", "level", ":", "speak of the study, the series or the image", { do: "level" }),
  of("Findings", "finding.fold", "Ctrl+ArrowLeft", "fold what hangs below it", { do: "fold", by: -1 }, { together: "fold, unfold" }),
  of("Findings", "finding.unfold", "Ctrl+ArrowRight", "unfold it", { do: "fold", by: 1 }, { together: "fold, unfold" }),
  of("Findings", "finding.find", "'  Ctrl+k", "search findings by typing", { do: "find-finding" }),
  of("Findings", "comment", "/", "comment", { do: "comment" }),

  of("Suggestions", "suggestion.accept", "Space", "accept the suggestion in hand, then the next of presence", { do: "accept" }),
  of("Suggestions", "suggestion.accept-last", "F8", "accept the only one still waiting, the rest is absent, and submit", { do: "accept-last" }),
  of("Suggestions", "suggestion.reject", "Backspace", "reject it", { do: "reject" }),
  of("Suggestions", "suggestion.adjust", "Shift+Space", "take its box and change it", { do: "adjust" }),
  of("Suggestions", "suggestion.overlay", "*", "what the model looked at", { do: "overlay" }),
  of("Suggestions", "suggestion.explanation", "g w", "draw it another way: class activation, Grad-CAM, occlusion", { do: "overlay-way" }),

  ...ARROWS.flatMap(([way, key, dx, dy]) => [
    of("Marks", `mark.${way}`, `Shift+Arrow${key}`, `move the chosen mark ${way} by a pixel`, { do: "nudge", dx, dy },
      { together: "move the chosen mark by a pixel" }),
    of("Marks", `mark.${way}-ten`, `Alt+Shift+Arrow${key}`, `move it ${way} by ten pixels`, { do: "nudge", dx: 10 * dx, dy: 10 * dy },
      { together: "move it by ten" }),
    of("Marks", `mark.size-${way}`, `Ctrl+Shift+Arrow${key}`, SIZES[way], { do: "resize", dx, dy }, { together: "make it wider, taller, smaller" }),
  ]),
  of("Marks", "mark.previous", "Ctrl+ArrowUp", "choose the previous mark", { do: "mark", by: -1 }, { together: "choose the previous or next mark" }),
  of("Marks", "mark.next", "Ctrl+ArrowDown", "choose the next mark", { do: "mark", by: 1 }, { together: "choose the previous or next mark" }),
  of("Marks", "mark.edit", "Shift+Enter", "describe the chosen mark: grade, side, place, note", { do: "edit-mark" }),
  of("Marks", "mark.to-previous", "Alt+PageUp", "copy it to the slice before", { do: "propagate", by: -1 }, { together: "copy it to the slice before, after" }),
  of("Marks", "mark.to-next", "Alt+PageDown", "copy it to the slice after", { do: "propagate", by: 1 }, { together: "copy it to the slice before, after" }),
  of("Marks", "mark.link", '"', "into the report; with words picked: link them to the chosen mark, or let go", { do: "link-words" }),
  of("Marks", "mark.delete", "Delete", "delete the chosen mark, else the answer in hand", { do: "delete-box" }),
  of("Marks", "undo", "z  Ctrl+z", "undo", { do: "undo" }),
  of("Marks", "redo", "Shift+z  Ctrl+Shift+z  Ctrl+y", "redo", { do: "redo" }),

  tool("box", "b", "box"),
  tool("polygon", "p", "polygon, freehand"),
  tool("ellipse", "e", "ellipse"),
  tool("point", "o", "point"),
  tool("length", "l", "length"),
  tool("bidirectional", "d", "two diameters (RECIST)"),
  tool("box3d", "3", "box through slices"),
  tool("mask", "m", "mask brush"),
  tool("eraser", "x", "mask eraser"),
  tool("ruler", "r", "ruler"),
  tool("angle", "a", "angle"),
  tool("probe", "i", "probe"),
  tool("none", "t", "no tool"),
  of("Tools", "place-mark", "t Space", "put a mark in the middle of the view", { do: "place-mark" }),
  of("Tools", "brush.smaller", "Alt+ArrowDown", "smaller brush", { do: "brush-size", by: -1 }, { together: "smaller, larger brush" }),
  of("Tools", "brush.larger", "Alt+ArrowUp", "larger brush", { do: "brush-size", by: 1 }, { together: "smaller, larger brush" }),
  of("Tools", "brush.range", "t g", "paint only within the window's greys, or any", { do: "brush-range" }),
  of("Tools", "box3d.first", "t [", "the 3-D box begins on this slice", { do: "box-first" }),
  of("Tools", "box3d.last", "t ]", "the 3-D box ends on this slice", { do: "box-last" }),
  of("Tools", "copy-to-prior", "t c", "copy the chosen mark to the earlier study", { do: "copy-to-prior" }),

  of("Image", "window.drag", "w", "window with the left button", { do: "window-drag" }),
  ...[1, 2, 3, 4, 5, 6, 7, 8, 9].map((preset) =>
    of("Image", `window.${preset}`, `${preset}`, `window preset ${preset}`, { do: "window", preset }, { together: "window presets" })),
  of("Image", "window.stored", "0", "window as stored", { do: "window", preset: 0 }),
  of("Image", "zoom.in", "+  =", "zoom in", { do: "zoom", by: 1.25 }, { together: "zoom" }),
  of("Image", "zoom.out", "-", "zoom out", { do: "zoom", by: 1 / 1.25 }, { together: "zoom" }),
  of("Image", "invert", "v", "invert", { do: "invert" }),
  of("Image", "reset-view", "r", "reset the view", { do: "reset-view" }),
  of("Image", "slice.up", "ArrowUp", "previous slice", { do: "scroll", slices: -1 }, { together: "page through slices" }),
  of("Image", "slice.down", "ArrowDown", "next slice", { do: "scroll", slices: 1 }, { together: "page through slices" }),
  of("Image", "slice.ten-up", "PageUp", "ten slices back", { do: "scroll", slices: -PAGE }, { together: "ten slices" }),
  of("Image", "slice.ten-down", "PageDown", "ten slices on", { do: "scroll", slices: PAGE }, { together: "ten slices" }),
  of("Image", "slice.first", "Home", "first slice", { do: "slice", at: "first" }, { together: "first, last slice" }),
  of("Image", "slice.last", "End", "last slice", { do: "slice", at: "last" }, { together: "first, last slice" }),
  of("Image", "series.previous", ",", "previous series", { do: "series", by: -1 }, { together: "previous, next series" }),
  of("Image", "series.next", ".", "next series", { do: "series", by: 1 }, { together: "previous, next series" }),

  ...([1, 2, 3, 4, 5, 6] as const).map((count) =>
    of("View", `view.viewports-${count}`, `g ${count}`, count === 1 ? "one viewport" : `${count} viewports`,
      { do: "view:viewports", count }, { together: "one to six viewports" })),
  view("mpr", "m", "planes of a volume (MPR)"),
  view("as-hung", "0", "as the project hangs it"),
  of("View", "view.pane-previous", "Shift+PageUp", "previous viewport", { do: "view:pane", by: -1 },
    { together: "previous, next viewport" }),
  of("View", "view.pane-next", "Shift+PageDown", "next viewport", { do: "view:pane", by: 1 }, { together: "previous, next viewport" }),
  view("prior", "o", "earlier study beside it"),
  view("link", "k", "link scrolling"),
  view("link-zoom", "Shift+k", "link zoom and pan"),
  view("link-window", "l", "link windows"),
  view("rotate", "r", "rotate by 90°"),
  view("flip-horizontally", "h", "flip left and right"),
  view("flip-vertically", "f", "flip up and down"),
  view("cine", "c", "cine"),
  of("View", "view.cine-slower", "<", "slower cine", { do: "view:cine-speed", by: -1 }, { together: "slower, faster cine" }),
  of("View", "view.cine-faster", ">", "faster cine", { do: "view:cine-speed", by: 1 }, { together: "slower, faster cine" }),
  view("cine-loop", "b", "cine: loop, or back and forth"),
  view("tags", "i", "DICOM tags"),
  view("theme", "t", "dark or light room"),
  view("looked", "e", "where I looked or pointed"),
  view("named", "y", "take what I named while looking"),
  view("listen", "u", "listen, on this device alone"),
  view("magnifier", "z", "magnifier"),
  view("crosshair", "x", "crosshair"),
  view("slab", "s", "slab (MIP)"),
  of("View", "view.slab-thinner", "{", "thinner slab", { do: "view:slab-thickness", by: -1 }, { together: "thinner, thicker slab" }),
  of("View", "view.slab-thicker", "}", "thicker slab", { do: "view:slab-thickness", by: 1 }, { together: "thinner, thicker slab" }),
  view("next-plane", "p", "next plane"),

  of("Case", "submit", "Enter  Ctrl+Enter", "submit", { do: "submit" }, { isFixed: true }),
  of("Case", "submit-rest", "F2", "the rest is absent, and submit", { do: "submit-rest" }),
  of("Case", "skip", "s", "skip, with a reason", { do: "skip" }),
  of("Case", "flag", "Shift+s", "flag for a colleague", { do: "flag" }),
  of("Case", "talk", ";", "write to colleagues", { do: "talk" }),
  of("Case", "case.previous", "[", "earlier reading", { do: "case", by: -1 }, { together: "earlier reading, back again" }),
  of("Case", "case.next", "]", "back towards the next case", { do: "case", by: 1 }, { together: "earlier reading, back again" }),
  of("Case", "list", "Shift+w", "my list", { do: "list" }),
  of("Case", "receipt", "Shift+r", "what these readings brought", { do: "receipt" }),
  of("Case", "tour", "Shift+g", "guided tour: begin, next step", { do: "tour" }),
  of("Case", "leave", "Escape", "close, let go", { do: "leave" }, { isFixed: true }),
  of("Case", "help", "?", "this map", { do: "help" }, { isFixed: true }),
];

/** Lines of `?` that are no key of the room: letters of findings, and the mouse. */
export const HINTS: readonly (readonly [Group, string, string])[] = [
  ["Findings", "letter", "present (again: next grade, or not said)"],
  ["Findings", "⇧ letter", "absent"],
  ["Findings", "Alt letter", "equivocal"],
  ["Marks", "drag", "draw for the finding in hand"],
  ["Image", "right drag", "window"],
  ["Image", "middle drag", "pan (⇧ left drag too)"],
  ["Image", "Ctrl wheel", "zoom"],
  ["Image", "wheel", "page through slices"],
];
