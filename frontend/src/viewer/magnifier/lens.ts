/** A round glass over a view: the image's own pixels larger, drawn from what is in memory already, with the marks over them. */
import type { View } from "../view";
import { motionTo } from "../linking/motion";
import { type Placement, type Point, toImage, toScreen } from "../stack/placement";
import { StackView } from "../stack/stack-view";
import { isSame } from "../turn";

/** CSS pixels across. */
export const SIZE = 260;
const MIDDLE: Point = [SIZE / 2, SIZE / 2];

/** Where picture pixels lie in a glass of this factor that is held over a point of the view. Pure. */
export function enlarged({ origin, right, down }: Placement, at: Point, factor: number): Placement {
  const larger = ([x, y]: Point): Point => [factor * x, factor * y];
  return {
    origin: [MIDDLE[0] + factor * (origin[0] - at[0]), MIDDLE[1] + factor * (origin[1] - at[1])], right: larger(right), down: larger(down),
  };
}

export class Lens {
  readonly element = document.createElement("div");
  private readonly canvas = document.createElement("div");
  private readonly copy = document.createElement("canvas");
  private readonly marks = document.createElement("div");
  private stack: StackView | null = null;
  /** Counts what was asked for: an image that comes too late is not drawn. */
  private turn = 0;

  constructor(ground: HTMLElement) {
    this.element.className = "lens";
    this.canvas.className = "canvas";
    this.copy.className = "copy";
    this.copy.width = this.copy.height = SIZE;
    this.marks.className = "lens-marks";
    this.element.append(this.canvas, this.copy, this.marks);
    this.element.hidden = true;
    ground.append(this.element);
  }

  hide(): void {
    this.element.hidden = true;
  }

  /** Over `at` of the view, which stands in `source`; both the glass and the point in CSS pixels, `place` on the glass's ground. */
  async draw(view: View, source: HTMLElement, at: Point, place: Point, factor: number): Promise<void> {
    const turn = (this.turn += 1);
    const placement = view.placement();
    if (!placement) return this.hide();
    this.element.hidden = false;
    this.element.style.transform = `translate(${place[0] - MIDDLE[0]}px, ${place[1] - MIDDLE[1]}px)`;
    this.element.dataset.factor = String(factor);
    this.copyOver(source, at, factor, view.kind === "plane");
    if (view.kind === "stack" && view.current) await this.picture(view, enlarged(placement, at, factor), () => turn === this.turn);
  }

  /** The image is in memory: showing it here loads nothing. */
  private async picture(view: View, wanted: Placement, isWanted: () => boolean): Promise<void> {
    const stack = (this.stack ??= new StackView(this.canvas, 400));
    if (view.current && stack.current?.imageId !== view.current.imageId) await stack.show([view.current], 0);
    if (!isWanted()) return;
    if (!isSame(stack.turn, view.turn)) stack.turn = view.turn;
    if (stack.isInverted !== view.isInverted) stack.invert();
    stack.window = view.window;
    const now = stack.placement();
    if (!now) return;
    const { zoom } = motionTo(now, wanted, MIDDLE);
    stack.zoom(zoom);
    const there = stack.placement();
    if (!there) return;
    const inMiddle = toScreen(there, toImage(wanted, MIDDLE));
    stack.pan([MIDDLE[0] - inMiddle[0], MIDDLE[1] - inMiddle[1]]);
  }

  /** Marks, masks, and what is no stack, as they are on the screen. */
  private copyOver(source: HTMLElement, at: Point, factor: number, isPlane: boolean): void {
    const context = this.copy.getContext("2d");
    if (!context) return;
    context.clearRect(0, 0, SIZE, SIZE);
    const side = SIZE / factor;
    for (const canvas of source.querySelectorAll<HTMLCanvasElement>(isPlane ? ".ground canvas, canvas.masks" : "canvas.masks")) {
      const dots = canvas.width / Math.max(1, canvas.clientWidth);
      context.drawImage(canvas, (at[0] - side / 2) * dots, (at[1] - side / 2) * dots, side * dots, side * dots, 0, 0, SIZE, SIZE);
    }
    this.marks.replaceChildren(...[...source.querySelectorAll(".boxes > svg, .pins > svg")].map((svg) => svg.cloneNode(true)));
    this.marks.style.transform = `translate(${MIDDLE[0] - factor * at[0]}px, ${MIDDLE[1] - factor * at[1]}px) scale(${factor})`;
    this.marks.style.width = `${source.clientWidth}px`;
    this.marks.style.height = `${source.clientHeight}px`;
  }

  dispose(): void {
    this.turn += 1;
    this.stack?.dispose();
    this.stack = null;
    this.element.remove();
  }
}
