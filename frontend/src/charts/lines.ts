/** Line charts with interval bands on uPlot: one look for every curve of the service. */
import "uplot/dist/uPlot.min.css";

import uPlot from "uplot";

import { dataOf, padded, spread, told, type Chart, type Line } from "./chart";
import { ink, onTheme } from "./theme";

interface Drawn {
  plot: uPlot;
  chart: Chart;
}

const drawn = new Map<HTMLElement, Drawn>();
const sizes = new ResizeObserver((entries) => {
  for (const entry of entries) {
    const found = drawn.get(entry.target as HTMLElement);
    if (found && entry.contentRect.width > 0) found.plot.setSize(sizeOf(entry.target as HTMLElement));
  }
});
let watching = false;

/** Draw, or draw anew, into an element whose height the style sheet sets. */
export function draw(element: HTMLElement, chart: Chart): void {
  if (!watching) onTheme(() => [...drawn].forEach(([one, { chart }]) => draw(one, chart)));
  watching = true;
  forget(element);
  element.replaceChildren();
  const legend = document.createElement("div");
  legend.className = "chart-legend";
  const plot = new uPlot(options(element, chart, legend), dataOf(chart), element);
  element.prepend(legend);
  plot.setSize(sizeOf(element));
  drawn.set(element, { plot, chart });
  sizes.observe(element);
}

/** Elements that have left the page are let go. */
function forget(element: HTMLElement): void {
  for (const [one, { plot }] of drawn) {
    if (one !== element && one.isConnected) continue;
    plot.destroy();
    sizes.unobserve(one);
    drawn.delete(one);
  }
}

function sizeOf(element: HTMLElement): { width: number; height: number } {
  const legend = element.querySelector<HTMLElement>(".chart-legend")?.offsetHeight ?? 0;
  return { width: Math.max(200, element.clientWidth), height: Math.max(120, element.clientHeight - legend) };
}

function options(element: HTMLElement, chart: Chart, legend: HTMLElement): uPlot.Options {
  const { text, grid } = ink();
  const axis = { stroke: text, grid: { stroke: grid, width: 1 }, ticks: { stroke: grid }, font: "12px system-ui", labelFont: "12px system-ui" };
  const say = (index: number | null | undefined): void => writeLegend(legend, chart, index ?? null);
  say(null);
  return {
    ...sizeOf(element),
    legend: { show: false },
    cursor: { y: false, points: { size: 7 } },
    scales: {
      x: { time: false, range: (_, low, high) => spread(low, Math.max(high, chart.xMost ?? high)) },
      y: { range: (_, low, high) => padded(low, high) },
    },
    axes: [
      { ...axis, label: chart.xLabel, labelSize: 22, size: 34, incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000] },
      { ...axis, label: chart.yLabel, labelSize: 20, size: 52 },
    ],
    series: [{}, ...chart.lines.flatMap(series)],
    bands: chart.lines.flatMap((line, index) => (line.low ? [{ series: [3 * index + 2, 3 * index + 3] as [number, number], fill: `${line.colour}26` }] : [])),
    hooks: {
      draw: [(plot) => marks(plot, chart), (plot) => level(plot, chart)],
      setCursor: [(plot) => say(plot.cursor.idx)],
    },
  };
}

function series(line: Line): uPlot.Series[] {
  const bound: uPlot.Series = { stroke: `${line.colour}66`, width: line.low ? 1 : 0, points: { show: false }, spanGaps: true };
  const main: uPlot.Series = { label: line.label, stroke: line.colour, width: 2, spanGaps: true, points: { show: line.values.filter((v) => v !== null).length < 2 } };
  if (line.dashed) main.dash = [6, 4];
  if (line.marks) main.points = { show: false };
  return [main, bound, bound];
}

function marks(plot: uPlot, chart: Chart): void {
  const context = plot.ctx;
  for (const line of chart.lines) {
    line.marks?.forEach((mark, index) => {
      const value = line.values[index];
      if (!mark || value === null || value === undefined) return;
      context.beginPath();
      context.arc(plot.valToPos(chart.x[index] as number, "x", true), plot.valToPos(value, "y", true), 5 * devicePixelRatio, 0, 2 * Math.PI);
      context.fillStyle = mark === "full" ? line.colour : ink().surface;
      context.strokeStyle = line.colour;
      context.lineWidth = 2 * devicePixelRatio;
      context.fill();
      context.stroke();
    });
  }
}

function level(plot: uPlot, chart: Chart): void {
  const scale = plot.scales["y"];
  const value = chart.level?.value;
  if (value === undefined || scale?.min == null || scale.max == null || value < scale.min || value > scale.max) return;
  const y = plot.valToPos(value, "y", true);
  const context = plot.ctx;
  context.save();
  context.setLineDash([2 * devicePixelRatio, 4 * devicePixelRatio]);
  context.strokeStyle = context.fillStyle = ink().text;
  context.beginPath();
  context.moveTo(plot.bbox.left, y);
  context.lineTo(plot.bbox.left + plot.bbox.width, y);
  context.stroke();
  context.font = `${11 * devicePixelRatio}px system-ui`;
  context.textAlign = "left";
  context.fillText(chart.level?.label ?? "", plot.bbox.left + plot.bbox.width / 10, y - 4 * devicePixelRatio);
  context.restore();
}

/** Without the cursor the last value of each line is told. */
function writeLegend(legend: HTMLElement, chart: Chart, index: number | null): void {
  const last = chart.x.length - 1;
  const at = index ?? last;
  legend.replaceChildren();
  for (const line of chart.lines.filter((one) => !one.untold)) {
    const item = document.createElement("span");
    item.className = "chart-legend-item";
    const swatch = document.createElement("i");
    swatch.style.background = line.colour;
    if (line.dashed) swatch.className = "dashed";
    const value = document.createElement("b");
    value.textContent = told(line, at, chart.digits ?? 3);
    const label = document.createElement("span");
    label.textContent = label.title = line.label;
    item.append(swatch, label, value);
    legend.append(item);
  }
  if (last >= 0) {
    const where = document.createElement("span");
    where.className = "chart-legend-at";
    const x = chart.x[at] as number;
    where.textContent = chart.at ? chart.at(x, at) : `${chart.xLabel} ${x}`;
    legend.append(where);
  }
}
