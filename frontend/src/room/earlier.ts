/** The reader's earlier readings of this worklist, to go back to and amend. */
import { earlierReadings } from "../api/readings";

export class Earlier {
  private list: number[] | null = null;
  private place = -1;

  constructor(
    private readonly project: string,
    private readonly worklist: number,
  ) {}

  /** Something new was submitted: the list is asked for again. */
  forget(): void {
    this.list = null;
    this.place = -1;
  }

  leave(): void {
    this.place = -1;
  }

  /** The reading one further back (-1) or one nearer (1); "next" beyond the nearest; null when there is none. */
  async move(by: 1 | -1, shown: number | null): Promise<number | "next" | null> {
    this.list ??= (await earlierReadings(this.project, this.worklist)).map((reading) => reading.id);
    const place = Math.max(this.place, shown === null ? -1 : this.list.indexOf(shown)) - by;
    if (place < 0) return "next";
    const found = this.list[place];
    if (found === undefined) return null;
    this.place = place;
    return found;
  }
}
