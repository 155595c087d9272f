/** Finding elements in a header: by tag, name, keyword or value, with the sequences that hold what was found. Pure. */
import type { HeaderRow } from "../api/headers";

/** Rows that hold every word; above each the items and sequences in which it stands. All rows for no word. */
export function found(rows: readonly HeaderRow[], query: string): readonly HeaderRow[] {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  if (!words.length) return rows;
  const kept = new Set<number>();
  const above: number[] = [];
  rows.forEach((row, place) => {
    above.splice(row.depth);
    above[row.depth] = place;
    const text = textOf(row);
    if (words.every((word) => text.includes(word))) for (const one of above) if (one !== undefined) kept.add(one);
  });
  return rows.filter((_, place) => kept.has(place));
}

/** A tag is found as it is written anywhere: (0028,0030), 0028,0030 and 00280030. */
function textOf({ tag, name, keyword, value }: HeaderRow): string {
  return `${tag} ${tag.replace(/[(),]/g, "")} ${name} ${keyword} ${value}`.toLowerCase();
}
