/** Hanging: a case by its project's protocol, more or fewer viewports, earlier studies beside it, whatever the reader chooses. */
import type { Cell, Hung } from "./cell";
import { forCount, named } from "./grid/layouts";
import { firstImages, planOf, type Wanted } from "./grid/plan";
import { isHung, type Item, shelfOf } from "./grid/shelf";
import { hungOf, type OpenedPrior, Priors } from "./priors";
import type { Room } from "./room";
import type { Stage } from "./stage";
import type { Open } from "./state";

export class Hanging {
  readonly priors = new Priors();
  /** Counts what was hung as a whole: what an earlier one still waits for is let go. */
  private turn = 0;

  constructor(private readonly stage: Stage, private readonly room: Room) {
    room.turning.ahead.first = ({ kase, series }) => firstImages(planOf(kase, series), series);
  }

  /** As the project hangs it; what the reader had changed of the view is gone. */
  async hang(open: Open): Promise<void> {
    const turn = (this.turn += 1);
    const { stage } = this;
    const { layout, wanted } = planOf(open.kase, open.series);
    stage.arrange(layout);
    const cells = [...stage.cells];
    const main = cells[wanted.findIndex((one) => one.is === "case")];
    if (main) stage.activate(main);
    await Promise.all(cells.map((cell, n) => this.fill(open, cell, wanted[n])));
    if (turn !== this.turn) return;
    void stage.loadRest();
    await Promise.all(cells.map((cell, n) => this.fillPrior(open, cell, wanted[n], turn)));
  }

  private async fill(open: Open, cell: Cell, wanted: Wanted | undefined): Promise<void> {
    if (wanted?.is === "case") {
      const hung = this.stage.hungOf(open, wanted.place);
      if (!hung) return this.stage.fail(new Error("This study holds no image."), cell);
      return this.stage.fill(cell, hung, wanted.at, wanted.why);
    }
    cell.empty();
    cell.why = wanted?.why ?? "";
    if (wanted?.is === "prior") this.stage.say(cell, { is: "loading", percent: null });
  }

  private async fillPrior(open: Open, cell: Cell, wanted: Wanted | undefined, turn: number): Promise<void> {
    if (wanted?.is !== "prior") return;
    const prior = await this.open(open, wanted.study, cell);
    if (!prior || turn !== this.turn || !this.stage.cells.includes(cell) || cell.hung) return;
    const hung = hungOf(prior, wanted.series, null);
    if (!hung) return this.stage.say(cell, { is: "empty" });
    const instance = hung.series.instances.find((one) => one.sop_uid === wanted.image);
    const at = instance ? hung.images.findIndex((one) => one.instanceId === instance.id) : null;
    await this.stage.put(cell, hung, at, wanted.why);
  }

  private async open(open: Open, uid: string, cell: Cell): Promise<OpenedPrior | null> {
    try {
      return await this.priors.open(open, uid);
    } catch (error) {
      this.stage.fail(new Error(`The earlier study did not open: ${(error as Error).message}`), cell);
      return null;
    }
  }

  /** Everything as it was hung: layout, series, windows, zoom, turns and links. */
  async reset(): Promise<void> {
    const { open } = this.room.state;
    this.stage.links.reset();
    this.stage.lens.show(0);
    if (open) await this.hang(open);
  }

  /** So many viewports; the new ones take what hangs nowhere yet. */
  divide(count: number): void {
    this.stage.arrange(forCount(count, this.stage.layout));
    this.fillEmpty();
  }

  fillEmpty(): void {
    const { open } = this.room.state;
    if (!open) return;
    for (const cell of this.stage.cells) {
      if (cell.hung || cell.shown.is !== "empty") continue;
      const item = this.unhung(open);
      if (item) void this.stage.put(cell, item.hung, item.at);
    }
  }

  /** What hangs nowhere; of a stack, else, the one in hand again, to be seen in another window. */
  private unhung(open: Open): Item | null {
    const { cells, active } = this.stage;
    const items = this.shelf(open);
    const free = items.find((item) => !cells.some(({ hung, pane }) => isHung(item, hung, pane.view.index)));
    if (free) return free;
    const again = items.find(({ hung }) => hung.series === active.hung?.series);
    return again && again.at === null && again.hung.images.length > 1 ? again : null;
  }

  /** The case's own, then those of the earlier studies that were opened. */
  shelf(open: Open): Item[] {
    const earlier = this.priors.of(open).flatMap(({ series, images, about }) => shelfOf(series, images, about));
    return [...shelfOf(open.kase.series, open.series, null), ...earlier];
  }

  /** Hang it in a viewport, the active one unless another is named. */
  take(item: Item, cell: Cell = this.stage.active): void {
    this.stage.activate(cell);
    if (cell.hung?.series === item.hung.series && item.at !== null && cell.shown.is === "shown") {
      return void cell.pane.view.goTo(item.at).catch((error: unknown) => this.stage.fail(error, cell));
    }
    void this.stage.put(cell, item.hung, item.at);
  }

  /** The next series, or radiograph, of the study in the active viewport. */
  step(by: 1 | -1): void {
    const { open } = this.room.state;
    const { hung, pane } = this.stage.active;
    if (!open) return;
    const items = this.shelf(open).filter((item) => item.hung.prior?.uid === hung?.prior?.uid);
    const place = items.findIndex((item) => isHung(item, hung, pane.view.index));
    const next = items[place < 0 ? 0 : place + by];
    if (next) this.take(next);
  }

  /** Beside the case the newest earlier study; again, the one before it; after the oldest none. */
  async prior(): Promise<void> {
    const { open } = this.room.state;
    if (!open) return;
    const { priors } = open.kase;
    if (!priors.length) return this.room.tell("There is no earlier study of this patient in the project.");
    const shown = this.stage.cells.find((cell) => cell.hung?.prior);
    const next = priors[priors.findIndex((one) => one.uid === shown?.hung?.prior?.uid) + 1];
    if (!next) return this.withoutPriors();
    await this.beside(open, next.uid, shown);
  }

  async beside(open: Open, uid: string, shown = this.stage.cells.find((cell) => cell.hung?.prior)): Promise<void> {
    const { stage } = this;
    const main = stage.active.hung?.prior ? null : stage.active;
    if (!shown && stage.layout.count === 1) stage.arrange(named(1, 2));
    const cell = shown ?? stage.cells.find((one) => !one.hung) ?? stage.cells.find((one) => one !== main) ?? stage.active;
    const like = (main ?? stage.cells.find((one) => one.hung?.prior === null))?.hung?.series ?? null;
    const prior = await this.open(open, uid, cell);
    const hung: Hung | null = prior && hungOf(prior, null, like);
    if (hung && stage.cells.includes(cell)) await stage.put(cell, hung);
  }

  private withoutPriors(): void {
    const { stage } = this;
    const own = stage.cells.find((cell) => cell.hung && !cell.hung.prior);
    if (stage.active.hung?.prior && own) stage.activate(own);
    for (const cell of stage.cells) if (cell.hung?.prior) cell.empty();
    if (stage.cells.filter((cell) => cell.hung).length === 1) stage.arrange(named(1, 1));
    else this.fillEmpty();
    this.room.changed();
  }
}
