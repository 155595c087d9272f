/** Mouse and pen on the image: window, pan, zoom, page, and boxes drawn, moved and resized. */
import { around, cursorOf, hit, type Hit, type ScreenBox } from "../boxes/geometry";
import type { Point } from "../stack/placement";

/** What a gesture does; points and distances in CSS pixels, relative to the image's element. */
export interface Actions {
  boxes(): readonly ScreenBox[];
  chosen(): string | null;
  /** Whether a left drag on free ground draws a box (a finding is in hand, and the case may be changed). */
  mayDraw(): boolean;
  mayChange(): boolean;
  choose(track: string | null): void;
  draw(from: Point, to: Point, isDone: boolean): void;
  reshape(found: Hit, dx: number, dy: number, isDone: boolean): void;
  cancel(): void;
  window(dx: number, dy: number): void;
  pan(dx: number, dy: number): void;
  zoom(by: number, at: Point): void;
  scroll(slices: number): void;
  hasStack(): boolean;
}

type Kind = "window" | "pan" | "draw" | "reshape";

interface Drag {
  kind: Kind;
  from: Point;
  last: Point;
  found: Hit | null;
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
    element.addEventListener("wheel", (event) => this.turn(event), { passive: false });
    element.addEventListener("contextmenu", (event) => event.preventDefault());
  }

  /** Let go of what is being dragged, as if it had not begun. Returns whether something was. */
  abort(): boolean {
    const was = this.drag !== null;
    if (this.drag?.isMoving) this.actions.cancel();
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
    const found = event.button === 0 && !this.leftWindows ? hit(this.actions.boxes(), this.actions.chosen(), from) : null;
    this.drag = { kind: this.kindOf(event, found), from, last: from, found, isMoving: false };
  }

  private kindOf(event: PointerEvent, found: Hit | null): Kind {
    if (event.button === 2) return "window";
    if (event.button === 1 || event.shiftKey) return "pan";
    if (this.leftWindows) return "window";
    if (found && this.actions.mayChange()) return "reshape";
    return this.actions.mayDraw() ? "draw" : "pan";
  }

  private move(event: PointerEvent): void {
    const point = this.at(event);
    if (!this.drag) return this.hover(point);
    const { from, last } = this.drag;
    if (!this.drag.isMoving && Math.hypot(point[0] - from[0], point[1] - from[1]) < SLOP) return;
    this.drag.isMoving = true;
    this.drag.last = point;
    this.continue(this.drag, point, last, false);
  }

  private continue({ kind, from, found }: Drag, point: Point, last: Point, isDone: boolean): void {
    const [dx, dy] = [point[0] - last[0], point[1] - last[1]];
    if (kind === "window") this.actions.window(dx, dy);
    if (kind === "pan") this.actions.pan(dx, dy);
    if (kind === "draw") this.actions.draw(from, point, isDone);
    if (kind === "reshape" && found) this.actions.reshape(found, point[0] - from[0], point[1] - from[1], isDone);
  }

  private up(event: PointerEvent): void {
    const drag = this.drag;
    this.drag = null;
    if (!drag) return;
    const point = this.at(event);
    if (drag.isMoving) this.continue(drag, point, drag.last, true);
    else if (event.button === 0) this.actions.choose(around(this.actions.boxes(), point));
  }

  private hover(point: Point): void {
    const found = this.actions.mayChange() ? hit(this.actions.boxes(), this.actions.chosen(), point) : null;
    const idle = this.leftWindows ? "ns-resize" : this.actions.mayDraw() ? "crosshair" : "grab";
    this.element.style.cursor = cursorOf(found) || idle;
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
