/** Findings by a few typed letters: of the name, the code, a synonym, or a code of RadLex or SNOMED CT. Pure. */

export interface Searched {
  readonly id: number;
  readonly name: string;
  readonly code: string;
  readonly synonyms?: readonly string[];
  readonly scheme_code?: string;
  readonly definition?: string;
}

export interface Found<F> {
  readonly finding: F;
  /** The synonym or code that was met, where it is not the name. */
  readonly by: string;
}

/** Without accents and case; punctuation and hyphens part words. */
export function plain(text: string): string {
  return text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase().replace(/[^\p{L}\p{N}]+/gu, " ").trim();
}

/** How well typed words meet a text: 0 not at all, 4 it begins so. Every typed word must be met. */
function fit(text: string, words: readonly string[], whole: string): number {
  const folded = plain(text);
  if (!folded) return 0;
  if (folded === whole) return 5;
  if (folded.startsWith(whole)) return 4;
  const parts = folded.split(" ");
  if (words.every((word) => parts.some((part) => part.startsWith(word)))) return 3;
  if (initials(parts).startsWith(whole.replaceAll(" ", ""))) return 2;
  return words.every((word) => word.length > 1 && folded.includes(word)) ? 1 : 0;
}

const initials = (parts: readonly string[]): string => (parts.length > 1 ? parts.map((part) => part[0]).join("") : "");

/** Best first; in the form's order where equally good. Nothing typed finds everything. */
export function search<F extends Searched>(all: readonly F[], typed: string): Found<F>[] {
  const whole = plain(typed);
  if (!whole) return all.map((finding) => ({ finding, by: "" }));
  const words = whole.split(" ");
  const found = all.map((finding) => ({ finding, ...best(finding, words, whole) })).filter((one) => one.score > 0);
  return found.sort((a, b) => b.score - a.score).map(({ finding, by }) => ({ finding, by }));
}

function best(finding: Searched, words: readonly string[], whole: string): { score: number; by: string } {
  const others = [finding.code, ...(finding.synonyms ?? []), finding.scheme_code ?? ""];
  const told = [{ score: fit(finding.name, words, whole) + 0.5, by: "" }, ...others.map((by) => ({ score: fit(by, words, whole), by }))];
  const top = told.reduce((a, b) => (b.score > a.score ? b : a));
  if (top.score >= 1) return { score: top.score, by: plain(top.by) === plain(finding.name) ? "" : top.by };
  // The definition tells what a finding is about, so it counts last.
  return { score: whole.length > 3 && fit(finding.definition ?? "", words, whole) ? 0.5 : 0, by: "" };
}
