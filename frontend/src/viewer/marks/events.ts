/** What the hand on a view asks of the room, and tells it. */
import type { Mask } from "../../session/geometry";
import type { Ground } from "./kind";
import type { Shape } from "./kinds/table";
import type { Drawing } from "./layer";
import type { Paintbrush } from "./painting";
import type { Stroke } from "./stroke";
import type { ToolName } from "./tools";

export interface MarkEvents {
  /** What to draw on this ground now. */
  drawing(ground: Ground): Drawing;
  /** What the left button does on free ground; null pans. */
  tool(): ToolName | null;
  /** Whether this tool may begin here; tells the reader why not. */
  mayBegin(tool: ToolName, ground: Ground): boolean;
  /** Whether marks of the case may be changed; passing measurements always may. */
  mayChange(): boolean;
  /** A mark under way outlives the pane: the room keeps it. */
  stroke(): Stroke | null;
  keepStroke(stroke: Stroke | null): void;
  begun(tool: ToolName, ground: Ground): Stroke;
  /** What a stroke's mark will be called. */
  label(stroke: Stroke): string;
  made(stroke: Stroke, shape: Shape): void;
  reshaped(track: string, shape: Shape, ground: Ground): void;
  chosen(track: string | null): void;
  /** null: nothing can be painted here. */
  brush(ground: Ground): Paintbrush | null;
  painted(mask: Mask, ground: Ground): void;
  suggestion(finding: number, act: "accept" | "reject" | "take"): void;
}
