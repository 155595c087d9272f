/** The image with its boxes, as the room sees it: shows a series, reports what the hand did in image pixels. */
import { clamped } from "../session/boxes";
import type { Box } from "../session/content";
import { type Hit, reshaped } from "./boxes/geometry";
import { BoxLayer, type Drawing, type OwnBox } from "./boxes/layer";
import type { SliceImage } from "./loading/images";
import { Gestures } from "./pointer/gestures";
import { type Point, spanned, toImage } from "./stack/placement";
import { StackView } from "./stack/stack-view";
import { dragged, type WindowRange } from "./window/presets";

export interface PaneEvents {
  /** What to draw on this image now. */
  drawing(image: SliceImage): Omit<Drawing, "live">;
  mayDraw(): boolean;
  mayChange(): boolean;
  label(): string;
  drawn(image: SliceImage, box: Box): void;
  reshaped(track: string, box: Box): void;
  chosen(track: string | null): void;
  suggestion(finding: number, act: "accept" | "reject" | "take"): void;
  viewChanged(): void;
  failed(error: unknown): void;
}

const NEW = "new";

export class ImagePane {
  readonly view: StackView;
  readonly gestures: Gestures;
  /** The window that the file asks for. */
  stored: WindowRange | null = null;
  /** MONOCHROME1 is drawn inverted from the start. */
  isStoredInverted = false;
  private readonly layer: BoxLayer;
  private live: OwnBox | null = null;

  constructor(
    private readonly element: HTMLElement,
    private readonly events: PaneEvents,
  ) {
    const canvas = element.querySelector<HTMLDivElement>(".canvas") as HTMLDivElement;
    this.view = new StackView(canvas);
    this.layer = new BoxLayer(element.querySelector(".boxes") as HTMLElement, (finding, act) => events.suggestion(finding, act));
    this.gestures = new Gestures(element, this.actions());
    this.view.changed = () => {
      this.draw();
      events.viewChanged();
    };
  }

  async show(images: readonly SliceImage[], index: number): Promise<void> {
    await this.view.show(images, index);
    this.stored = this.view.window;
    this.isStoredInverted = this.view.isInverted;
    this.draw();
  }

  clear(): void {
    this.view.clear();
    this.view.changed();
  }

  draw(): void {
    const image = this.view.current;
    this.element.classList.toggle("blank", image === null);
    const placement = this.view.placement();
    if (!image || !placement) return this.layer.draw({ own: [], suggested: [], chosen: null, live: null }, null);
    this.layer.draw({ ...this.events.drawing(image), live: this.live }, placement);
  }

  /** Move the chosen box by image pixels. */
  nudge(track: string, box: Box, dx: number, dy: number): void {
    const image = this.view.current;
    if (image) this.events.reshaped(track, reshaped(box, "body", dx, dy, image.columns, image.rows));
  }

  private actions(): ConstructorParameters<typeof Gestures>[1] {
    const { view, events } = this;
    return {
      boxes: () => this.layer.screen,
      chosen: () => (view.current ? events.drawing(view.current).chosen : null),
      mayDraw: () => view.current !== null && events.mayDraw(),
      mayChange: () => events.mayChange(),
      choose: (track) => events.chosen(track),
      draw: (from, to, isDone) => this.drawBox(from, to, isDone),
      reshape: (found, dx, dy, isDone) => this.reshape(found, dx, dy, isDone),
      cancel: () => this.release(),
      window: (dx, dy) => {
        if (view.window) view.window = dragged(view.window, dx, dy);
      },
      pan: (dx, dy) => view.pan([dx, dy]),
      zoom: (by, at) => view.zoom(by, at),
      scroll: (slices) => void view.scroll(slices).catch((error: unknown) => events.failed(error)),
      hasStack: () => view.images.length > 1,
    };
  }

  private drawBox(from: Point, to: Point, isDone: boolean): void {
    const [image, placement] = [this.view.current, this.view.placement()];
    if (!image || !placement) return;
    const box = clamped(spanned(toImage(placement, from), toImage(placement, to)), image.columns, image.rows);
    this.live = box && { track: NEW, box, label: this.events.label() };
    if (isDone) this.release(() => box && this.events.drawn(image, box));
    else this.draw();
  }

  private reshape({ track, part }: Hit, dx: number, dy: number, isDone: boolean): void {
    const [image, placement] = [this.view.current, this.view.placement()];
    if (!image || !placement) return;
    const before = this.events.drawing(image).own.find((one) => one.track === track);
    if (!before) return;
    const [a, b] = [toImage(placement, [0, 0]), toImage(placement, [dx, dy])];
    const box = reshaped(before.box, part, b[0] - a[0], b[1] - a[1], image.columns, image.rows);
    this.live = { ...before, box };
    if (isDone) this.release(() => this.events.reshaped(track, box));
    else this.draw();
  }

  private release(then: () => void = () => undefined): void {
    this.live = null;
    then();
    this.draw();
  }
}
