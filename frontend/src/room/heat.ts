/** What the model looked at, on demand: for the finding in hand, on every viewport that shows its image. */
import { getHeat, type Heat as Told } from "../api/readings";
import { drawHeat, type HeatMap } from "../viewer/heat/layer";
import type { Room } from "./room";
import type { Stage } from "./stage";
import { findingOf, type Open, suggestionOf } from "./state";

interface Placed extends HeatMap {
  readonly instance: number;
}

export class Heat {
  private readonly known = new Map<string, readonly Placed[]>();
  private of: Open["saver"] | null = null;

  constructor(
    private readonly room: Room,
    private readonly stage: Stage,
  ) {}

  draw(): void {
    const maps = this.wanted();
    for (const { pane, image } of this.stage.cells) {
      const here = maps.filter((one) => one.instance === pane.view.current?.instanceId);
      const canvas = image.querySelector<HTMLCanvasElement>("canvas.heat");
      if (here.length) drawHeat(canvas ?? layered(image), here, pane.view.placement());
      else canvas?.remove();
    }
  }

  /** The maps to draw now; fetched once per case and finding. */
  private wanted(): readonly Placed[] {
    const { open } = this.room.state;
    if (open?.saver !== this.of) this.known.clear();
    this.of = open?.saver ?? null;
    const finding = open && findingOf(open, open.inHand);
    if (!open || !finding || !this.room.form.hasOverlay || !suggestionOf(open, finding)?.has_map) return [];
    const found = this.known.get(finding.code);
    if (!found) void this.fetch(open, finding.code);
    return found ?? [];
  }

  private async fetch(open: Open, code: string): Promise<void> {
    this.known.set(code, []);
    try {
      const maps = await getHeat(open.kase.reading.id, code);
      if (this.of !== open.saver) return;
      this.known.set(code, maps.map(placed));
      if (maps.length) this.room.changed();
      else this.room.tell("A later model took the place of the one that said this; its map is gone.");
    } catch (error) {
      this.known.delete(code);
      this.room.form.hasOverlay = false;
      this.room.tell(`What the model looked at could not be loaded: ${(error as Error).message}`);
    }
  }
}

function layered(image: HTMLElement): HTMLCanvasElement {
  const canvas = document.createElement("canvas");
  canvas.className = "heat";
  image.querySelector(".boxes")?.before(canvas);
  return canvas;
}

function placed({ instance_id, values, ...map }: Told): Placed {
  return { ...map, instance: instance_id, cells: Uint8Array.from(atob(values), (sign) => sign.charCodeAt(0)) };
}
