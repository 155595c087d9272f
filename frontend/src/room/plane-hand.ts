/** The left button on a plane moves the point where all planes meet, where it has nothing else to do. */
import { isOnLine } from "../viewer/planes/crosshair";
import type { Mpr } from "../viewer/planes/mpr";
import { PlaneView } from "../viewer/planes/plane-view";
import { type Point, toImage } from "../viewer/stack/placement";
import { toWorld } from "../viewer/volume/plane-frame";
import type { Cell } from "./cell";
import type { Stage } from "./stage";

export class CrossHand {
  private held: { view: PlaneView; pointer: number } | null = null;

  constructor(private readonly stage: Stage, private readonly mpr: () => Mpr | null) {
    // Before the gestures of the pane below: what is taken here does not reach them.
    stage.element.addEventListener("pointerdown", (event) => this.down(event), { capture: true });
    stage.element.addEventListener("pointermove", (event) => this.move(event), { capture: true });
    for (const end of ["pointerup", "pointercancel"] as const) {
      stage.element.addEventListener(end, (event) => this.up(event), { capture: true });
    }
  }

  private cellAt(event: PointerEvent): Cell | null {
    return this.stage.cells.find(({ image }) => image.contains(event.target as Node)) ?? null;
  }

  private down(event: PointerEvent): void {
    const cell = this.cellAt(event);
    const view = cell?.pane.view;
    if (!cell || !(view instanceof PlaneView) || !this.isMine(event, cell, view)) return;
    event.preventDefault();
    event.stopPropagation();
    this.stage.activate(cell);
    (document.activeElement as HTMLElement | null)?.blur?.();
    cell.image.setPointerCapture(event.pointerId);
    this.held = { view, pointer: event.pointerId };
    this.move(event);
  }

  private isMine(event: PointerEvent, { pane, image }: Cell, view: PlaneView): boolean {
    const mpr = this.mpr();
    if (!mpr?.isCrossShown || event.button !== 0 || event.shiftKey || pane.gestures.leftWindows) return false;
    if ((event.target as Element).closest("button")) return false;
    const at = pointIn(image, event);
    return isOnLine(mpr.linesOn(view), mpr.awayFromCross(view, at)) || !pane.isTaken(at);
  }

  private move(event: PointerEvent): void {
    const { held } = this;
    if (!held || held.pointer !== event.pointerId) return;
    event.stopPropagation();
    const placement = held.view.placement();
    const cell = this.stage.cells.find(({ pane }) => pane.view === held.view);
    if (!placement || !cell) return this.drop();
    this.mpr()?.cross(toWorld(held.view.plane(), toImage(placement, pointIn(cell.image, event))));
  }

  private up(event: PointerEvent): void {
    if (this.held?.pointer !== event.pointerId) return;
    event.stopPropagation();
    this.drop();
  }

  private drop(): void {
    this.held = null;
  }
}

function pointIn(element: HTMLElement, event: PointerEvent): Point {
  const { left, top } = element.getBoundingClientRect();
  return [event.clientX - left, event.clientY - top];
}
