/** The guided tour: what each step says (keys stand between brackets), what it points at, and what ends it. Pure. */
import type { Content } from "../content";

/** What the tour sees of the room. */
export interface Scene {
  readonly reading: number | null;
  readonly content: Content | null;
  /** The reading that was open when the step began. */
  readonly from: number | null;
  readonly hasSuggestions: boolean;
  readonly hasFuture: boolean;
  readonly isInverted: boolean;
  readonly dialog: string;
  readonly isListOpen: boolean;
  /** The letter of the first finding. */
  readonly letter: string;
  readonly findingName: string;
  /** Keys as they hold for this reader, by action. */
  readonly key: (action: string) => string;
}

/** Words and keys in turn, beginning with words: `press [v] now` → ["press ", "v", " now"]. A key may itself be a bracket. */
export const parts = (words: string): string[] => words.split(/\[(.+?)\](?=[\s.,;]|$)/);

export interface Step {
  readonly id: string;
  /** A selector of what is pointed at; empty: nothing. */
  readonly at: string;
  readonly says: (scene: Scene) => string;
  /** Done: the tour goes on by itself. */
  readonly isDone: (scene: Scene) => boolean;
  /** Nothing to show here: left out. */
  readonly isVoid?: (scene: Scene) => boolean;
}

const answers = ({ content }: Scene): number => Object.keys(content?.findings ?? {}).length;
const acts = ({ content }: Scene): number => Object.values(content?.findings ?? {}).filter((answer) => answer.suggestion).length;

export const STEPS: readonly Step[] = [
  {
    id: "image", at: ".stage",
    says: ({ key }) =>
      `The image stays in the middle, your hands on the keys. Invert it: press [${key("invert")}]. ` +
      `[${key("reset-view")}] brings it back.`,
    isDone: ({ isInverted }) => isInverted,
  },
  {
    id: "present", at: ".findings",
    says: ({ letter, findingName }) =>
      `Every finding has a letter. Press [${letter}] to say that ${findingName} is present; [⇧ ` +
      `${letter.toUpperCase()}] says absent, [Alt ${letter.toUpperCase()}] equivocal.`,
    isDone: (scene) => answers(scene) > 0,
    isVoid: ({ letter }) => !letter,
  },
  {
    id: "undo", at: ".foot",
    says: ({ key }) =>
      `Nothing is lost and everything can be undone: press [${key("undo")}]. [${key("redo")}] takes it back.`,
    isDone: ({ hasFuture }) => hasFuture,
  },
  {
    id: "suggestion", at: ".suggestion.pending",
    says: ({ key }) =>
      `Dashed lines are a model's suggestions, never answers. Take a finding in hand with ` +
      `[${key("finding.next")}], then [${key("suggestion.accept")}] accepts its suggestion and ` +
      `[${key("suggestion.reject")}] rejects it.`,
    isDone: (scene) => acts(scene) > 0,
    isVoid: ({ hasSuggestions }) => !hasSuggestions,
  },
  {
    id: "rest", at: ".whole-case",
    says: ({ key }) =>
      `Seen all there is? [${key("rest-absent")}] says that the rest is absent. What you leave unsaid counts as ` +
      `not assessed, never as absent.`,
    isDone: ({ content }) => Object.values(content?.findings ?? {}).filter((answer) => answer.state === "absent").length > 1,
  },
  {
    id: "keys", at: "",
    says: ({ key }) => `All keys stand on [${key("help")}], where you can also change them. Press it, then [Esc].`,
    isDone: ({ dialog }) => dialog === "keys",
  },
  {
    id: "list", at: "",
    says: ({ key }) =>
      `[${key("list")}] opens your list: what you began, handed in, skipped or flagged. Press it, then [Esc].`,
    isDone: ({ isListOpen }) => isListOpen,
  },
  {
    id: "submit", at: ".foot .primary",
    says: () => "[Enter] hands the case in; the next one is there at once.",
    isDone: ({ reading, from }) => from !== null && reading !== from,
  },
  {
    id: "receipt", at: "",
    says: ({ key }) =>
      `[${key("receipt")}] shows what your readings brought: how many, what you corrected, what left the queue, ` +
      `what the model gained. Press it.`,
    isDone: ({ dialog }) => dialog === "receipt",
  },
];

/** The step to show from `at` on: the first that has something to show; null at the end. */
export function stepFrom(at: number, scene: Scene): number | null {
  const found = STEPS.findIndex((step, n) => n >= at && !step.isVoid?.(scene));
  return found < 0 ? null : found;
}
