/** The image with its boxes, as the room sees it: shows a series, reports what the hand did in image pixels. */
import { clamped } from "../session/boxes";
import type { Box } from "../session/content";
import { type Hit, reshaped } from "./boxes/geometry";
import { BoxLayer, type Drawing, type OwnBox } from "./boxes/layer";
import type { SliceImage } from "./loading/images";
import { Gestures } from "./pointer/gestures";
import { type Point, spanned, toImage } from "./stack/placement";
import { StackView } from "./stack/stack-view";
import type { View } from "./view";
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
  /** What is shown: the pane's own stack, or what was put in its place. */
  view: View;
  readonly stack: StackView;
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
    this.view = this.stack = new StackView(canvas);
    this.layer = new BoxLayer(element.querySelector(".boxes") as HTMLElement, (finding, act) => events.suggestion(finding, act));
    this.gestures = new Gestures(element, this.actions());
    this.follow();
  }

  /** Show another view in place of the stack, in an element of its own (`ground`); null: the stack again. */
  use(view: View | null): void {
    if (this.view !== this.stack) this.view.dispose();
    this.view = view ?? this.stack;
    this.element.classList.toggle("planar", view !== null);
    if (!view) for (const ground of this.element.querySelectorAll(".ground")) ground.remove();
    this.follow();
    this.view.changed();
  }

  /** An empty element over the stack's, for a view that draws its own. */
  ground(): HTMLDivElement {
    const ground = document.createElement("div");
    ground.className = "canvas ground";
    this.stackElement.after(ground);
    return ground;
  }

  private get stackElement(): HTMLElement {
    return this.element.querySelector(".canvas") as HTMLElement;
  }

  private follow(): void {
    this.view.changed = () => {
      this.draw();
      this.events.viewChanged();
    };
  }

  async show(images: readonly SliceImage[], index: number): Promise<void> {
    if (this.view !== this.stack) this.use(null);
    await this.stack.show(images, index);
    this.stored = this.view.window;
    this.isStoredInverted = this.view.isInverted;
    this.draw();
  }

  clear(): void {
    if (this.view !== this.stack) this.use(null);
    this.stack.clear();
    this.view.changed();
  }

  dispose(): void {
    this.view.changed = () => undefined;
    if (this.view !== this.stack) this.view.dispose();
    this.stack.dispose();
  }

  draw(): void {
    const image = this.view.current;
    const placement = this.view.placement();
    this.element.classList.toggle("blank", placement === null);
    if (!image || !placement) return this.layer.draw({ own: [], suggested: [], chosen: null, live: null }, null);
    this.layer.draw({ ...this.events.drawing(image), live: this.live }, placement);
  }

  /** Move the chosen box by image pixels. */
  nudge(track: string, box: Box, dx: number, dy: number): void {
    const image = this.view.current;
    if (image) this.events.reshaped(track, reshaped(box, "body", dx, dy, image.columns, image.rows));
  }

  private actions(): ConstructorParameters<typeof Gestures>[1] {
    const { events } = this;
    return {
      boxes: () => this.layer.screen,
      chosen: () => (this.view.current ? events.drawing(this.view.current).chosen : null),
      mayDraw: () => this.view.current !== null && events.mayDraw(),
      mayChange: () => events.mayChange(),
      choose: (track) => events.chosen(track),
      draw: (from, to, isDone) => this.drawBox(from, to, isDone),
      reshape: (found, dx, dy, isDone) => this.reshape(found, dx, dy, isDone),
      cancel: () => this.release(),
      window: (dx, dy) => {
        const { window } = this.view;
        if (window) this.view.window = dragged(window, dx, dy);
      },
      pan: (dx, dy) => this.view.pan([dx, dy]),
      zoom: (by, at) => this.view.zoom(by, at),
      scroll: (slices) => void this.view.scroll(slices).catch((error: unknown) => events.failed(error)),
      hasStack: () => this.view.count > 1,
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
