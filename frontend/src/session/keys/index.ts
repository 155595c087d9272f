/** Which key does what: one table of actions, a reader's own keys over it, the letters of findings beside it. Pure. */
export { type Action, ACTIONS, type Group, GROUPS, PREFIXES } from "./actions";
export { type Command, type CommandName, type Tool, TOOLS, type ViewAct } from "./command";
export { commandOf, followers, hear, type Heard } from "./hear";
export { DEFAULTS, type Keyed, type KeyMap, keyMap, type Overrides, refusal } from "./map";
export { fromFile, toFile, withKeys } from "./own";
export { type Line, shownMap } from "./shown";
export { type KeyPress, parsed, shownStroke, strokesOf } from "./strokes";
