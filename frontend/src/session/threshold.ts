/** The probability slider: which suggestions are on the screen. It hides, it never answers. Pure. */
import type { Suggestion } from "../api/readings";

const isOfModel = ({ id }: Suggestion): boolean => id.startsWith("m");

/** Whether a slider may be shown: a score that is no probability must not be sold as one. */
export function isCalibrated(suggestions: readonly Suggestion[] | null): boolean {
  const ofModel = (suggestions ?? []).filter(isOfModel);
  return ofModel.length > 0 && ofModel.every((one) => one.calibrated);
}

/** Shown from this probability on; 0 shows all, those of absence too. What a report hints at has no probability. */
export const isShown = (suggestion: Suggestion, least: number): boolean => !isOfModel(suggestion) || suggestion.probability >= least;

export function shownInWords(suggestions: readonly Suggestion[], least: number): string {
  const shown = suggestions.filter((one) => isShown(one, least)).length;
  return `${shown} of ${suggestions.length} shown`;
}
