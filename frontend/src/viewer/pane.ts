/** One viewport as the room sees it: shows a series or a plane, with what is drawn over it and what the hand does there. */
import type { SliceImage } from "./loading/images";
import type { MarkEvents } from "./marks/events";
import { MarkHand } from "./marks/hand";
import { Gestures } from "./pointer/gestures";
import type { Point } from "./stack/placement";
import { StackView } from "./stack/stack-view";
import type { View } from "./view";
import { dragged, type WindowRange } from "./window/presets";

export interface PaneEvents extends MarkEvents {
  viewChanged(): void;
  failed(error: unknown): void;
}

export class ImagePane {
  /** What is shown: the pane's own stack, or what was put in its place. */
  view: View;
  readonly stack: StackView;
  readonly gestures: Gestures;
  /** The window that the file asks for. */
  stored: WindowRange | null = null;
  /** MONOCHROME1 is drawn inverted from the start. */
  isStoredInverted = false;
  private readonly marks: MarkHand;

  constructor(
    private readonly element: HTMLElement,
    private readonly events: PaneEvents,
  ) {
    const canvas = element.querySelector<HTMLDivElement>(".canvas") as HTMLDivElement;
    this.view = this.stack = new StackView(canvas);
    this.marks = new MarkHand(element.querySelector(".boxes") as HTMLElement, () => this.view, events);
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
    this.element.classList.toggle("blank", this.view.placement() === null);
    this.marks.draw();
  }

  /** Whether a press here belongs to the marks: to one that lies there, or to the tool in hand. */
  isTaken(at: Point): boolean {
    return this.marks.isTaken(at);
  }

  private actions(): ConstructorParameters<typeof Gestures>[1] {
    const { events, marks } = this;
    return {
      grab: (from) => marks.grab(from),
      click: (at) => marks.click(at),
      close: () => marks.close(),
      hover: (at) => marks.hover(at),
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
}
