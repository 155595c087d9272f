/** From rescaled values to grey (PS3.3 C.11.2): straight between the ends of a window, an S, or by the file's own table. Pure. */
export interface SigmoidCurve {
  readonly is: "sigmoid";
}

export interface TableCurve {
  readonly is: "table";
  /** Rescaled value of the first entry, and of the last. */
  readonly first: number;
  readonly last: number;
  /** 0…1, one per whole value from `first` to `last`. */
  readonly greys: readonly number[];
}

/** Straight, with the ends of LINEAR_EXACT: no half step is taken off the width. */
export interface ExactCurve {
  readonly is: "exact";
}

export type Curve = ExactCurve | SigmoidCurve | TableCurve;

/** What is drawn from `lower` (black) to `upper` (white); without a curve straight. */
export interface WindowRange {
  readonly lower: number;
  readonly upper: number;
  readonly curve?: Curve | undefined;
}

export type Node = readonly [value: number, grey: number];

const SIGMOID_NODES = 512;

/** Points of the curve in order of value; between them it is straight, beyond the ends level. */
export function nodesOf({ lower, upper, curve }: WindowRange): Node[] {
  // A window of no width is a step.
  const end = Math.max(upper, lower + 1e-6);
  if (!curve || curve.is === "exact") return [[lower, 0], [end, 1]];
  return curve.is === "sigmoid" ? sigmoid(lower, end) : table(lower, end, curve);
}

/** PS3.3 C.11.2.1.3.1; 2.5 widths to either side all but a hundredth of a grey level is told. */
function sigmoid(lower: number, upper: number): Node[] {
  const [centre, width] = [(lower + upper + 1) / 2, upper - lower + 1];
  return Array.from({ length: SIGMOID_NODES }, (_, n) => {
    const value = centre + width * 5 * (n / (SIGMOID_NODES - 1) - 0.5);
    return [value, 1 / (1 + Math.exp((-4 * (value - centre)) / width))];
  });
}

/** The table, stretched where the reader has widened the window that it fills. */
function table(lower: number, upper: number, { greys }: TableCurve): Node[] {
  const step = (upper - lower) / Math.max(1, greys.length - 1);
  return greys.map((grey, n) => [lower + n * step, grey]);
}

/** The same curve, wherever it has been dragged to. */
export function isSameCurve(a: Curve | undefined, b: Curve | undefined): boolean {
  return a === b || (a?.is === b?.is && a?.is !== "table");
}

export function isSameWindow(a: WindowRange, b: WindowRange): boolean {
  return a.lower === b.lower && a.upper === b.upper && isSameCurve(a.curve, b.curve);
}
