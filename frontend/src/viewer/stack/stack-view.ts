/** The image on the screen: a Cornerstone stack viewport behind the few verbs that the room needs. */
import { Enums, type Types, utilities } from "@cornerstonejs/core";

import { text } from "../loading/header";
import type { SliceImage } from "../loading/images";
import { load } from "../loading/load";
import { renderingEngine } from "../setup";
import { isSame, type Turn, UPRIGHT } from "../turn";
import type { PatientPlane, View } from "../view";
import { isSameCurve, type WindowRange } from "../window/curve";
import { draw } from "../window/draw";
import { ORDINARY, type Percentiles, percentilesOf } from "../window/histogram";
import { storedWindows } from "../window/stored";
import type { PixelValue } from "../probe/reading";
import { type Placement, type Point, toImage, toScreen } from "./placement";
import { planeOf } from "./plane";

/** Of the size that fits: small enough that a small picture can be seen pixel by pixel. */
const ZOOM = { least: 0.005, most: 30 };

let made = 0;

export class StackView implements View {
  readonly kind = "stack";
  images: readonly SliceImage[] = [];
  index = 0;
  /** Called after each drawing, and whenever the view has changed. */
  changed: () => void = () => undefined;
  private readonly id = `stack-${(made += 1)}`;
  private readonly viewport: Types.IStackViewport;
  private readonly resizes = new ResizeObserver(() => this.resize());
  private wanted = 0;
  private turnedBy: Turn = UPRIGHT;
  /** The whole image fills its element: so it stays when that gets another shape. */
  private isFitted = true;
  /** The reader's; null while each image is shown with its own. */
  private chosen: WindowRange | null = null;
  private shown: WindowRange | null = null;
  /** For images that ask for no window: one for the whole stack, so that paging does not flicker. */
  private ordinary: WindowRange | null = null;

  /** `most`: how far one may zoom in, as a factor of what fits. */
  constructor(private readonly element: HTMLDivElement, private readonly most = ZOOM.most) {
    const engine = renderingEngine();
    engine.enableElement({ viewportId: this.id, element, type: Enums.ViewportType.STACK });
    this.viewport = engine.getViewport(this.id) as Types.IStackViewport;
    const events = [Enums.Events.IMAGE_RENDERED, Enums.Events.CAMERA_MODIFIED, Enums.Events.VOI_MODIFIED];
    for (const name of events) element.addEventListener(name, () => this.changed());
    this.resizes.observe(element);
  }

  get count(): number {
    return this.images.length;
  }

  get current(): SliceImage | null {
    return this.images[this.index] ?? null;
  }

  /** Show a stack at an image that is loaded already. */
  async show(images: readonly SliceImage[], index: number): Promise<void> {
    this.images = images;
    this.index = this.wanted = index;
    this.ordinary = null;
    await this.viewport.setStack(images.map((image) => image.imageId), index);
    this.resetView();
  }

  clear(): void {
    this.images = [];
  }

  /** Page to a slice; the last one asked for wins. Throws LoadFailure. */
  async goTo(index: number): Promise<void> {
    const target = Math.min(Math.max(index, 0), this.images.length - 1);
    const image = this.images[target];
    if (!image || target === this.wanted) return;
    this.wanted = target;
    await load(image);
    if (this.wanted !== target) return;
    await this.viewport.setImageIdIndex(target);
    this.index = target;
    this.drawWindow();
    this.changed();
  }

  scroll(slices: number): Promise<void> {
    return this.goTo(this.wanted + slices);
  }

  get window(): WindowRange | null {
    return this.shown;
  }

  set window(range: WindowRange | null) {
    this.chosen = range;
    this.drawWindow();
  }

  /** What the image shown asks for; of several the first. */
  get storedWindow(): WindowRange | null {
    if (!this.current) return null;
    const [first] = storedWindows(this.current.header);
    if (first && this.components === 1) return first;
    if (this.components > 1) return { lower: 0, upper: 255 };
    this.ordinary ??= this.percentiles()(...ORDINARY);
    return this.ordinary;
  }

  private drawWindow(): void {
    const range = this.chosen ?? this.storedWindow;
    if (!range) return;
    const before = this.shown;
    this.shown = range;
    draw(this.viewport, range);
    this.viewport.render();
    // Cornerstone tells of moved ends, not of another curve between the same ones.
    if (before && !isSameCurve(before.curve, range.curve)) this.changed();
  }

  /** MONOCHROME1 is drawn inverted from the start. */
  get isStoredInverted(): boolean {
    return this.current !== null && text(this.current.header, "00280004") === "MONOCHROME1";
  }

  get isInverted(): boolean {
    return Boolean(this.viewport.getProperties()?.invert);
  }

  invert(): void {
    this.viewport.setProperties({ invert: !this.isInverted });
    this.viewport.render();
  }

  /** Least and greatest stored value of the image, rescaled. */
  get range(): WindowRange | null {
    const image = this.viewport.getCornerstoneImage?.();
    return image ? { lower: image.minPixelValue, upper: image.maxPixelValue } : null;
  }

  /** Of the image shown. */
  percentiles(): Percentiles {
    return percentilesOf(this.viewport.getCornerstoneImage()?.getPixelData() ?? []);
  }

  valueAt([column, row]: Point): PixelValue | null {
    const image = this.images.length ? this.viewport.getCornerstoneImage() : null;
    if (!image) return null;
    const [pixels, parts] = [image.getPixelData(), this.components];
    const at = (row * image.columns + column) * parts;
    if (at < 0 || at + parts > pixels.length) return null;
    return parts === 1 ? (pixels[at] as number) : [pixels[at] as number, pixels[at + 1] as number, pixels[at + 2] as number];
  }

  /** Values per pixel: 1, or 3 or 4 of a colour image. */
  private get components(): number {
    const image = this.viewport.getCornerstoneImage();
    return image ? Math.max(1, Math.round(image.getPixelData().length / (image.rows * image.columns))) : 1;
  }

  get zoomFactor(): number {
    return this.viewport.getZoom();
  }

  /** Zoom by a factor, keeping the point under the pointer (else the middle) where it is. */
  zoom(by: number, around?: Point): void {
    const placement = this.placement();
    if (!placement) return;
    const zoom = Math.min(Math.max(this.viewport.getZoom() * by, ZOOM.least), this.most);
    const fixed = around ?? [this.element.clientWidth / 2, this.element.clientHeight / 2];
    const inImage = toImage(placement, fixed);
    this.isFitted = false;
    this.viewport.setZoom(zoom);
    const after = this.placement();
    if (after) {
      const now = toScreen(after, inImage);
      this.pan([fixed[0] - now[0], fixed[1] - now[1]]);
    }
    this.viewport.render();
  }

  pan(by: Point): void {
    this.isFitted = false;
    const [x, y] = this.viewport.getPan();
    this.viewport.setPan([x + by[0], y + by[1]]);
    this.viewport.render();
  }

  get turn(): Turn {
    return this.turnedBy;
  }

  set turn(turn: Turn) {
    this.turnedBy = turn;
    // A flip is relative to the turn in force, so the turn is taken back first.
    this.viewport.setViewPresentation({ rotation: 0 });
    this.viewport.setCamera({ flipHorizontal: turn.isMirrored });
    this.viewport.setViewPresentation({ rotation: 90 * turn.quarters });
    this.viewport.render();
    this.changed();
  }

  /** Fitted, upright, with the stored window, not inverted. */
  resetView(): void {
    // Not Cornerstone's own resetting: it fails on narrow windows, where it looks for the name of the colours.
    this.viewport.setProperties({ invert: this.isStoredInverted });
    this.window = null;
    if (this.images.length) this.turn = UPRIGHT;
    this.fit();
  }

  private fit(): void {
    this.viewport.resetCamera();
    // Which takes flips and turns back.
    if (!isSame(this.turnedBy, UPRIGHT)) this.turn = this.turnedBy;
    this.isFitted = true;
    this.viewport.render();
  }

  /** null while nothing is shown. Screen points are relative to the element. */
  placement(): Placement | null {
    const image = this.images.length ? this.viewport.getImageData() : null;
    if (!image?.imageData) return null;
    const at = (x: number, y: number): Types.Point2 =>
      this.viewport.worldToCanvas(utilities.transformIndexToWorld(image.imageData, [x, y, 0]) as Types.Point3);
    // Measured over the whole image: three neighbouring pixels would lose digits.
    const [columns, rows] = image.dimensions;
    const [origin, right, down] = [at(0, 0), at(columns, 0), at(0, rows)];
    return {
      origin,
      right: [(right[0] - origin[0]) / columns, (right[1] - origin[1]) / columns],
      down: [(down[0] - origin[0]) / rows, (down[1] - origin[1]) / rows],
    };
  }

  plane(): PatientPlane | null {
    return this.current && planeOf(this.current.header, this.current.frame);
  }

  dispose(): void {
    this.clear();
    this.resizes.disconnect();
    renderingEngine().disableElement(this.id);
  }

  private resize(): void {
    if (!this.element.clientWidth) return;
    renderingEngine().resize(true, true);
    if (this.isFitted && this.images.length) this.fit();
    this.changed();
  }
}
