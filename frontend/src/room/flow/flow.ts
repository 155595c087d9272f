/** What accompanies a stretch of reading: own keys, pace and breaks, my list, the receipt, the guided tour. */
import { keepPreferences, type Preferences } from "../../api/flow";
import { Pace } from "../../session/flow/pace";
import { keyMap } from "../../session/keys";
import { keyOf } from "../hints";
import type { Room } from "../room";
import { KeyEditor } from "./key-editor";
import { OwnList } from "./own-list";
import { ReceiptOfStretch } from "./receipt";
import { Guide } from "./guide";

export class Flow {
  readonly pace = new Pace();
  readonly keys: KeyEditor;
  readonly list: OwnList;
  readonly receipt: ReceiptOfStretch;
  readonly guide: Guide;
  /** A line proposes a break; it stays until it is answered. */
  isBreakProposed = false;
  /** Why the last change of preferences is not kept on the server. */
  problem = "";
  private reading: number | null = null;
  private known = "";
  private hasTold = false;
  private sending: Promise<void> = Promise.resolve();

  constructor(
    private readonly room: Room,
    public preferences: Preferences,
  ) {
    this.keys = new KeyEditor(room, this);
    this.list = new OwnList(room);
    this.receipt = new ReceiptOfStretch(room);
    this.guide = new Guide(room, this);
  }

  /** After each change of the room. */
  follow(): void {
    const { open, phase } = this.room.state;
    this.mapKeys();
    if (open && open.kase.reading.id !== this.reading) {
      this.reading = open.kase.reading.id;
      this.pace.turned();
    }
    if (phase === "empty") this.receipt.ofEmptyList();
    else if (open) this.receipt.ofFilledList();
    this.guide.follow();
    if (open && this.room.state.image.is === "shown") this.tellOfBegun();
  }

  /** What was begun comes back by itself, unless others read it meanwhile: then it is told once where it waits. */
  private tellOfBegun(): void {
    const { begun } = this.room.state.settings;
    if (this.hasTold || begun === 0) return;
    this.hasTold = true;
    const key = keyOf(this.room, "list");
    const what = begun === 1 ? "A case that you began is read by others now; it waits" : `${begun} cases that you began are read by others now; they wait`;
    this.room.tell(`${what} on your list${key && `: ${key}`}.`);
  }

  /** Keys hold for one reader and the findings of the case: worked out again when either changes. */
  private mapKeys(): void {
    const findings = this.room.state.open?.kase.findings ?? [];
    const now = JSON.stringify([this.preferences.keys, findings.map((finding) => [finding.id, finding.shortcut])]);
    if (now === this.known) return;
    this.known = now;
    this.room.keys = keyMap(this.preferences.keys, findings);
    // What was just drawn may name other keys.
    this.room.changed();
  }

  touch(): void {
    this.pace.touch();
    this.proposeBreak();
  }

  handedIn(): void {
    this.pace.handedIn();
    this.proposeBreak();
  }

  /** Never while something is typed or a dialog asks, and nothing waits for an answer. */
  private proposeBreak(): void {
    const isTyping = document.activeElement?.matches("textarea, input, select") ?? false;
    if (this.isBreakProposed || isTyping || this.room.state.dialog || !this.pace.isBreakDue(this.preferences.breakMinutes)) return;
    this.isBreakProposed = true;
    this.room.changed();
  }

  /** `takes`: the reader rests, and sees what the stretch brought. */
  answerBreak(takes: boolean): void {
    this.isBreakProposed = false;
    if (takes) this.pace.rest();
    else this.pace.putOff(this.preferences.breakMinutes);
    this.room.changed();
    if (takes) void this.receipt.show();
  }

  /** Kept here at once, and on the server for other machines. */
  async prefer(change: Partial<Preferences>): Promise<void> {
    this.preferences = { ...this.preferences, ...change };
    this.mapKeys();
    this.problem = "";
    this.room.changed();
    try {
      // One after the other: the last choice is the one that stays.
      this.sending = this.sending.catch(() => undefined).then(() => keepPreferences(change));
      await this.sending;
    } catch (error) {
      this.problem = `Not kept for other machines: ${(error as Error).message} It holds until this page is closed.`;
      this.room.changed();
    }
  }
}
