/** One viewport of the reading room: its pane, what hangs in it, and how far that is loaded. */
import type { CaseSeries } from "../api/readings";
import type { SliceImage } from "../viewer/loading/images";
import { ImagePane, type PaneEvents } from "../viewer/pane";
import { type Preset, presetsFor } from "../viewer/window/presets";
import type { Look, Shown } from "./state";

/** An earlier study of the same patient, as far as the room shows it. */
export interface PriorStudy {
  readonly uid: string;
  readonly date: string | null;
  /** Days before the case. */
  readonly days: number;
}

/** A series in a viewport. */
export interface Hung {
  readonly series: CaseSeries;
  readonly images: readonly SliceImage[];
  /** Its place among the case's series; null for one of an earlier study. */
  readonly place: number | null;
  readonly prior: PriorStudy | null;
}

const NOTHING_SEEN: Look = { window: null, zoom: 1, index: 0, count: 0, isInverted: false, leftWindows: false };

export class Cell {
  readonly element = document.createElement("div");
  /** The image with its marks; the corners lie over it. */
  readonly image = document.createElement("div");
  readonly overlay = document.createElement("div");
  readonly pane: ImagePane;
  hung: Hung | null = null;
  shown: Shown = { is: "empty" };
  slicesLoaded = 0;
  presets: readonly Preset[] = [];
  look: Look = NOTHING_SEEN;
  /** Which rule hung it, and what it asked for here; "" when the reader did. */
  why = "";
  /** Ends the loading of what hangs here. */
  stop = new AbortController();

  constructor(grid: HTMLElement, events: (cell: Cell) => PaneEvents) {
    this.element.className = "pane";
    this.element.tabIndex = 0;
    this.element.setAttribute("role", "group");
    this.image.className = "image blank";
    this.image.innerHTML = '<div class="canvas"></div><div class="boxes"></div><div class="pins"></div>';
    this.overlay.className = "overlay";
    this.element.append(this.image, this.overlay);
    // Cornerstone measures its element: it has to be on the page before the pane is made.
    grid.append(this.element);
    this.pane = new ImagePane(this.image, events(this));
  }

  /** Let go of what hangs here. */
  empty(): void {
    this.stop.abort();
    this.hung = null;
    this.shown = { is: "empty" };
    this.why = "";
    this.slicesLoaded = 0;
    this.presets = [];
    this.pane.clear();
    this.look = NOTHING_SEEN;
  }

  /** The pane shows an image that is loaded already. */
  async show(images: readonly SliceImage[], index: number): Promise<void> {
    await this.pane.show(images, index);
    this.presets = this.presetsOf(images[index]);
    this.shown = { is: "shown" };
  }

  remember(): void {
    const { view, gestures, isStoredInverted } = this.pane;
    this.look = {
      window: view.window, zoom: view.placement() ? view.zoomFactor : 1, index: view.index, count: view.count,
      isInverted: view.isInverted !== isStoredInverted, leftWindows: gestures.leftWindows,
    };
  }

  dispose(): void {
    this.empty();
    this.pane.dispose();
    this.element.remove();
  }

  private presetsOf(image: SliceImage | undefined): readonly Preset[] {
    const { stored, stack } = this.pane;
    const full = stack.range ?? stored;
    return image && stored && full ? presetsFor(image.header, { stored, full, percentiles: stack.percentiles() }) : [];
  }
}
