/** What the room knows: one object, read by the parts that draw, changed only by the room. */
import type { Preferences } from "../api/flow";
import type { Loop } from "../api/loop";
import type { Case, CaseFinding, Progress, Suggestion } from "../api/readings";
import type { Content } from "../session/content";
import type { History } from "../session/history";
import type { Saver } from "../session/saver";
import type { SliceImage } from "../viewer/loading/images";
import type { Preset, WindowRange } from "../viewer/window/presets";

export interface Settings {
  /** Username of who reads. */
  readonly person: string;
  readonly project: string;
  readonly projectName: string;
  readonly worklist: number;
  readonly worklistName: string;
  readonly mode: string;
  readonly isOpen: boolean;
  /** The project that shows what this is: its guided tour begins by itself. */
  readonly isDemo: boolean;
  /** Drafts of this reader whose reservation ran out and that are not handed out by themselves. */
  readonly begun: number;
  readonly preferences: Preferences;
}

export type Shown = { is: "empty" } | { is: "loading"; percent: number | null } | { is: "shown" } | { is: "failed"; why: string };
export type Dialog = { is: "skip" } | { is: "not-assessable" } | { is: "keys" } | { is: "windows" } | { is: "tags" } | { is: "loop" } | { is: "receipt" };

/** A case on the screen with all that was done to it here. */
export interface Open {
  readonly kase: Case;
  readonly saver: Saver;
  readonly series: readonly (readonly SliceImage[])[];
  history: History;
  seriesIndex: number;
  slicesLoaded: number;
  inHand: number | null;
  chosen: string | null;
  /** The last step was typing in the comment: the next letter joins it. */
  isTyping: boolean;
}

/** How an image stands on the screen. */
export interface Look {
  readonly window: WindowRange | null;
  readonly zoom: number;
  readonly index: number;
  readonly count: number;
  readonly isInverted: boolean;
  readonly leftWindows: boolean;
}

export interface RoomState {
  readonly settings: Settings;
  phase: "opening" | "reading" | "empty" | "broken";
  problem: string;
  open: Open | null;
  image: Shown;
  dialog: Dialog | null;
  /** The first stroke of a chord that waits for its second. */
  chord: string | null;
  busy: "" | "submit" | "lock" | "skip" | "amend" | "open";
  notice: string;
  progress: Progress | null;
  loop: Loop | null;
  /** A turn ended since the room was opened and has not been dismissed. */
  hasNews: boolean;
  /** Whoever opens the report reads it with every case. */
  isReportOpen: boolean;
  /** Of the active viewport, like `image` and `presets`. */
  view: Look;
  presets: readonly Preset[];
}

export function begin(settings: Settings): RoomState {
  return {
    settings, phase: "opening", problem: "", open: null, image: { is: "loading", percent: null }, dialog: null, chord: null, busy: "open",
    notice: "", progress: null, loop: null, hasNews: false, isReportOpen: false, presets: [],
    view: { window: null, zoom: 1, index: 0, count: 0, isInverted: false, leftWindows: false },
  };
}

export const contentOf = (open: Open): Content => open.history.present;

export const findingOf = (open: Open, id: number | null): CaseFinding | null =>
  open.kase.findings.find((finding) => finding.id === id) ?? null;

export const suggestionOf = (open: Open, finding: CaseFinding): Suggestion | null =>
  open.kase.suggestions?.find((suggestion) => suggestion.finding === finding.code) ?? null;

/** Submitted readings are looked at until the reader chooses to amend. */
export const isEditable = (open: Open): boolean => ["draft", "amending", "expired"].includes(open.kase.reading.state);

/** Second reader: the reader's own answer is still to be locked. */
export const mustLock = (open: Open): boolean =>
  open.kase.reading.mode === "second_reader" && !open.kase.reading.is_locked && isEditable(open);
