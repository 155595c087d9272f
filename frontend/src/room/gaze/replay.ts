/** Where the reader looked or pointed, laid over the images as heat, up to a moment that a slider chooses. */
import { html, nothing, render } from "lit";

import { type GazeRecording, gazeRecordings, type LookedAt, lookedAt } from "../../api/gaze";
import { drawHeat, type HeatMap } from "../../viewer/heat/layer";
import type { Room } from "../room";
import type { Stage } from "../stage";

/** Blue: neither a suggestion's nor a mark's colour. */
const COLOUR = [96, 165, 250] as const;
const STEPS = 20;
const NAMES = { pointer: "Where your pointer rested", eye_tracker: "Where you looked" } as const;

interface Placed extends HeatMap {
  readonly instance: number;
  readonly frame: number;
}

export class Replay {
  private readonly bar = document.createElement("div");
  private recordings: readonly GazeRecording[] = [];
  private chosen = 0;
  private step = STEPS;
  private readonly known = new Map<string, readonly Placed[]>();
  isOpen = false;

  constructor(private readonly room: Room, private readonly stage: Stage) {
    this.bar.className = "looked-bar";
  }

  async toggle(): Promise<void> {
    const { open } = this.room.state;
    if (this.isOpen || !open) return this.close();
    try {
      const found = (await gazeRecordings(open.kase.reading.id)).filter((one) => one.sample_count > 0);
      if (this.room.state.open?.saver !== open.saver) return;
      if (!found.length) return this.room.tell("Nothing is recorded of this reading. You allow it under My readings, Looking and speaking.");
      Object.assign(this, { recordings: found, chosen: found.length - 1, step: STEPS, isOpen: true });
      this.room.changed();
    } catch (error) {
      this.room.tell(`Your recordings could not be loaded: ${(error as Error).message}`);
    }
  }

  close(): void {
    if (!this.isOpen) return;
    this.isOpen = false;
    this.known.clear();
    this.room.changed();
  }

  draw(): void {
    const maps = this.isOpen ? this.wanted() : [];
    for (const { pane, image } of this.stage.cells) {
      const { current } = pane.view;
      const here = maps.filter((one) => one.instance === current?.instanceId && one.frame === current.frame);
      const canvas = image.querySelector<HTMLCanvasElement>("canvas.looked");
      if (here.length) drawHeat(canvas ?? layered(image), here, pane.view.placement(), COLOUR);
      else canvas?.remove();
    }
    render(this.isOpen ? this.controls() : nothing, this.bar);
    if (this.isOpen && !this.bar.isConnected) this.stage.element.after(this.bar);
    if (!this.isOpen) this.bar.remove();
  }

  private wanted(): readonly Placed[] {
    const recording = this.recordings[this.chosen];
    if (!recording) return [];
    const name = `${recording.id}:${this.step}`;
    const found = this.known.get(name);
    if (!found) void this.fetch(recording.id, name, this.step / STEPS);
    return found ?? [];
  }

  private async fetch(recording: number, name: string, until: number): Promise<void> {
    this.known.set(name, []);
    try {
      this.known.set(name, (await lookedAt(recording, until)).map(placed));
    } catch (error) {
      this.room.tell(`The replay could not be loaded: ${(error as Error).message}`);
    }
    this.room.changed();
  }

  private controls() {
    const choose = (event: Event): void => {
      this.step = Number((event.target as HTMLInputElement).value);
      this.room.changed();
    };
    const other = (): void => {
      this.chosen = (this.chosen + 1) % this.recordings.length;
      this.room.changed();
    };
    const name = NAMES[this.recordings[this.chosen]?.source ?? "pointer"];
    const share = Math.round((100 * this.step) / STEPS);
    return html`<label><span>${name}</span>
        <input type="range" min="0" max=${STEPS} .value=${String(this.step)} aria-valuetext=${`the first ${share} percent of the time`} @input=${choose} />
        <output class="num">${share} %</output></label>
      ${this.recordings.length > 1 ? html`<button type="button" class="quiet text" @click=${other}>Another recording</button>` : nothing}
      <button type="button" class="quiet text" @click=${() => this.close()}>Close <kbd>g e</kbd></button>`;
  }
}

function layered(image: HTMLElement): HTMLCanvasElement {
  const canvas = document.createElement("canvas");
  canvas.className = "looked";
  image.querySelector(".boxes")?.before(canvas);
  return canvas;
}

function placed({ instance_id, values, fixations: _, ...map }: LookedAt): Placed {
  return { ...map, instance: instance_id, cells: Uint8Array.from(atob(values), (sign) => sign.charCodeAt(0)) };
}
