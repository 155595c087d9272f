/** What a line chart shows, and how its numbers are told: no drawing here. */

export type Values = (number | null)[];

export interface Line {
  label: string;
  colour: string;
  values: Values;
  /** Bounds of the interval; drawn as a band. */
  low?: Values;
  high?: Values;
  dashed?: boolean;
  /** Drawn, but not in the legend. */
  untold?: boolean;
  /** Per point: a filled mark, a hollow one, or none. */
  marks?: ("full" | "hollow" | null)[];
}

export interface Chart {
  x: number[];
  xLabel: string;
  yLabel: string;
  lines: Line[];
  digits?: number;
  /** A horizontal line with its name, e.g. chance. */
  level?: { value: number; label: string };
  /** Where the x axis ends while it is still being filled. */
  xMost?: number;
  /** How x is called in the legend; the axis label unless given. */
  at?: (x: number, index: number) => string;
}

/** x, then per line value, high, low: uPlot wants bands as neighbouring series. */
export function dataOf(chart: Chart): uPlot.AlignedData {
  const columns = chart.lines.flatMap((line) => [line.values, line.high ?? empty(line), line.low ?? empty(line)]);
  return [chart.x, ...columns];
}

const empty = (line: Line): Values => line.values.map(() => null);

/** A single point gets room on both sides. */
export function spread(low: number, high: number): [number, number] {
  return low === high ? [low - 1, high + 1] : [low, high];
}

export function padded(low: number | null, high: number | null): [number, number] {
  if (low === null || high === null) return [0, 1];
  const room = high - low || Math.abs(high) || 1;
  return [low - 0.08 * room, high + 0.08 * room];
}

export function told(line: Line, index: number, digits: number): string {
  const value = line.values[index];
  if (value === null || value === undefined) return "–";
  const low = line.low?.[index];
  const high = line.high?.[index];
  const bounds = low != null && high != null ? ` (${low.toFixed(digits)} to ${high.toFixed(digits)})` : "";
  return value.toFixed(digits) + bounds;
}
