/** A mark placed without a pointer: in the middle of what a viewport shows, a quarter of it wide. Pure. */
import type { Pair } from "../../session/geometry";
import { type Placement, toImage } from "../stack/placement";
import { type Ground, within } from "./kind";
import { kindOf, type Shape } from "./kinds/table";
import { toolOf, type ToolName } from "./tools";

/** Half of the mark as a share of the viewport's shorter side. */
const REACH = 0.125;

/** null for kinds that a hand has to draw (polygon, brush), and where the middle shows nothing of the picture. */
export function middleOf(
  tool: ToolName, placement: Placement, { width, height }: { readonly width: number; readonly height: number }, ground: Ground,
): Shape | null {
  const kind = kindOf(toolOf(tool).kind);
  if (!Number.isFinite(kind.needs) || toolOf(tool).paints !== undefined) return null;
  const reach = REACH * Math.min(width, height);
  const at = (x: number, y: number): Pair => within(toImage(placement, [width / 2 + x * reach, height / 2 + y * reach]), ground);
  const corners = kind.needs === 1 ? [at(0, 0)] : kind.needs === 4 ? [at(-1, 0), at(1, 0), at(0, -0.5), at(0, 0.5)] : [at(-1, -1), at(1, 1)];
  return kind.made(corners, ground);
}
