/** Sizes in words. Pure. */
import type { Pair } from "../../session/geometry";
import type { Ground } from "./kind";

/** Millimetres per unit of the ground; units themselves where they are unknown. */
export function scaleOf({ spacing }: Ground): Pair {
  return spacing ? [spacing.x, spacing.y] : [1, 1];
}

export function lengthOf([ax, ay]: Pair, [bx, by]: Pair, ground: Ground): number {
  const [x, y] = scaleOf(ground);
  return Math.hypot((bx - ax) * x, (by - ay) * y);
}

/** One length or several: "12.3 mm", "12.3 × 8.0 mm at detector", "34 × 20 px". */
export function lengths(values: readonly number[], ground: Ground): string {
  return `${values.map((value) => value.toFixed(ground.spacing ? 1 : 0)).join(" × ")} ${unit(ground, "mm")}`;
}

/** From an area in units of the ground. */
export function area(units: number, ground: Ground): string {
  const [x, y] = scaleOf(ground);
  const value = units * x * y;
  if (!ground.spacing) return `${value.toFixed(0)} px²`;
  return value < 1000 ? `${value.toFixed(1)} ${unit(ground, "mm²")}` : `${(value / 100).toFixed(1)} ${unit(ground, "cm²")}`;
}

function unit({ spacing }: Ground, name: string): string {
  if (!spacing) return "px";
  return spacing.isAtDetector ? `${name} at detector` : name;
}
