/** What the model looked at, laid over every viewport that shows an image of it. */
import { drawHeat } from "../viewer/heat/layer";
import type { Room } from "./room";
import type { Stage } from "./stage";

export class Heat {
  constructor(
    private readonly room: Room,
    private readonly stage: Stage,
  ) {}

  draw(): void {
    const maps = this.room.lookedAt.now?.maps ?? [];
    for (const { pane, image } of this.stage.cells) {
      const shown = pane.view.current?.instanceId;
      const here = shown === undefined ? [] : maps.filter((one) => one.instances.has(shown));
      const canvas = image.querySelector<HTMLCanvasElement>("canvas.heat");
      if (here.length) drawHeat(canvas ?? layered(image), here, pane.view.placement());
      else canvas?.remove();
    }
  }
}

function layered(image: HTMLElement): HTMLCanvasElement {
  const canvas = document.createElement("canvas");
  canvas.className = "heat";
  image.querySelector(".boxes")?.before(canvas);
  return canvas;
}
