/** Mouse and pen on the view: window, pan, zoom, page, and whatever the marks make of the left button. */
import type { Point } from "../stack/placement";

/** A drag that somebody took. */
export interface Grab {
  /** Where the pointer went since it was last told, in order; the whole way where the browser tells it. */
  drag(points: readonly Point[], isDone: boolean): void;
  /** As if it had not begun. */
  cancel(): void;
}

/** What a gesture does; points and distances in CSS pixels, relative to the view's element. */
export interface Actions {
  /** What a left drag from here does; null: it pans. */
  grab(from: Point): Grab | null;
  /** A left press without a drag. */
  click(at: Point): void;
  close(): void;
  /** The pointer moves over the view, or leaves it; the cursor to show, "" for the view's own. */
  hover(at: Point | null): string;
  window(dx: number, dy: number): void;
  pan(dx: number, dy: number): void;
  zoom(by: number, at: Point): void;
  scroll(slices: number): void;
  hasStack(): boolean;
}

interface Drag {
  readonly kind: "window" | "pan" | "grab";
  readonly grab: Grab | null;
  readonly from: Point;
  last: Point;
  isMoving: boolean;
}

/** CSS pixels; a shorter drag is a click. */
const SLOP = 4;
const WHEEL_STEP = 40;

export class Gestures {
  /** The left button windows instead of drawing (key w). */
  leftWindows = false;
  private drag: Drag | null = null;
  private wheel = 0;

  constructor(
    private readonly element: HTMLElement,
    private readonly actions: Actions,
  ) {
    element.addEventListener("pointerdown", (event) => this.down(event));
    element.addEventListener("pointermove", (event) => this.move(event));
    element.addEventListener("pointerup", (event) => this.up(event));
    element.addEventListener("pointercancel", () => this.abort());
    element.addEventListener("pointerleave", () => !this.drag && actions.hover(null));
    element.addEventListener("dblclick", () => actions.close());
    element.addEventListener("wheel", (event) => this.turn(event), { passive: false });
    element.addEventListener("contextmenu", (event) => event.preventDefault());
  }

  /** Let go of what is being dragged, as if it had not begun. Returns whether something was. */
  abort(): boolean {
    const was = this.drag !== null;
    this.drag?.grab?.cancel();
    this.drag = null;
    return was;
  }

  private at(event: MouseEvent): Point {
    const { left, top } = this.element.getBoundingClientRect();
    return [event.clientX - left, event.clientY - top];
  }

  private down(event: PointerEvent): void {
    if (this.drag || (event.target as Element).closest("button")) return;
    event.preventDefault();
    (document.activeElement as HTMLElement | null)?.blur?.();
    this.element.setPointerCapture(event.pointerId);
    const from = this.at(event);
    const isPlain = event.button === 0 && !event.shiftKey && !this.leftWindows;
    const grab = isPlain ? this.actions.grab(from) : null;
    const windows = event.button === 2 || (event.button === 0 && !event.shiftKey && this.leftWindows);
    this.drag = { kind: grab ? "grab" : windows ? "window" : "pan", grab, from, last: from, isMoving: false };
  }

  private move(event: PointerEvent): void {
    const point = this.at(event);
    const { drag } = this;
    if (!drag) return this.hover(point);
    if (!drag.isMoving && Math.hypot(point[0] - drag.from[0], point[1] - drag.from[1]) < SLOP) return;
    drag.isMoving = true;
    this.go(drag, event, false);
  }

  private go(drag: Drag, event: PointerEvent, isDone: boolean): void {
    const point = this.at(event);
    const [dx, dy] = [point[0] - drag.last[0], point[1] - drag.last[1]];
    drag.last = point;
    if (drag.kind === "window") this.actions.window(dx, dy);
    if (drag.kind === "pan") this.actions.pan(dx, dy);
    // A quick hand moves several times between two frames; a freehand line wants all of it.
    const way = event.getCoalescedEvents?.().map((one) => this.at(one)) ?? [];
    drag.grab?.drag(way.length && !isDone ? way : [point], isDone);
  }

  private up(event: PointerEvent): void {
    const { drag } = this;
    this.drag = null;
    if (!drag) return;
    if (drag.isMoving) return this.go(drag, event, true);
    drag.grab?.cancel();
    if (event.button === 0 && !event.shiftKey && !this.leftWindows) this.actions.click(this.at(event));
  }

  private hover(point: Point): void {
    const cursor = this.leftWindows ? "" : this.actions.hover(point);
    this.element.style.cursor = cursor || (this.leftWindows ? "ns-resize" : "grab");
  }

  private turn(event: WheelEvent): void {
    event.preventDefault();
    if (event.ctrlKey || event.metaKey || !this.actions.hasStack()) {
      return this.actions.zoom(Math.exp(-event.deltaY / 500), this.at(event));
    }
    this.wheel += event.deltaMode === WheelEvent.DOM_DELTA_PIXEL ? event.deltaY : event.deltaY * WHEEL_STEP;
    const slices = Math.trunc(this.wheel / WHEEL_STEP);
    this.wheel -= slices * WHEEL_STEP;
    if (slices) this.actions.scroll(slices);
  }
}
