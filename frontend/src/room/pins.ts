/** Pins on the images: drawn from the talk, placed by a click, and shown by paging to them. */
import { pinsOn, type Spot } from "../session/talk";
import { drawPins } from "../viewer/pins/layer";
import { toImage } from "../viewer/stack/placement";
import type { Cell } from "./cell";
import { placeOf } from "./places";
import { go } from "./report-hand";
import type { Room } from "./room";
import type { Stage } from "./stage";

export class Pins {
  constructor(
    private readonly room: Room,
    private readonly stage: Stage,
  ) {
    // Before the gestures: a click that places a pin draws and pans nothing.
    stage.element.addEventListener("pointerdown", (event) => this.down(event), { capture: true });
    room.talk.jump = (spot) => this.jump(spot);
  }

  draw(): void {
    this.stage.element.classList.toggle("placing", this.room.talk.isPlacing);
    for (const cell of this.stage.cells) this.drawOn(cell);
  }

  private drawOn({ pane, image: element }: Cell): void {
    const { talk } = this.room;
    const image = pane.view.current;
    const pins = image ? pinsOn(talk.threads, talk.unsent, image.instanceId, image.frame) : [];
    const layer = element.querySelector(".pins") as HTMLElement;
    drawPins(layer, pins, talk.chosen, pane.view.placement(), (comment) => talk.choose(comment));
  }

  private down(event: PointerEvent): void {
    const { talk } = this.room;
    const cell = this.stage.cells.find((one) => one.element.contains(event.target as Node));
    if (!cell || !talk.isPlacing || event.button !== 0 || event.shiftKey) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    this.stage.activate(cell);
    const spot = spotAt(cell, event);
    if (spot && cell.hung?.place !== null) talk.place(spot);
    else this.room.tell(spot ? "A pin belongs on the case, not on an earlier study." : "That lies beside the image. Click a spot on it. Esc: no pin.");
  }

  private jump({ instance, frame }: Spot): void {
    const { open } = this.room.state;
    const place = open && placeOf(open, { instance_id: instance, frame });
    if (open && place) void go(this.stage, open, place);
  }
}

function spotAt({ pane, image: element }: Cell, event: PointerEvent): Spot | null {
  const [image, placement] = [pane.view.current, pane.view.placement()];
  if (!image || !placement) return null;
  const { left, top } = element.getBoundingClientRect();
  const [x, y] = toImage(placement, [event.clientX - left, event.clientY - top]);
  const isInside = x >= -0.5 && y >= -0.5 && x <= image.columns - 0.5 && y <= image.rows - 0.5;
  return isInside ? { instance: image.instanceId, frame: image.frame, x, y } : null;
}
