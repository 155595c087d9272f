/** Planes of one volume that meet in one point: paging one moves the lines in the others. */
import { getShouldUseCPURendering } from "@cornerstonejs/core";

import type { Point3 } from "../view";
import { middle, toPatient } from "../volume/lattice";
import type { Volume } from "../volume/volume";
import { toPlane } from "../volume/plane-frame";
import { type Point, toScreen } from "../stack/placement";
import { type CrossLine, drawCross, linesOf } from "./crosshair";
import type { Orientation } from "./orientations";
import { type PlaneHost, PlaneView, type Stored } from "./plane-view";
import { NO_SLAB, type Slab } from "./slab";

export class Mpr implements PlaneHost {
  views: PlaneView[] = [];
  crossing: Point3;
  slab: Slab = NO_SLAB;
  isCrossShown = true;
  /** Zoom, middle and window of all planes go together. */
  isLinked = true;
  /** Called when the last plane is gone, and the volume with it. */
  ended: () => void = () => undefined;

  constructor(readonly volume: Volume) {
    this.crossing = toPatient(volume.lattice, middle(volume.lattice));
  }

  /** null where planes can be drawn; else why not. */
  static hindrance(): string | null {
    return getShouldUseCPURendering()
      ? "This browser draws without WebGL, which planes through a volume need. Slices can be read as they are."
      : null;
  }

  /** A plane in an empty element of the page; draw it with `begin`. */
  add(ground: HTMLDivElement, orientation: Orientation, stored: Stored): PlaneView {
    const view = new PlaneView(ground, orientation, this.volume, this, stored);
    this.views.push(view);
    return view;
  }

  /** Resolves when all planes may be drawn. */
  async begin(): Promise<void> {
    await Promise.all(this.views.map((view) => view.begin()));
  }

  get value(): number | null {
    return this.volume.valueAt(this.crossing);
  }

  /** All planes go through the voxel nearest to this point. */
  cross(point: Point3): void {
    this.crossing = this.volume.snapped(point);
    this.changed();
  }

  showCross(isShown: boolean): void {
    this.isCrossShown = isShown;
    this.changed();
  }

  /** Linked planes become slabs together. */
  thicken(slab: Slab, view: PlaneView): void {
    if (this.isLinked) this.slab = slab;
    for (const one of this.isLinked ? this.views : [view]) one.slab = slab;
    this.changed();
  }

  link(isLinked: boolean, leader: PlaneView): void {
    this.isLinked = isLinked;
    if (isLinked) this.looked(leader);
    if (isLinked) this.thicken(leader.slab, leader);
    this.changed();
  }

  looked(view: PlaneView): void {
    if (this.isLinked) for (const other of this.views) if (other !== view) other.follow(view);
    for (const one of this.views) one.changed();
  }

  drawn(view: PlaneView): void {
    drawCross(view, this.linesOn(view), this.crossing);
  }

  linesOn(view: PlaneView): CrossLine[] {
    return this.isCrossShown ? linesOf(view, this.views.filter((other) => other !== view)) : [];
  }

  /** From the point where all planes meet, in CSS pixels. */
  awayFromCross(view: PlaneView, [x, y]: Point): Point {
    const placement = view.placement();
    const [cx, cy] = placement ? toScreen(placement, toPlane(view.plane(), this.crossing).at) : [NaN, NaN];
    return [x - cx, y - cy];
  }

  gone(view: PlaneView): void {
    this.views = this.views.filter((other) => other !== view);
    if (this.views.length) return this.changed();
    this.volume.dispose();
    this.ended();
  }

  dispose(): void {
    for (const view of [...this.views]) view.dispose();
  }

  private changed(): void {
    for (const view of this.views) {
      view.apply();
      view.changed();
    }
  }
}
