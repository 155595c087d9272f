/** My list in the room: what of this worklist is mine, filtered, walked with the arrow keys. */
import { type MyCase, type MyList, myList, type Wanted } from "../../api/flow";
import type { Room } from "../room";

const ALL: Wanted = { state: "", finding: "", flagged: false, since: "", until: "", text: "" };
/** Milliseconds of rest after a letter before the list is asked for. */
const TYPING_MS = 200;

export class OwnList {
  isOpen = false;
  wanted: Wanted = { ...ALL };
  found: MyList | null = null;
  problem = "";
  isBusy = false;
  /** Place of the row that the arrow keys are on. */
  at = 0;
  private turn = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly room: Room) {}

  get isNarrowed(): boolean {
    return JSON.stringify(this.wanted) !== JSON.stringify(ALL);
  }

  open(): void {
    this.isOpen = true;
    this.at = 0;
    this.room.changed();
    queueMicrotask(() => document.querySelector<HTMLElement>(".my-list .rows")?.focus());
    void this.load();
  }

  close(): void {
    this.isOpen = false;
    this.room.changed();
  }

  async load(): Promise<void> {
    const turn = (this.turn += 1);
    this.isBusy = true;
    this.problem = "";
    this.room.changed();
    try {
      const found = await myList(this.room.state.settings.worklist, this.wanted);
      if (turn !== this.turn) return;
      this.found = found;
      this.at = Math.min(this.at, Math.max(0, found.cases.length - 1));
    } catch (error) {
      if (turn === this.turn) this.problem = `Your list could not be loaded: ${(error as Error).message}`;
    }
    if (turn === this.turn) this.isBusy = false;
    this.room.changed();
  }

  /** `later`: letters are being typed. */
  narrow(change: Partial<Wanted>, later = false): void {
    this.wanted = { ...this.wanted, ...change };
    this.at = 0;
    clearTimeout(this.timer);
    if (later) this.timer = setTimeout(() => void this.load(), TYPING_MS);
    else void this.load();
  }

  showAll(): void {
    this.narrow(ALL);
  }

  move(by: number): void {
    const last = (this.found?.cases.length ?? 0) - 1;
    this.at = Math.max(0, Math.min(last, this.at + by));
    this.room.changed();
    queueMicrotask(() => document.querySelector(".my-list .row.at")?.scrollIntoView({ block: "nearest" }));
  }

  /** Open the case; the one on the screen keeps its draft. */
  async choose(one: MyCase | undefined = this.found?.cases[this.at]): Promise<void> {
    if (!one) return;
    this.close();
    if (one.reading === this.room.state.open?.kase.reading.id) return;
    await this.room.openReading(one.reading);
  }
}
