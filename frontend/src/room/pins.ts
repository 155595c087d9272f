/** Pins on the image: drawn from the talk, placed by a click, and shown by paging to them. */
import { pinsOn, type Spot } from "../session/talk";
import { drawPins } from "../viewer/pins/layer";
import { toImage } from "../viewer/stack/placement";
import { go, placeOf } from "./parts/report";
import type { Room } from "./room";
import type { Stage } from "./stage";

export class Pins {
  constructor(
    private readonly image: HTMLElement,
    private readonly room: Room,
    private readonly stage: Stage,
  ) {
    // Before the gestures: a click that places a pin draws and pans nothing.
    image.addEventListener("pointerdown", (event) => this.down(event), { capture: true });
    room.talk.jump = (spot) => this.jump(spot);
  }

  draw(): void {
    const { talk } = this.room;
    const { view } = this.stage.pane;
    const image = view.current;
    this.image.classList.toggle("placing", talk.isPlacing);
    const pins = image ? pinsOn(talk.threads, talk.unsent, image.instanceId, image.frame) : [];
    const layer = this.image.querySelector(".pins") as HTMLElement;
    drawPins(layer, pins, talk.chosen, view.placement(), (comment) => talk.choose(comment));
  }

  private down(event: PointerEvent): void {
    const { talk } = this.room;
    if (!talk.isPlacing || event.button !== 0 || event.shiftKey) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    const spot = this.spotAt(event);
    if (spot) talk.place(spot);
    else this.room.tell("That lies beside the image. Click a spot on it. Esc: no pin.");
  }

  private spotAt(event: PointerEvent): Spot | null {
    const { view } = this.stage.pane;
    const [image, placement] = [view.current, view.placement()];
    if (!image || !placement) return null;
    const { left, top } = this.image.getBoundingClientRect();
    const [x, y] = toImage(placement, [event.clientX - left, event.clientY - top]);
    const isInside = x >= -0.5 && y >= -0.5 && x <= image.columns - 0.5 && y <= image.rows - 0.5;
    return isInside ? { instance: image.instanceId, frame: image.frame, x, y } : null;
  }

  private jump({ instance, frame }: Spot): void {
    const { open } = this.room.state;
    const place = open && placeOf(open, { instance_id: instance, frame });
    if (open && place) void go(this.room, this.stage, open, place);
  }
}
