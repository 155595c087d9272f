/** The reading room: opens cases, keeps what is said, hands it in. What is drawn follows from its state. */
import { Refusal } from "../api/client";
import { amendReading, getCase, lockAnswer, nextCase } from "../api/readings";
import { Activity } from "../session/activity";
import { type Content, fromDraft, isEmpty } from "../session/content";
import * as history from "../session/history";
import { withoutLoose } from "../session/links";
import { DEFAULTS, type KeyMap } from "../session/keys";
import { Saver } from "../session/saver";
import { type Ready, readied } from "./ahead";
import { Earlier } from "./earlier";
import { Flow } from "./flow/flow";
import type { Gaze } from "./gaze/gaze";
import { Marks } from "./marks";
import { Form } from "./form";
import { LookedAt } from "./looked-at";
import { SecondLook } from "./second-look";
import { Sight } from "./sight";
import { ReportText } from "./report-text";
import { restore } from "./restore";
import { begin, contentOf, isEditable, mustLock, type Open, type RoomState, type Settings } from "./state";
import { Talk } from "./talk";
import { Turning } from "./turning";

/** Milliseconds for which suggestions must have been on the screen before Enter submits: locking is no submitting. */
const LOOK_FIRST_MS = 700;

export class Room {
  readonly state: RoomState;
  readonly activity = new Activity();
  readonly earlier: Earlier;
  readonly talk: Talk;
  readonly flow: Flow;
  readonly marks = new Marks(this);
  readonly text = new ReportText(this);
  readonly turning = new Turning(this);
  readonly look = new SecondLook(this);
  readonly form = new Form(this);
  readonly sight = new Sight(this);
  readonly lookedAt = new LookedAt(this);
  /** Set by itself when the images are there. */
  gaze: Gaze | null = null;
  /** Set by whoever draws. */
  changed: () => void = () => undefined;
  /** Set by the image's owner: a case is open, show it. */
  opened: (open: Open) => void = () => undefined;
  /** A reading was handed in. */
  submitted: () => void = () => undefined;
  /** The keys as they hold for this reader on this case. */
  keys: KeyMap = DEFAULTS;
  private lockedAt = 0;
  private turn = 0;

  constructor(settings: Settings) {
    this.state = begin(settings);
    this.earlier = new Earlier(settings.project, settings.worklist);
    this.talk = new Talk(this);
    this.flow = new Flow(this, settings.preferences);
  }

  update(change: Partial<RoomState>): void {
    Object.assign(this.state, change);
    this.changed();
  }

  tell(notice: string): void {
    this.update({ notice });
  }

  /** The next case of the worklist. */
  async openNext(): Promise<void> {
    await this.opening(async () => {
      await this.turning.settled();
      const next = await nextCase(this.state.settings.worklist);
      this.state.progress = next.progress;
      this.turning.ahead.expect(next.reading, next.ahead);
      this.earlier.leave();
      return next.reading;
    });
  }

  async openReading(reading: number): Promise<void> {
    await this.opening(() => Promise.resolve(reading));
  }

  /** `by` -1: the reading before this one; 1: back towards the next case. */
  async openEarlier(by: 1 | -1): Promise<void> {
    await this.turning.settled();
    const reading = await this.earlier.move(by, this.state.open?.kase.reading.id ?? null).catch(() => null);
    if (reading === "next") return this.openNext();
    if (reading === null) return this.tell("There is no earlier reading of yours on this worklist.");
    await this.openReading(reading);
  }

  private async opening(which: () => Promise<number | null>): Promise<void> {
    const turn = (this.turn += 1);
    this.state.open?.saver.close();
    this.update({ busy: "open", notice: "", dialog: null });
    try {
      const reading = await which();
      if (reading === null) return this.update({ phase: "empty", open: null, busy: "" });
      const kase = await getCase(reading);
      if (turn !== this.turn) return;
      this.take(readied(kase));
      this.update({ progress: kase.progress });
    } catch (error) {
      if (turn === this.turn) this.update({ phase: "broken", open: null, busy: "", problem: (error as Error).message });
    }
  }

  /** A case that was laid ready comes onto the screen; the one that was there may still be on its way to the server. */
  turnTo(ready: Ready): void {
    this.turn += 1;
    this.take(ready);
  }

  /** An open case comes back as it was left. */
  reopen(open: Open): void {
    this.turn += 1;
    this.place(open);
    this.opened(open);
  }

  private take({ kase, series }: Ready): void {
    const { reading } = kase;
    const draft = fromDraft(reading.draft as Partial<Content>);
    const savedAt = reading.draft_version ? Date.parse(reading.saved_at) : null;
    const saver = new Saver(reading.id, draft, reading.draft_version, savedAt, this.activity, () => this.saverChanged());
    const open: Open = {
      kase, saver, series, history: history.begin(draft), seriesIndex: 0, slicesLoaded: 0,
      inHand: null, chosen: null, isTyping: false,
    };
    this.place(open);
    restore(this, open);
    this.opened(open);
  }

  private place(open: Open): void {
    const before = this.state.open;
    before?.saver.leave();
    this.activity.spent(this.activity.read());
    open.saver.attend(this.activity);
    this.marks.begin(open);
    this.text.begin();
    this.update({ phase: "reading", open, busy: "", notice: "", problem: "" });
    this.turning.turned(open, before);
  }

  private saverChanged(): void {
    this.changed();
  }

  /** One step of the reader: remembered for undo, saved soon. */
  edit(next: Content, isTyping = false): void {
    const open = this.state.open;
    if (!open || !this.mayEdit()) return;
    open.history = history.step(open.history, withoutLoose(next), isTyping && open.isTyping);
    open.isTyping = isTyping;
    this.kept(open);
  }

  undo(): void {
    this.travel(history.undo, "Nothing to undo.");
  }

  redo(): void {
    this.travel(history.redo, "Nothing to redo.");
  }

  private travel(move: (from: history.History) => history.History, otherwise: string): void {
    const open = this.state.open;
    if (!open || !this.mayEdit()) return;
    const moved = move(open.history);
    if (moved === open.history) return this.tell(otherwise);
    open.history = moved;
    open.isTyping = false;
    this.kept(open);
  }

  private kept(open: Open): void {
    if (!contentOf(open).regions.some((region) => region.track === open.chosen)) open.chosen = null;
    this.state.notice = "";
    open.saver.edited(contentOf(open));
    this.changed();
  }

  /** Whether the case may be changed now; says why not. */
  mayEdit(): boolean {
    const open = this.state.open;
    if (!open || this.state.busy) return false;
    if (isEditable(open)) return true;
    this.tell(`This reading is ${open.kase.reading.state}. Press Enter to amend it.`);
    return false;
  }

  /** Enter: amend what is submitted, lock an own answer, else hand in. */
  async enter(): Promise<void> {
    const open = this.state.open;
    if (!open || this.state.busy) return;
    if (!isEditable(open)) return this.amend(open);
    if (this.marks.holdsBack(open)) return;
    if (isEmpty(contentOf(open))) return this.tell("Nothing has been said about this case yet. Mark a finding, or “no finding”.");
    if (mustLock(open)) return this.lock(open);
    if (this.isTooSoon(open)) return;
    await this.turning.submit(open);
  }

  /** Suggestions, or the case, have only just come up: the second of two quick presses means what was there before. */
  isTooSoon(open: Open): boolean {
    return Date.now() - this.lockedAt < LOOK_FIRST_MS || this.turning.isTooSoon(open);
  }

  private async lock(open: Open): Promise<void> {
    await this.during("lock", "Not locked", async () => {
      const { id } = open.kase.reading;
      await open.saver.exclusively((save) => lockAnswer(id, save));
      const kase = await getCase(id);
      open.saver.rebase(contentOf(open), kase.reading.draft_version);
      this.lockedAt = Date.now();
      this.update({ open: { ...open, kase }, notice: "Your answer is locked. Now look at the suggestions." });
    });
  }

  private async amend(open: Open): Promise<void> {
    await this.during("amend", "Not opened for amending", async () => {
      const reading = await amendReading(open.kase.reading.id);
      this.update({ open: { ...open, kase: { ...open.kase, reading } }, notice: "Amending: what was submitted counts until you submit again." });
    });
  }

  async skip(reason: string): Promise<void> {
    if (this.state.open) await this.turning.skip(this.state.open, reason);
  }

  /** One thing at a time; a failure is told, and what was said stays. */
  async during(busy: RoomState["busy"], failure: string, work: () => Promise<void>): Promise<void> {
    this.update({ busy, notice: "", dialog: null });
    try {
      await work();
    } catch (error) {
      const why = error instanceof Refusal ? error.message : "the service does not answer. Your draft is kept; try again.";
      if (this.state.open?.saver.state.phase !== "conflict") this.state.notice = `${failure}: ${why}`;
    } finally {
      if (this.state.busy === busy) this.update({ busy: "" });
    }
  }

  /** The conflict is decided. Keeping mine on a reading that was submitted elsewhere amends it. */
  async resolve(choice: "mine" | "theirs"): Promise<void> {
    const open = this.state.open;
    const theirs = open?.saver.state.theirs;
    if (!open || !theirs) return;
    const isSubmitted = theirs.state === "submitted";
    if (choice === "theirs") {
      open.history = history.step(open.history, theirs.content);
      open.saver.takeTheirs();
      if (isSubmitted) await this.openReading(open.kase.reading.id);
    } else {
      if (isSubmitted) await this.amend(open);
      this.state.open?.saver.keepMine();
    }
    this.changed();
  }
}
