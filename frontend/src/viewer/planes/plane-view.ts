/** One plane cut through a volume, behind the same verbs as a stack of images. */
import { Enums } from "@cornerstonejs/core";

import type { SliceImage } from "../loading/images";
import { renderingEngine } from "../setup";
import type { Placement, Point } from "../stack/placement";
import { type Turn, UPRIGHT } from "../turn";
import type { PatientPlane, Point3, View } from "../view";
import { isInside } from "../volume/lattice";
import { toWorld } from "../volume/plane-frame";
import type { Volume } from "../volume/volume";
import type { WindowRange } from "../window/presets";
import { type Camera, type Extent, panned, placementOf, projectionOf, zoomed } from "./camera";
import { depthOf, fitted, indexOf, type Pages, pagesThrough, planeAt, pointOn } from "./cut";
import type { Orientation } from "./orientations";
import { PlanePort } from "./port";
import { NO_SLAB, type Slab } from "./slab";

/** What planes of one volume have in common; each tells it what it wants, it tells all what to show. */
export interface PlaneHost {
  readonly crossing: Point3;
  cross(point: Point3): void;
  /** This one was zoomed, moved or windowed: linked ones follow. */
  looked(view: PlaneView): void;
  /** This one was drawn anew: its lines follow. */
  drawn(view: PlaneView): void;
  gone(view: PlaneView): void;
}

/** How the series asks to be shown. */
export interface Stored {
  readonly window: WindowRange;
  readonly isInverted: boolean;
}

const ZOOM = { least: 0.2, most: 30 };

export class PlaneView implements View {
  readonly kind = "plane" as const;
  changed: () => void = () => undefined;
  readonly current = null;
  zoomFactor = 1;
  slab: Slab = NO_SLAB;
  readonly crossLayer = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  private readonly port: PlanePort;
  private readonly pages: Pages;
  private readonly watch = new ResizeObserver(() => this.resize());
  private isGone = false;
  private centre: Point3;
  private turned: Turn = UPRIGHT;
  private voi: WindowRange;
  private inverted = false;

  constructor(
    private readonly element: HTMLDivElement, readonly orientation: Orientation, readonly volume: Volume,
    private readonly host: PlaneHost, readonly stored: Stored,
  ) {
    this.port = new PlanePort(element, volume);
    this.pages = pagesThrough(volume.lattice, orientation);
    this.voi = stored.window;
    this.inverted = stored.isInverted;
    this.centre = host.crossing;
    this.crossLayer.setAttribute("class", "cross");
    this.crossLayer.setAttribute("aria-hidden", "true");
    element.append(this.crossLayer);
    element.addEventListener(Enums.Events.IMAGE_RENDERED, this.drawn);
  }

  /** Resolves when the plane may be drawn. */
  async begin(): Promise<void> {
    await this.port.begin();
    if (this.isGone) return;
    this.apply();
    this.watch.observe(this.element);
  }

  private readonly drawn = (): void => this.changed();

  get images(): readonly SliceImage[] {
    return this.volume.series.images;
  }

  get count(): number {
    return this.pages.count;
  }

  get index(): number {
    return indexOf(this.pages, this.host.crossing);
  }

  goTo(index: number): Promise<void> {
    this.host.cross(pointOn(this.pages, this.host.crossing, index));
    return Promise.resolve();
  }

  scroll(by: number): Promise<void> {
    return this.goTo(this.index + by);
  }

  get window(): WindowRange {
    return this.voi;
  }

  set window(range: WindowRange | null) {
    this.voi = range ?? this.stored.window;
    this.tell();
  }

  get range(): WindowRange {
    return this.volume.range;
  }

  get isInverted(): boolean {
    return this.inverted;
  }

  invert(): void {
    this.inverted = !this.inverted;
    this.tell();
  }

  private get camera(): Camera {
    return { centre: this.centre, mmPerPixel: this.fit / this.zoomFactor, turn: this.turned };
  }

  /** `zoomFactor` 1 fits the volume into the pane. */
  zoom(by: number, around?: Point): void {
    const { width, height } = this.extent;
    const factor = Math.min(Math.max(this.zoomFactor * by, ZOOM.least), ZOOM.most);
    const fixed = around ?? [width / 2, height / 2];
    const scaled = zoomed(this.plane(), this.camera, factor / this.zoomFactor, fixed, this.extent);
    this.zoomFactor = factor;
    this.centre = scaled.centre;
    this.tell();
  }

  pan(by: Point): void {
    this.centre = panned(this.plane(), this.camera, by).centre;
    this.tell();
  }

  get turn(): Turn {
    return this.turned;
  }

  set turn(turn: Turn) {
    this.turned = turn;
    this.apply();
    this.changed();
  }

  resetView(): void {
    this.voi = this.stored.window;
    this.inverted = this.stored.isInverted;
    this.centre = this.pages.middle;
    this.zoomFactor = 1;
    this.turned = UPRIGHT;
    this.tell();
  }

  private tell(): void {
    this.apply();
    this.host.looked(this);
  }

  /** As another plane of the same volume looks: its middle, zoom and window, each in its own direction. */
  follow(other: PlaneView): void {
    this.centre = other.centre;
    this.zoomFactor = other.zoomFactor;
    this.voi = other.voi;
    this.inverted = other.inverted;
    this.apply();
  }

  /** Millimetres to either side of the cut that are shown. */
  get halfThickness(): number {
    return this.slab.mode === "none" ? this.pages.step / 2 : this.slab.thickness / 2;
  }

  /** The scale at which the whole volume fits, in millimetres per CSS pixel. */
  private get fit(): number {
    return fitted(this.volume.lattice, this.orientation, this.extent);
  }

  private get extent(): Extent {
    return { width: this.element.clientWidth || 1, height: this.element.clientHeight || 1 };
  }

  placement(): Placement | null {
    return this.isGone ? null : placementOf(this.plane(), this.camera, this.extent);
  }

  plane(): PatientPlane {
    return planeAt(this.volume.lattice, this.orientation, this.host.crossing, this.volume.series.frameOfReference);
  }

  /** `pixel` in the plane's millimetres; null outside the volume. */
  valueAt(pixel: Point): number | null {
    const point = toWorld(this.plane(), pixel);
    return isInside(this.volume.lattice, point) ? this.volume.valueAt(point) : null;
  }

  /** Where the cut lies, in millimetres as scanners count them. */
  get depth(): number {
    return depthOf(this.orientation, this.host.crossing);
  }

  /** Draw what is wanted now. */
  apply(): void {
    if (this.isGone) return;
    this.port.draw({
      projection: projectionOf(this.plane(), this.camera, this.extent), window: this.voi, isInverted: this.inverted,
      slab: this.slab, step: this.pages.step,
    });
    this.host.drawn(this);
  }

  private resize(): void {
    if (!this.element.clientWidth || this.isGone) return;
    renderingEngine().resize(true, false);
    this.apply();
  }

  dispose(): void {
    if (this.isGone) return;
    this.isGone = true;
    this.watch.disconnect();
    this.element.removeEventListener(Enums.Events.IMAGE_RENDERED, this.drawn);
    this.port.dispose();
    this.host.gone(this);
  }
}
