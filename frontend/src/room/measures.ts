/** Ruler and angle: measured, shown, and gone with the case or with Esc. Never part of what is said. */
import { kindOf, type Shape } from "../viewer/marks/kinds/table";
import type { Ground } from "../viewer/marks/kind";
import type { Mark } from "../viewer/marks/placed";
import { toolOf, type ToolName } from "../viewer/marks/tools";

interface Measure {
  readonly track: string;
  readonly tool: ToolName;
  readonly geometry: Shape;
  readonly ground: string;
}

export class Measures {
  private list: readonly Measure[] = [];
  private made = 0;

  add(tool: ToolName, geometry: Shape, ground: Ground): void {
    this.list = [...this.list, { track: `passing-${(this.made += 1)}`, tool, geometry, ground: ground.key }];
  }

  has(track: string): boolean {
    return this.list.some((one) => one.track === track);
  }

  change(track: string, geometry: Shape): void {
    this.list = this.list.map((one) => (one.track === track ? { ...one, geometry } : one));
  }

  /** Returns whether there was any. */
  clear(): boolean {
    const was = this.list.length > 0;
    this.list = [];
    return was;
  }

  on(ground: Ground): Mark[] {
    return this.list.filter((one) => one.ground === ground.key).map(({ track, tool, geometry }) => {
      const { kind } = toolOf(tool);
      return { track, kind, geometry, label: "", size: kindOf(kind).measure(geometry, ground), isPassing: true };
    });
  }
}
