/** A mark while the hand gives its points: by clicks, by a drag, or by a drag that follows an outline. Pure. */
import type { Pair } from "../../session/geometry";
import type { Ground } from "./kind";
import { kindOf, type Shape } from "./kinds/table";
import { toolOf, type ToolName } from "./tools";

export interface Stroke {
  readonly tool: ToolName;
  readonly ground: Ground;
  /** The finding that it is drawn for, whichever is in hand when it is closed; null for a passing measurement. */
  readonly finding: number | null;
  readonly points: readonly Pair[];
  /** Where the pointer is, for what would be drawn by a click there. */
  readonly hover: Pair | null;
}

export const begun = (tool: ToolName, ground: Ground, finding: number | null = null): Stroke => ({
  tool, ground, finding, points: [], hover: null,
});

export const needsOf = ({ tool }: Stroke): number => kindOf(toolOf(tool).kind).needs;

export function extended(stroke: Stroke, ...points: readonly Pair[]): Stroke {
  const room = needsOf(stroke) - stroke.points.length;
  return { ...stroke, points: [...stroke.points, ...points.slice(0, room)], hover: null };
}

/** A drag gives both its ends, but only its last one where a single point is missing. */
export function dragged(stroke: Stroke, from: Pair, to: Pair): Stroke {
  return needsOf(stroke) - stroke.points.length === 1 ? extended(stroke, to) : extended(stroke, from, to);
}

/** Without its last point; null when nothing is left of it. */
export function shortened(stroke: Stroke): Stroke | null {
  return stroke.points.length > 1 ? { ...stroke, points: stroke.points.slice(0, -1) } : null;
}

export const isComplete = (stroke: Stroke): boolean => stroke.points.length >= needsOf(stroke);

/** null when it is too small or has too few points. */
export function finished({ tool, ground, points }: Stroke): Shape | null {
  return kindOf(toolOf(tool).kind).made(points, ground);
}

/** What to draw: the mark that it would be, else its points as a line. */
export function sketched(stroke: Stroke): { shape: Shape } | { line: readonly Pair[] } {
  const points = stroke.hover ? [...stroke.points, stroke.hover] : stroke.points;
  const isOutline = needsOf(stroke) === Infinity;
  const shape = isOutline ? null : finished({ ...stroke, points });
  return shape ? { shape } : { line: points };
}
