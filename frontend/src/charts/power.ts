/** How the chance to see a difference grows with the number of cases. */
import type { Chart } from "./chart";
import { colour } from "./theme";

export interface PowerPoint {
  cases: number;
  power: number;
}

export function powerChart(points: PowerPoint[], wanted: number): Chart {
  return {
    x: points.map((point) => point.cases),
    xLabel: "cases",
    yLabel: "power",
    digits: 2,
    lines: [{ label: "Power", colour: colour(0), values: points.map((point) => point.power) }],
    level: { value: wanted, label: `${Math.round(100 * wanted)} % wanted` },
    at: (cases) => `${Math.round(cases)} cases`,
  };
}
