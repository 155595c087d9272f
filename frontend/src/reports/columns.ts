/** Tables before they are sent: which of the dropped files are tables, how much of one is looked at, what was chosen. */
import type { Dropped } from "../shell/dropped";

const TEXT_TABLE = /\.(csv|tsv|tab)$/i;
const EXCEL = /\.(xlsx|xlsm)$/i;
/** Of a text table its start is enough; Excel can only be looked into whole. */
const HEAD_BYTES = 128 * 1024;
const MOST_EXCEL_BYTES = 30 * 2 ** 20;

/** The table whose columns are asked about: the first one; others of one import are expected to look alike. */
export function tableAmong(files: readonly Dropped[]): Dropped | null {
  const known = files.filter(({ name, file }) => TEXT_TABLE.test(name) || (EXCEL.test(name) && file.size <= MOST_EXCEL_BYTES));
  return known[0] ?? null;
}

export function head({ name, file }: Dropped): { part: Blob; isCut: boolean } {
  const isCut = TEXT_TABLE.test(name) && file.size > HEAD_BYTES;
  return { part: isCut ? file.slice(0, HEAD_BYTES) : file, isCut };
}

/**
 * Our name → column. Two columns for one thing: the first counts, and the second is named as the problem. What a column was
 * taken for and is not is sent as empty, or the server would take it for that again.
 */
export function chosenMap(pairs: readonly (readonly [column: string, target: string, guess?: string])[]): { map: Record<string, string>; twice: string | null } {
  const map: Record<string, string> = {};
  let twice: string | null = null;
  for (const [column, target] of pairs) {
    if (!target) continue;
    if (target in map && target !== "known") twice ??= column;
    else map[target] ??= column;
  }
  for (const [, target, guess] of pairs) if (!target && guess) map[guess] ??= "";
  return { map, twice };
}
