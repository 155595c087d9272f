/** The viewports of the open case: what hangs in each, which one is active, and in what order their images load. */
import { render } from "lit";

import { load, loadAhead, loadAround } from "../viewer/loading/load";
import { painted } from "../viewer/painted";
import type { ImagePane } from "../viewer/pane";
import { Cell, type Hung } from "./cell";
import { Cine } from "./cine";
import { eventsOf } from "./drawing";
import { firstSpan, type Layout, ONE, shaped } from "./grid/layouts";
import { Hanging } from "./hanging";
import { Links } from "./links";
import { Magnifier } from "./magnifier";
import { corners } from "./parts/corners";
import { acceptDrops } from "./parts/drops";
import { Planes } from "./planes";
import type { Room } from "./room";
import type { Open, Shown } from "./state";

export class Stage {
  readonly element = document.createElement("div");
  cells: readonly Cell[] = [];
  active: Cell;
  layout: Layout = ONE;
  readonly planes: Planes;
  readonly cine: Cine;
  readonly hanging: Hanging;
  readonly links = new Links(() => this.cells);
  readonly lens: Magnifier;
  private background = new AbortController();

  constructor(host: HTMLElement, readonly room: Room) {
    this.element.className = "grid";
    host.append(this.element);
    this.planes = new Planes(this, room);
    this.cine = new Cine(this, room);
    this.hanging = new Hanging(this, room);
    this.lens = new Magnifier(this);
    this.active = this.newCell();
    this.cells = [this.active];
    this.arrange(ONE);
    new ResizeObserver(() => this.shape()).observe(this.element);
    room.opened = (open) => void this.hanging.hang(open);
  }

  /** The active viewport's pane. */
  get pane(): ImagePane {
    return this.active.pane;
  }

  /** Every viewport with something of the case in it is drawn. */
  get isReady(): boolean {
    const own = this.cells.filter((cell) => cell.hung?.place !== null);
    return own.some((cell) => cell.shown.is === "shown") && own.every((cell) => ["shown", "empty"].includes(cell.shown.is));
  }

  /** One to six viewports; those that stay keep what hangs in them, and the active one stays. */
  arrange(layout: Layout): void {
    this.layout = layout;
    const cells = [...this.cells];
    const place = cells.indexOf(this.active);
    if (place >= layout.count) cells.splice(layout.count - 1, 0, ...cells.splice(place, 1));
    for (const gone of cells.splice(layout.count)) gone.dispose();
    while (cells.length < layout.count) cells.push(this.newCell());
    this.cells = cells;
    this.element.append(...cells.map((cell) => cell.element));
    this.shape();
    this.room.changed();
  }

  activate(cell: Cell): void {
    if (cell === this.active) return;
    this.active.pane.gestures.abort();
    this.active = cell;
    this.mirror();
  }

  /** The next viewport, in reading order. */
  activateNext(by: 1 | -1): void {
    const place = this.cells.indexOf(this.active);
    const next = this.cells[(place + by + this.cells.length) % this.cells.length];
    if (next) this.activate(next);
  }

  /** Show a series of the case in the active viewport, from its middle unless `at` says where. */
  async show(open: Open, seriesIndex: number, at: number | null = null): Promise<void> {
    const hung = this.hungOf(open, seriesIndex);
    if (hung) await this.put(this.active, hung, at);
    else this.say(this.active, { is: "failed", why: "This study holds no image." });
  }

  hungOf(open: Open, place: number): Hung | null {
    const [series, images] = [open.kase.series[place], open.series[place]];
    return series && images ? { series, images, place, prior: null } : null;
  }

  /** Hang a series in a viewport; what comes next is fetched behind it. */
  async put(cell: Cell, hung: Hung, at: number | null = null, why = ""): Promise<void> {
    await this.fill(cell, hung, at, why);
    if (cell.hung === hung && cell.shown.is === "shown") void this.loadRest();
  }

  /** The same, and nothing is fetched behind it yet. `why`: as told on hover. */
  async fill(cell: Cell, hung: Hung, at: number | null, why: string): Promise<void> {
    cell.empty();
    cell.why = why;
    const { signal } = (cell.stop = new AbortController());
    cell.hung = hung;
    const start = at ?? Math.floor(hung.images.length / 2);
    const first = hung.images[start];
    if (!first) return this.say(cell, { is: "failed", why: "This series holds no image." });
    this.say(cell, { is: "loading", percent: null });
    try {
      await load(first, (percent) => !signal.aborted && this.say(cell, { is: "loading", percent }));
      if (signal.aborted) return;
      await cell.show(hung.images, start);
      if (signal.aborted) return;
      this.say(cell, { is: "shown" });
    } catch (error) {
      if (!signal.aborted) this.fail(error, cell);
    }
  }

  /** Page a viewport to an image of the case: one that shows its series, else the active one. Throws LoadFailure. */
  async reveal(open: Open, place: number, index: number): Promise<void> {
    const cell = [this.active, ...this.cells].find((one) => one.hung?.place === place);
    if (!cell) return this.show(open, place, index);
    this.activate(cell);
    await cell.pane.view.goTo(index);
  }

  fail(error: unknown, cell: Cell = this.active): void {
    this.say(cell, { is: "failed", why: (error as Error).message });
  }

  viewChanged(cell: Cell): void {
    cell.remember();
    this.links.follow(cell);
    this.lens.refresh(cell);
    this.mirror();
  }

  draw(): void {
    this.element.classList.toggle("many", this.cells.length > 1);
    for (const [place, cell] of this.cells.entries()) {
      cell.element.classList.toggle("active", cell === this.active);
      cell.element.setAttribute("aria-label", `Viewport ${place + 1} of ${this.cells.length}${cell === this.active ? ", active" : ""}`);
      render(corners(this.room, this, cell), cell.overlay);
      cell.pane.draw();
    }
  }

  private newCell(): Cell {
    const cell: Cell = new Cell(this.element, (one) => eventsOf(this.room, this, one));
    // Before the gestures: a press in a viewport is about that viewport.
    cell.element.addEventListener("pointerdown", () => this.activate(cell), { capture: true });
    cell.element.addEventListener("focus", () => this.activate(cell));
    acceptDrops(cell, this.hanging, this.room);
    return cell;
  }

  say(cell: Cell, shown: Shown): void {
    cell.shown = shown;
    this.mirror();
  }

  /** The room's state tells of the active viewport. */
  private mirror(): void {
    const { shown, presets, look, hung, slicesLoaded } = this.active;
    const { open } = this.room.state;
    if (open && hung && hung.place !== null) open.seriesIndex = hung.place;
    if (open) open.slicesLoaded = slicesLoaded;
    this.room.update({ image: shown, presets, view: look });
  }

  private shape(): void {
    const { clientWidth, clientHeight } = this.element;
    const { rows, columns, count } = shaped(this.layout, clientWidth, clientHeight);
    this.element.style.gridTemplate = `repeat(${rows}, minmax(0, 1fr)) / repeat(${columns}, minmax(0, 1fr))`;
    const span = firstSpan({ rows, columns, count }, clientWidth, clientHeight);
    for (const [place, { element }] of this.cells.entries()) {
      element.style.gridArea = place ? "auto" : `1 / 1 / span ${span.rows} / span ${span.columns}`;
    }
  }

  /**
   * What hangs first, outwards from where it stands; then the rest of the case, then what comes after it. All of it waits for the
   * first image to be on the screen, which needs the same processors.
   */
  async loadRest(): Promise<void> {
    this.background.abort();
    const { signal } = (this.background = new AbortController());
    await painted();
    if (signal.aborted) return;
    const { ahead } = this.room.turning;
    void ahead.begin(signal);
    const hung = [this.active, ...this.cells.filter((cell) => cell !== this.active)];
    for (const cell of hung) {
      await loadAround(cell.hung?.images ?? [], () => cell.pane.stack.index, signal, (count) => {
        if (signal.aborted) return;
        cell.slicesLoaded = count;
        this.mirror();
      });
    }
    const shown = new Set(this.cells.map((cell) => cell.hung?.place));
    await loadAhead((this.room.state.open?.series ?? []).filter((_, place) => !shown.has(place)).flat(), signal);
    await ahead.finish(signal);
  }
}
