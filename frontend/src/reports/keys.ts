/** Keys of the review page. Letters keep their meaning wherever they stand on the keyboard. */
export type Command =
  | { do: "move"; by: 1 | -1 }
  | { do: "answer"; answer: Answer }
  | { do: "accept-rest" }
  | { do: "report"; by: 1 | -1 }
  | { do: "help" }
  | { do: "leave" };

export type Answer = "accept" | "present" | "absent" | "equivocal" | "not_mentioned";

const ANSWERS: Record<string, Answer> = { a: "accept", "1": "present", "2": "absent", "3": "equivocal", "4": "not_mentioned" };

export interface Pressed {
  readonly key: string;
  readonly ctrlKey?: boolean;
  readonly metaKey?: boolean;
  readonly altKey?: boolean;
  readonly shiftKey?: boolean;
}

export function commandOf(event: Pressed): Command | null {
  if (event.ctrlKey || event.metaKey || event.altKey) return null;
  const { key } = event;
  if (key === "A") return { do: "accept-rest" };
  if (key === "?") return { do: "help" };
  if (key === "Escape") return { do: "leave" };
  if (event.shiftKey) return null;
  const answer = ANSWERS[key];
  if (answer) return { do: "answer", answer };
  // Arrows stay with the browser: they scroll the text.
  if (key === "j") return { do: "move", by: 1 };
  if (key === "k") return { do: "move", by: -1 };
  if (key === "n") return { do: "report", by: 1 };
  if (key === "b") return { do: "report", by: -1 };
  return null;
}
