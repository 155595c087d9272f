/** The probability slider: which suggestions are on the screen. It hides, it never answers. Pure. */
import type { Suggestion } from "../api/readings";

/** Whether a slider may be shown: a score that is no probability must not be sold as one. */
export const isCalibrated = (suggestions: readonly Suggestion[] | null): boolean =>
  suggestions !== null && suggestions.length > 0 && suggestions.every((one) => one.calibrated);

/** Shown from this probability on; 0 shows all, those of absence too. */
export const isShown = (suggestion: Suggestion, least: number): boolean => suggestion.probability >= least;

export function shownInWords(suggestions: readonly Suggestion[], least: number): string {
  const shown = suggestions.filter((one) => isShown(one, least)).length;
  return `${shown} of ${suggestions.length} shown`;
}
