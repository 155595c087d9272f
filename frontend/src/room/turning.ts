/**
 * Turning to the next case. Handed in and shown at once: the next one is on the screen while the answer to the last is
 * awaited. Refused or unanswered, the last one is opened again as it was; what was said about the next is kept too.
 */
import { Refusal } from "../api/client";
import { nextCase, saveDraft, skipReading, submitReading } from "../api/readings";
import { isDirty } from "../session/autosave";
import { keepStudies } from "../viewer/loading/keep";
import { Ahead, studiesOf } from "./ahead";
import type { Room } from "./room";
import type { Open } from "./state";

/** Milliseconds for which a case must have been on the screen before Enter hands it in untouched. */
const LOOK_FIRST_MS = 700;

export class Turning {
  readonly ahead = new Ahead();
  /** A reading that is being handed in while another is on the screen. */
  private under: Promise<void> | null = null;
  private turnedAt = 0;

  constructor(private readonly room: Room) {}

  /** All that was handed in is answered. */
  async settled(): Promise<void> {
    await this.under;
  }

  /** The second of two quick presses would hand in a case that nobody has looked at. */
  isTooSoon(open: Open): boolean {
    return open.history.past.length === 0 && performance.now() - this.turnedAt < LOOK_FIRST_MS;
  }

  async submit(open: Open): Promise<void> {
    const { id } = open.kase.reading;
    if (!(await this.room.look.allows(open))) return;
    const done = (): void => {
      this.room.earlier.forget();
      this.room.submitted();
    };
    // No answer came, and it turns out later that all had arrived.
    const late = (): void => {
      open.saver.done();
      done();
      if (this.room.state.open === open) void this.room.openNext();
    };
    await this.handIn(open, "submit", "Not submitted", async () => {
      await open.saver.exclusively((save) => submitReading(id, save, this.room.look.howFor(open)), late);
      done();
    });
  }

  async skip(open: Open, reason: string): Promise<void> {
    const { id } = open.kase.reading;
    await this.handIn(open, "skip", "Not skipped", async () => {
      await open.saver.exclusively(async (save) => {
        if (isDirty(open.saver.state)) await saveDraft(id, save);
        await skipReading(id, reason);
      });
    });
  }

  private async handIn(
    open: Open, what: "submit" | "skip", failure: string, request: () => Promise<void>,
  ): Promise<void> {
    const { room } = this;
    await room.during(what, failure, async () => {
      await this.settled();
      // Somebody who was thrown back meanwhile looks at another case than the one that was to be handed in.
      if (room.state.open !== open) return;
      const sent = request().then(() => open.saver.done());
      // Its refusal is heard below, or by who waits.
      sent.catch(() => undefined);
      if (!isConnected(open)) await sent;
      const ready = this.ahead.take(open.kase.reading.id);
      if (!ready) {
        await sent;
        room.state.busy = "";
        return room.openNext();
      }
      this.under = this.followUp(open, failure, sent).finally(() => (this.under = null));
      room.turnTo(ready);
    });
  }

  /** While the next case is read: hear the answer, then ask what comes after. */
  private async followUp(before: Open, failure: string, sent: Promise<void>): Promise<void> {
    try {
      await sent;
    } catch (error) {
      return this.comeBack(before, failure, error);
    }
    await this.topUp().catch(() => undefined);
  }

  private comeBack(before: Open, failure: string, error: unknown): void {
    const { room } = this;
    room.state.open?.saver.close();
    room.reopen(before);
    if (before.saver.state.phase === "conflict") return;
    const why = error instanceof Refusal ? error.message : "the service does not answer.";
    room.tell(`${failure}: ${why} You are back at that case; nothing that you said is lost.`);
  }

  /** Ask what comes next, and whether the server means the case on the screen as well. */
  private async topUp(): Promise<void> {
    const { room } = this;
    const shown = room.state.open;
    const next = await nextCase(room.state.settings.worklist);
    room.update({ progress: next.progress });
    this.ahead.expect(next.reading, next.ahead);
    if (room.state.open !== shown || !shown || next.reading === null) return;
    const isSame = next.reading === shown.kase.reading.id && next.draft_version === shown.kase.reading.draft_version;
    const isUntouched = shown.history.past.length === 0 && shown.saver.state.version === shown.kase.reading.draft_version;
    // Its reservation ran out, or another tab went on with it: show what counts, as long as nothing was said here.
    if (!isSame && isUntouched) await room.openReading(next.reading);
  }

  /** A case is on the screen: everything but it, the one before and those ahead may leave the memory. */
  turned(open: Open, before: Open | null): void {
    this.turnedAt = performance.now();
    const near = [open, ...(before ? [before] : [])].flatMap((one) => studiesOf(one.kase));
    keepStudies(new Set([...near, ...this.ahead.studies]));
  }
}

/** The last that was heard of the server was not that it is away. */
const isConnected = (open: Open): boolean => navigator.onLine && open.saver.state.phase !== "retrying";
