/** The probe's line: follows the pointer over the viewports, outside of what the room draws anew with every change. */
import { probed } from "../viewer/probe/at";
import type { Cell } from "./cell";
import type { Room } from "./room";
import type { Stage } from "./stage";

export class Probe {
  private readonly line = document.createElement("div");
  private cell: Cell | null = null;
  private at: readonly [number, number] = [0, 0];

  constructor(
    private readonly room: Room,
    private readonly stage: Stage,
  ) {
    this.line.className = "probe num";
    this.line.dataset.probe = "";
    stage.element.addEventListener("pointermove", (event) => this.follow(event));
    stage.element.addEventListener("pointerleave", () => this.leave());
  }

  /** Told again after each change: the slice under the pointer may be another. */
  draw(): void {
    const words = this.room.sight.isProbing && this.cell?.shown.is === "shown" ? probed(this.cell.pane.view, this.at) : [];
    this.line.textContent = words.join("\n");
    if (words.length && this.cell && this.line.parentElement !== this.cell.element) this.cell.element.append(this.line);
  }

  private follow(event: PointerEvent): void {
    if (!this.room.sight.isProbing) return;
    this.cell = this.stage.cells.find((cell) => cell.element.contains(event.target as Node)) ?? null;
    if (!this.cell) return this.draw();
    const { left, top } = this.cell.image.getBoundingClientRect();
    this.at = [event.clientX - left, event.clientY - top];
    this.draw();
  }

  private leave(): void {
    this.cell = null;
    this.draw();
  }
}
