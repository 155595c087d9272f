/** Which part of which box lies under the pointer, and what a drag of it does. Pure; screen boxes in CSS pixels. */
import { clamped, MINIMUM, moved } from "../../session/boxes";
import type { Box } from "../../session/content";
import type { Point } from "../stack/placement";

export type Part = "body" | "n" | "e" | "s" | "w" | "ne" | "nw" | "se" | "sw";

export interface ScreenBox {
  readonly track: string;
  readonly box: Box;
}

export interface Hit {
  readonly track: string;
  readonly part: Part;
}

const REACH = 7;

/** The chosen box can be taken anywhere, others by their edge: so a box may be drawn inside another. */
export function hit(boxes: readonly ScreenBox[], chosen: string | null, point: Point): Hit | null {
  const first = boxes.find((one) => one.track === chosen);
  const rest = boxes.filter((one) => one.track !== chosen);
  for (const one of first ? [first, ...rest] : rest) {
    const part = partAt(one.box, point);
    if (part && (part !== "body" || one.track === chosen)) return { track: one.track, part };
  }
  return null;
}

/** The smallest box around the point: what a click without a drag chooses. */
export function around(boxes: readonly ScreenBox[], [x, y]: Point): string | null {
  const inside = boxes.filter(({ box }) => {
    const [right, bottom] = [box.x + box.w, box.y + box.h];
    return x >= box.x - REACH && y >= box.y - REACH && x <= right + REACH && y <= bottom + REACH;
  });
  inside.sort((a, b) => a.box.w * a.box.h - b.box.w * b.box.h);
  return inside[0]?.track ?? null;
}

function partAt({ x, y, w, h }: Box, [px, py]: Point): Part | null {
  if (px < x - REACH || py < y - REACH || px > x + w + REACH || py > y + h + REACH) return null;
  const vertical = Math.abs(py - y) <= REACH ? "n" : Math.abs(py - y - h) <= REACH ? "s" : "";
  const horizontal = Math.abs(px - x) <= REACH ? "w" : Math.abs(px - x - w) <= REACH ? "e" : "";
  return ((vertical + horizontal) || "body") as Part;
}

/** The box after a drag by image pixels; it stays in the image and above the minimum size. */
export function reshaped(box: Box, part: Part, dx: number, dy: number, columns: number, rows: number): Box {
  if (part === "body") return moved(box, dx, dy, columns, rows);
  let { x, y } = box;
  let [right, bottom] = [box.x + box.w, box.y + box.h];
  if (part.includes("w")) x = Math.min(x + dx, right - MINIMUM);
  if (part.includes("e")) right = Math.max(right + dx, x + MINIMUM);
  if (part.includes("n")) y = Math.min(y + dy, bottom - MINIMUM);
  if (part.includes("s")) bottom = Math.max(bottom + dy, y + MINIMUM);
  return clamped({ x, y, w: right - x, h: bottom - y }, columns, rows) ?? box;
}

const CURSORS: Record<Part, string> = {
  body: "move", n: "ns-resize", s: "ns-resize", e: "ew-resize", w: "ew-resize", ne: "nesw-resize", sw: "nesw-resize",
  nw: "nwse-resize", se: "nwse-resize",
};

export const cursorOf = (found: Hit | null): string => (found ? CURSORS[found.part] : "");
