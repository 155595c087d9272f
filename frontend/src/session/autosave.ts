/** Autosave as a state machine: pure transitions; session/saver.ts does what their effects ask for. */
import { type Content, textOf } from "./content";

export interface Theirs {
  readonly content: Content;
  readonly version: number;
  readonly state: string;
}

export interface Autosave {
  /** idle: all acknowledged · waiting: a pause in typing · sending · retrying: no answer, again soon
   *  · conflict: the reader must choose · refused: the server said no; the next edit tries again */
  readonly phase: "idle" | "waiting" | "sending" | "retrying" | "conflict" | "refused";
  readonly current: Content;
  /** Version and text that the server has acknowledged. */
  readonly version: number;
  readonly savedText: string;
  readonly savedAt: number | null;
  readonly sending: Content | null;
  readonly attempt: number;
  readonly theirs: Theirs | null;
  readonly refusal: string;
}

export type Event =
  | { kind: "edited"; content: Content }
  | { kind: "due" }
  | { kind: "acknowledged"; version: number; at: number }
  | { kind: "unreachable"; why: string }
  | { kind: "conflicted"; theirs: Theirs; at: number }
  | { kind: "refused"; why: string }
  | { kind: "keep-mine" }
  | { kind: "take-theirs" };

/** timer: send "due" after so many milliseconds · send: put `current` on the wire */
export type Effect = { kind: "timer"; ms: number } | { kind: "send" } | null;

/** `Theirs.state` of a version that only this browser holds: the server has neither it nor mine. */
export const KEPT = "kept";
export const PAUSE_MS = 600;
const FIRST_RETRY_MS = 1000;
const LONGEST_RETRY_MS = 30_000;

export function opened(content: Content, version: number, savedAt: number | null): Autosave {
  return {
    phase: "idle", current: content, version, savedText: textOf(content), savedAt, sending: null, attempt: 0, theirs: null,
    refusal: "",
  };
}

export const isDirty = (state: Autosave): boolean => textOf(state.current) !== state.savedText;

export function next(state: Autosave, event: Event): [Autosave, Effect] {
  switch (event.kind) {
    case "edited":
      return edited({ ...state, current: event.content });
    case "due":
      return due(state);
    case "acknowledged":
      return acknowledged(state, event.version, event.at);
    case "unreachable":
      return unreachable(state, event.why);
    case "conflicted":
      return conflicted(state, event.theirs, event.at);
    case "refused":
      return [{ ...state, phase: "refused", sending: null, refusal: event.why }, null];
    case "keep-mine":
      return keepMine(state);
    case "take-theirs":
      return takeTheirs(state);
  }
}

function edited(state: Autosave): [Autosave, Effect] {
  if (!["idle", "waiting", "refused"].includes(state.phase)) return [state, null];
  if (!isDirty(state)) return [{ ...state, phase: "idle" }, null];
  return [{ ...state, phase: "waiting", refusal: "" }, { kind: "timer", ms: PAUSE_MS }];
}

function due(state: Autosave): [Autosave, Effect] {
  if (state.phase !== "waiting" && state.phase !== "retrying") return [state, null];
  return [{ ...state, phase: "sending", sending: state.current }, { kind: "send" }];
}

function acknowledged(state: Autosave, version: number, at: number): [Autosave, Effect] {
  const savedText = textOf(state.sending ?? state.current);
  const saved: Autosave = { ...state, version, savedText, savedAt: at, sending: null, attempt: 0, theirs: null };
  return isDirty(saved) ? edited({ ...saved, phase: "idle" }) : [{ ...saved, phase: "idle" }, null];
}

function unreachable(state: Autosave, refusal: string): [Autosave, Effect] {
  const ms = Math.min(FIRST_RETRY_MS * 2 ** state.attempt, LONGEST_RETRY_MS);
  return [{ ...state, phase: "retrying", sending: null, attempt: state.attempt + 1, refusal }, { kind: "timer", ms }];
}

/** The answer to an earlier try may have been lost: then "their" version is ours, and all is well. */
function conflicted(state: Autosave, theirs: Theirs, at: number): [Autosave, Effect] {
  const mine = state.sending ?? state.current;
  if (textOf(theirs.content) === textOf(mine) && !["submitted", KEPT].includes(theirs.state)) {
    return acknowledged(state, theirs.version, at);
  }
  return [{ ...state, phase: "conflict", sending: null, theirs }, null];
}

function keepMine(state: Autosave): [Autosave, Effect] {
  if (!state.theirs) return [state, null];
  if (state.theirs.state === KEPT) return [{ ...state, phase: "idle", theirs: null }, null];
  const { version, content } = state.theirs;
  return due({ ...state, phase: "waiting", version, savedText: textOf(content), theirs: null });
}

function takeTheirs(state: Autosave): [Autosave, Effect] {
  if (!state.theirs) return [state, null];
  const { version, content } = state.theirs;
  if (state.theirs.state === KEPT) return [{ ...state, phase: "idle", current: content, version, theirs: null }, null];
  return [{ ...opened(content, version, state.savedAt) }, null];
}
