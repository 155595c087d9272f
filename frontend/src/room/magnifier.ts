/** The magnifying glass: follows the pointer over any viewport until it is put away. */
import { Lens } from "../viewer/magnifier/lens";
import type { Point } from "../viewer/stack/placement";
import type { Cell } from "./cell";
import type { Stage } from "./stage";

/** Off, then how much larger; the key goes from one to the next. */
const FACTORS = [0, 2, 4] as const;
export type Factor = (typeof FACTORS)[number];

export class Magnifier {
  factor: Factor = 0;
  private lens: Lens | null = null;
  private over: { readonly cell: Cell; readonly at: Point; readonly place: Point } | null = null;

  constructor(private readonly stage: Stage) {
    stage.element.addEventListener("pointermove", (event) => this.move(event));
    stage.element.addEventListener("pointerleave", () => this.lens?.hide());
  }

  next(): void {
    this.show(FACTORS[(FACTORS.indexOf(this.factor) + 1) % FACTORS.length] ?? 0);
  }

  /** Before the pointer has moved, it is held over the middle of the active viewport. */
  show(factor: Factor): void {
    this.factor = factor;
    if (!factor) {
      this.lens?.dispose();
      this.lens = null;
      return;
    }
    this.lens ??= new Lens(this.stage.element);
    this.over ??= this.middle();
    this.draw();
  }

  /** What it is held over has changed. */
  refresh(cell: Cell): void {
    if (this.lens && this.over?.cell === cell) this.draw();
  }

  private middle(): Magnifier["over"] {
    const cell = this.stage.active;
    const { offsetLeft, offsetTop, clientWidth, clientHeight } = cell.element;
    const at: Point = [clientWidth / 2, clientHeight / 2];
    return { cell, at, place: [offsetLeft + at[0], offsetTop + at[1]] };
  }

  private move(event: PointerEvent): void {
    const cell = this.stage.cells.find((one) => one.element.contains(event.target as Node));
    if (!cell) return;
    const { left, top } = cell.element.getBoundingClientRect();
    const at: Point = [event.clientX - left, event.clientY - top];
    this.over = { cell, at, place: [cell.element.offsetLeft + at[0], cell.element.offsetTop + at[1]] };
    if (this.lens) this.draw();
  }

  private draw(): void {
    if (!this.over || !this.factor || !this.stage.cells.includes(this.over.cell)) return this.lens?.hide();
    const { cell, at, place } = this.over;
    void this.lens?.draw(cell.pane.view, cell.image, at, place, this.factor);
  }
}
