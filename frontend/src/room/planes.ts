/** Planes through the active viewport's volume: opened over it, closed again, and what the keys do with them. */
import type { SliceImage } from "../viewer/loading/images";
import { nearestOrientation, ORIENTATIONS, type Orientation } from "../viewer/planes/orientations";
import { Mpr } from "../viewer/planes/mpr";
import { PlaneView, type Stored } from "../viewer/planes/plane-view";
import { nextMode, type Slab, thicker } from "../viewer/planes/slab";
import { nearest, sliceNormal } from "../viewer/volume/lattice";
import { isVolume, type SeriesVolume, volumeOf } from "../viewer/volume/series";
import { Volume } from "../viewer/volume/volume";
import type { Cell, Hung } from "./cell";
import type { Layout } from "./grid/layouts";
import { CrossHand } from "./plane-hand";
import type { Room } from "./room";
import type { Stage } from "./stage";

const THREE: Layout = { rows: 2, columns: 2, count: 3 };

/** What hung before the planes were opened. */
interface Before {
  readonly layout: Layout;
  readonly hung: readonly { hung: Hung | null; index: number }[];
}

export class Planes {
  mpr: Mpr | null = null;
  private before: Before | null = null;

  constructor(private readonly stage: Stage, private readonly room: Room) {
    new CrossHand(stage, () => this.mpr);
  }

  /** The active viewport's plane, when it shows one. */
  get active(): PlaneView | null {
    return this.viewOf(this.stage.active);
  }

  viewOf(cell: Cell): PlaneView | null {
    return cell.pane.view instanceof PlaneView ? cell.pane.view : null;
  }

  toggle(): Promise<void> {
    return this.mpr ? this.close() : this.open();
  }

  /** Says why where the series is no volume, or the browser cannot draw one; the images stay as they are then. */
  async open(): Promise<void> {
    const { active } = this.stage;
    const { hung } = active;
    if (!hung || active.shown.is !== "shown") return;
    const found = volumeOf(hung.images);
    if (!isVolume(found)) return this.room.tell(`No planes: ${lowered(found.why)}`);
    const hindrance = Mpr.hindrance();
    if (hindrance) return this.room.tell(`No planes: ${lowered(hindrance)}`);
    const stored = storedOf(active);
    this.before = {
      layout: this.stage.layout,
      hung: this.stage.cells.map((cell) => ({ hung: cell.hung, index: cell.pane.view.index })),
    };
    await this.build(found, hung, stored, active.pane.view.window ?? stored.window);
  }

  private async build(series: SeriesVolume, hung: Hung, stored: Stored, window: Stored["window"]): Promise<void> {
    const { stage } = this;
    const presets = stage.active.presets;
    stage.arrange(THREE);
    const mpr = (this.mpr = new Mpr(new Volume(series)));
    const cells = [...stage.cells];
    for (const cell of cells) {
      cell.empty();
      cell.stop = new AbortController();
      Object.assign(cell, { hung, presets, why: "" });
    }
    const { signal } = stage.active.stop;
    try {
      const share = (slices: number): number => Math.round((100 * slices) / series.images.length);
      await mpr.volume.load(signal, (slices) => this.say(cells, { is: "loading", percent: share(slices) }));
      if (signal.aborted) return this.abandon(mpr);
      const order = this.orderFor(series);
      for (const [n, cell] of cells.entries()) {
        const view = mpr.add(cell.pane.ground(), order[n] as Orientation, stored);
        Object.assign(cell.pane, { stored: stored.window, isStoredInverted: stored.isInverted });
        cell.pane.use(view);
      }
      mpr.ended = () => this.ended(mpr);
      await mpr.begin();
      if (!mpr.views.length) return;
      const [first] = mpr.views as [PlaneView];
      first.window = window;
      this.say(cells, { is: "shown" });
      if (cells[0]) stage.activate(cells[0]);
      this.room.tell(this.noteOf(mpr));
    } catch (error) {
      this.abandon(mpr);
      for (const cell of cells) stage.fail(error, cell);
    }
  }

  /** The plane that the series was taken in comes first, where there is most room. */
  private orderFor(series: SeriesVolume): readonly Orientation[] {
    const first = nearestOrientation(sliceNormal(series.lattice));
    return [first, ...ORIENTATIONS.filter((one) => one !== first)];
  }

  private noteOf({ volume }: Mpr): string {
    return volume.every > 1 ? `A large series: every ${ordinal(volume.every)} row and column is shown in planes.` : "";
  }

  private say(cells: readonly Cell[], shown: Cell["shown"]): void {
    for (const cell of cells) cell.shown = shown;
    this.stage.viewChanged(this.stage.active);
  }

  private abandon(mpr: Mpr): void {
    mpr.dispose();
    mpr.volume.dispose();
    if (this.mpr === mpr) this.mpr = null;
  }

  private ended(mpr: Mpr): void {
    if (this.mpr === mpr) this.mpr = null;
  }

  /** Back to the images, at the slice nearest to where the planes met. */
  async close(): Promise<void> {
    const { mpr, before, stage } = this;
    const { hung } = stage.active;
    if (!mpr || !before) return;
    const at = hung && imageAt(mpr, hung.images);
    stage.arrange(before.layout);
    await Promise.all(stage.cells.map((cell, n) => {
      const was = before.hung[n];
      if (!was?.hung) return cell.empty();
      return stage.put(cell, was.hung, was.hung.series === hung?.series && at !== null && at >= 0 ? at : was.index);
    }));
    this.before = null;
    this.abandon(mpr);
  }

  slab(): void {
    this.thicken(nextMode);
  }

  thickness(by: 1 | -1): void {
    this.thicken((slab) => thicker(slab, by));
  }

  private thicken(change: (slab: Slab) => Slab): void {
    const { active } = this;
    if (active) this.mpr?.thicken(change(active.slab), active);
    else this.room.tell("Slabs are for planes: open them with g m.");
  }

  crosshair(): void {
    if (this.mpr) this.mpr.showCross(!this.mpr.isCrossShown);
    else this.room.tell("The crosshair is for planes: open them with g m.");
  }

  link(): void {
    const { active } = this;
    if (active) this.mpr?.link(!this.mpr.isLinked, active);
  }
}

function storedOf({ pane }: Cell): Stored {
  return { window: pane.stored ?? pane.view.range ?? { lower: 0, upper: 1 }, isInverted: pane.isStoredInverted };
}

function imageAt({ volume, crossing }: Mpr, images: readonly SliceImage[]): number {
  const [, , slice] = nearest(volume.lattice, crossing);
  const image = volume.series.images[slice];
  return image ? images.indexOf(image) : -1;
}

const lowered = (sentence: string): string => sentence.charAt(0).toLowerCase() + sentence.slice(1);
const ordinal = (n: number): string => ({ 2: "second", 3: "third" })[n] ?? `${n}th`;
