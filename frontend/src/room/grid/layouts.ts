/** How one to six viewports share the screen. Pure. */

export interface Layout {
  readonly rows: number;
  readonly columns: number;
  /** Viewports; with fewer than rows × columns the first one is larger. */
  readonly count: number;
}

const grid = (rows: number, columns: number, count = rows * columns): Layout => ({ rows, columns, count });

export const ONE = grid(1, 1);
/** Those that are offered, by their number of viewports. */
export const LAYOUTS: readonly Layout[] = [
  ONE, grid(1, 2), grid(2, 1), grid(1, 3), grid(3, 1), grid(2, 2), grid(2, 3, 5), grid(2, 3), grid(3, 2),
];
export const MOST = 6;

export function isSame(a: Layout, b: Layout): boolean {
  return a.rows === b.rows && a.columns === b.columns && a.count === b.count;
}

export function nameOf({ rows, columns, count }: Layout): string {
  return count === rows * columns ? `${rows} × ${columns}` : `1 + ${count - 1}`;
}

/** The layout for so many viewports; asked for again, the next one with as many. */
export function forCount(count: number, now: Layout): Layout {
  const fitting = LAYOUTS.filter((one) => one.count === count);
  const place = fitting.findIndex((one) => isSame(one, now));
  return fitting[(place + 1) % fitting.length] ?? now;
}

const isPortrait = (width: number, height: number): boolean => height > width * 1.1;

/** On a screen that is higher than wide, what lay side by side is stacked. */
export function shaped({ rows, columns, count }: Layout, width: number, height: number): Layout {
  return isPortrait(width, height) && columns > rows ? { rows: columns, columns: rows, count } : { rows, columns, count };
}

/** How many rows and columns the first viewport takes: it lies across a screen that is higher than wide. */
export function firstSpan({ rows, columns, count }: Layout, width: number, height: number): { rows: number; columns: number } {
  const spare = rows * columns - count;
  const isAcross = rows > columns || (rows === columns && isPortrait(width, height));
  return isAcross ? { rows: 1, columns: 1 + spare } : { rows: 1 + spare, columns: 1 };
}

/** The layout that a hanging rule names, made to one that is offered: never more viewports than six. */
export function named(rows: number, columns: number): Layout {
  return LAYOUTS.find((one) => one.count === rows * columns && one.rows === rows) ?? ONE;
}
