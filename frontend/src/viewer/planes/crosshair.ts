/** Where the other planes cut this one: a line for each, open around the point where all meet. */
import { render, svg, type TemplateResult } from "lit";

import { type Placement, type Point, toScreen } from "../stack/placement";
import type { PatientPlane, Point3 } from "../view";
import { toPlane } from "../volume/plane-frame";
import { along, cross } from "../volume/vectors";
import type { Orientation } from "./orientations";
import type { PlaneView } from "./plane-view";

/** CSS pixels left free around the point itself, so that what is pointed at stays visible. */
const GAP = 14;
/** CSS pixels; longer than any screen. */
const FAR = 8000;
/** CSS pixels from a line at which the hand takes hold of it. */
export const REACH = 8;

export interface CrossLine {
  readonly orientation: Orientation;
  /** A unit vector on the screen. */
  readonly direction: Point;
  /** Where the other plane's slab ends, in CSS pixels to either side; 0 for a thin one. */
  readonly half: number;
}

interface Other {
  readonly orientation: Orientation;
  readonly plane: PatientPlane;
  /** Millimetres; 0 for a thin plane. */
  readonly half: number;
}

export function crossLines(plane: PatientPlane, placement: Placement, others: readonly Other[]): CrossLine[] {
  return others.flatMap(({ orientation, plane: other, half }) => {
    const line = cross(plane.normal, other.normal);
    if (Math.hypot(...line) < 1e-6) return [];
    const onScreen = (from: Point3, to: Point3): Point => {
      const [a, b] = [toScreen(placement, toPlane(plane, from).at), toScreen(placement, toPlane(plane, to).at)];
      return [b[0] - a[0], b[1] - a[1]];
    };
    const [x, y] = onScreen(plane.origin, along(plane.origin, line, 100));
    const long = Math.hypot(x, y);
    const [sx, sy] = onScreen(plane.origin, along(plane.origin, other.normal, half));
    return [{ orientation, direction: [x / long, y / long] as const, half: Math.hypot(sx, sy) }];
  });
}

/** Whether the hand, at this distance from the point where all meet, is on one of the lines. */
export function isOnLine(lines: readonly CrossLine[], [dx, dy]: Point): boolean {
  return lines.some(({ direction: [x, y] }) => Math.abs(dx * y - dy * x) <= REACH);
}

export function linesOf(view: PlaneView, others: readonly PlaneView[]): CrossLine[] {
  const placement = view.placement();
  const told = others.map((other) => ({
    orientation: other.orientation, plane: other.plane(),
    half: other.slab.mode === "none" ? 0 : other.slab.thickness / 2,
  }));
  return placement ? crossLines(view.plane(), placement, told) : [];
}

export function drawCross(view: PlaneView, lines: readonly CrossLine[], crossing: Point3): void {
  const placement = view.placement();
  const at: Point = placement ? toScreen(placement, toPlane(view.plane(), crossing).at) : [0, 0];
  render(svg`${lines.map((line) => drawn(line, at))}`, view.crossLayer);
}

function drawn({ orientation, direction: [x, y], half }: CrossLine, [cx, cy]: Point): TemplateResult {
  const part = (from: number, to: number, aside: number, css: string): TemplateResult => {
    const place = (by: number): Point => [cx + by * x - aside * y, cy + by * y + aside * x];
    const [[x1, y1], [x2, y2]] = [place(from), place(to)];
    return svg`<line class=${css} x1=${x1} y1=${y1} x2=${x2} y2=${y2} />`;
  };
  const edges = half > 3 ? [half, -half] : [];
  return svg`<g class="cross-line ${orientation}" data-cross=${orientation}>
    ${[GAP, -GAP].map((gap) => part(gap, Math.sign(gap) * FAR, 0, "halo"))}
    ${[GAP, -GAP].map((gap) => part(gap, Math.sign(gap) * FAR, 0, "line"))}
    ${edges.map((aside) => part(-FAR, FAR, aside, "slab"))}
  </g>`;
}
