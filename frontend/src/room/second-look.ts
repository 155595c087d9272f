/** The second look in the room: one line where Submit contradicts a sure model, then Enter submits the reader's answer. */
import { type Contradiction, submitReading } from "../api/readings";
import { mayBeAskedBack } from "../session/second-look";
import * as acts from "./acts";
import type { Room } from "./room";
import { contentOf, type Open } from "./state";

/** Milliseconds for which the line must have been on the screen before Enter submits: a reflex is no answer. */
const READ_FIRST_MS = 700;

export class SecondLook {
  private readonly told = new WeakMap<Open["saver"], { asked: readonly Contradiction[]; at: number }>();

  constructor(private readonly room: Room) {}

  /** What the reader is asked about the case on the screen; empty: nothing. */
  get asked(): readonly Contradiction[] {
    const { open } = this.room.state;
    return (open && this.told.get(open.saver)?.asked) ?? [];
  }

  /** Whether Submit may go on. Asks the server first where it may have something to say, which changes nothing else. */
  async allows(open: Open): Promise<boolean> {
    const told = this.told.get(open.saver);
    if (told) return performance.now() - told.at >= READ_FIRST_MS;
    if (!mayAskBack(open)) return true;
    let isAllowed = false;
    await this.room.during("submit", "Not submitted", async () => {
      const answer = await open.saver.exclusively((save) => submitReading(open.kase.reading.id, save, "ask"));
      isAllowed = answer.version !== null;
      if (!isAllowed) this.tell(open, answer.second_look, answer.draft_version);
    });
    return isAllowed;
  }

  private tell(open: Open, asked: readonly Contradiction[], version: number): void {
    open.saver.rebase(contentOf(open), version);
    this.told.set(open.saver, { asked, at: performance.now() });
    const first = asked[0];
    if (first) acts.take(this.room, first.finding_id);
  }

  /** How a submit is sent once it may go on. */
  howFor(open: Open): "" | "seen" {
    return this.told.has(open.saver) ? "seen" : "";
  }
}

function mayAskBack(open: Open): boolean {
  const { reading, suggestions, findings } = open.kase;
  return mayBeAskedBack({ mode: reading.mode, content: contentOf(open), suggestions, findings });
}
