/** The receipt of a stretch of reading: asked for by key, at a break, and when the list is empty. */
import { makeReceipt, type Receipt } from "../../api/flow";
import type { Room } from "../room";

export class ReceiptOfStretch {
  /** null while it is awaited. */
  made: Receipt | null = null;
  state: "none" | "asking" | "shown" | "nothing" | "failed" = "none";
  problem = "";
  private wasEmpty = false;

  constructor(private readonly room: Room) {}

  async show(): Promise<void> {
    this.room.update({ dialog: { is: "receipt" } });
    await this.ask();
  }

  /** Once each time the list runs out. */
  ofEmptyList(): void {
    if (this.wasEmpty) return;
    this.wasEmpty = true;
    void this.ask();
  }

  /** A case is open again. */
  ofFilledList(): void {
    this.wasEmpty = false;
  }

  private async ask(): Promise<void> {
    this.state = "asking";
    this.room.changed();
    try {
      // What is under way to the server belongs to it.
      await this.room.turning.settled();
      this.made = await makeReceipt(this.room.state.settings.worklist);
      this.state = this.made ? "shown" : "nothing";
    } catch (error) {
      this.problem = (error as Error).message;
      this.state = "failed";
    }
    this.room.changed();
  }
}
