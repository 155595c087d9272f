/** The talk about the open case: what colleagues said, and the comment being written. Never part of the answer. */
import { Refusal } from "../api/client";
import { addComment, type Comment, commentsOn, type Member, membersOf, settleComment } from "../api/comments";
import { bodyOf, colleagues, FLAG, hasArrived, keepAsked, keepUnsent, lastAsked, NOTHING, type Spot, type Thread, threadsOf, type Unsent, unsentOf } from "../session/talk";
import type { Room } from "./room";
import type { Open } from "./state";

export class Talk {
  threads: readonly Thread[] = [];
  /** null: nothing is being written. */
  unsent: Unsent | null = null;
  /** The next click on the image places the pin. */
  isPlacing = false;
  isBusy = false;
  /** What is written is under way, and cannot be changed. */
  isSending = false;
  /** The list could not be had. */
  isMissing = false;
  /** Why the last act failed and what to do. */
  problem = "";
  chosen: number | null = null;
  members: readonly Member[] = [];
  /** Set by the image's owner: show this spot. */
  jump: (spot: Spot) => void = () => undefined;
  private comments: readonly Comment[] = [];
  private reading: number | null = null;
  private seen = "";
  /** Comments that were there before what is being written went out. */
  private known: ReadonlySet<number> = new Set();
  /** Typed while a comment was under way: the beginning of the next one. Such letters must not reach the findings. */
  private typedAhead: string | null = null;
  /** The comment that the page's address names. */
  private wanted = Number(new URLSearchParams(location.search).get("comment")) || null;

  constructor(private readonly room: Room) {}

  /** After each change of the room: another case is open, or one's answer is in and more may be read. */
  follow(): void {
    const { open } = this.room.state;
    if (!open) return;
    const { id, is_locked, state, version } = open.kase.reading;
    if (id !== this.reading) this.begin(id);
    const now = [id, is_locked, state, version].join();
    if (now === this.seen) return this.arrive();
    // The image goes first.
    if (this.room.state.image.is === "loading") return;
    this.seen = now;
    void this.load();
  }

  private begin(reading: number): void {
    const isLeft = Boolean(this.unsent?.text.trim());
    this.reading = reading;
    this.take([]);
    this.unsent = unsentOf(reading);
    this.known = new Set();
    this.isPlacing = this.isMissing = false;
    this.problem = this.unsent ? "This was not sent. Send it, or discard it." : "";
    this.chosen = null;
    if (this.unsent) void this.askForMembers();
    if (isLeft) this.room.tell("Your unsent comment waits at the case before; [ goes back to it.");
  }

  async load(): Promise<void> {
    const { open, settings } = this.room.state;
    if (!open) return;
    try {
      const found = await commentsOn(settings.project, open.kase.study.uid);
      if (!this.isStill(open)) return;
      this.isMissing = false;
      this.take(found);
      if (this.hasArrived(found)) this.discard();
    } catch {
      if (this.isStill(open)) this.isMissing = true;
    }
    this.room.changed();
  }

  private isStill = (open: Open): boolean => this.room.state.open?.kase.reading.id === open.kase.reading.id;

  private hasArrived(now: readonly Comment[]): boolean {
    return Boolean(this.unsent?.isOut) && hasArrived(this.unsent as Unsent, this.room.state.settings.person, this.known, now);
  }

  private take(comments: readonly Comment[]): void {
    this.comments = comments;
    this.threads = threadsOf(comments);
  }

  /** Whoever came by a link to a comment is led to it, once it and the image are there. */
  private arrive(): void {
    if (this.wanted === null || this.room.state.image.is !== "shown") return;
    const thread = this.threadOf(this.wanted);
    if (!thread) return;
    this.wanted = null;
    this.choose(thread.root.id);
  }

  private threadOf(id: number): Thread | undefined {
    return this.threads.find(({ root, replies }) => root.id === id || replies.some((one) => one.id === id));
  }

  choose(id: number): void {
    this.chosen = id;
    const spot = this.threadOf(id)?.spot;
    if (spot) this.jump(spot);
    this.room.changed();
    this.toView(`[data-thread="${id}"]`);
  }

  /** Open the composer, or go on with what is in it. */
  compose(replyTo: number | null = null): void {
    if (!this.room.state.open) return;
    if (!this.unsent?.text.trim()) this.unsent = { ...NOTHING, spot: this.unsent?.spot ?? null, replyTo };
    void this.askForMembers();
    this.room.changed();
    this.focus();
  }

  /** One key: the composer is open with a colleague asked, and Ctrl Enter sends it. */
  async flag(): Promise<void> {
    if (!this.room.state.open) return;
    await this.askForMembers();
    const last = lastAsked(this.room.state.settings.project);
    const asked = this.members.find((one) => one.username === last) ?? this.members[0];
    if (!asked) return this.room.tell("There is no colleague in this project whom you could ask.");
    this.compose();
    if (!this.unsent?.text.trim()) this.write({ asked: asked.username, text: FLAG });
    queueMicrotask(() => document.querySelector<HTMLTextAreaElement>("#talk-text")?.select());
  }

  private focus(): void {
    queueMicrotask(() => document.querySelector<HTMLTextAreaElement>("#talk-text")?.focus({ preventScroll: true }));
    this.toView(".talk-end");
  }

  /** Once it is drawn. */
  private toView(what: string): void {
    queueMicrotask(() => document.querySelector(what)?.scrollIntoView({ block: "nearest" }));
  }

  private async askForMembers(): Promise<void> {
    if (this.members.length) return;
    const { project, person } = this.room.state.settings;
    // Without the names one can still write: the list is asked for again at the next opening.
    this.members = colleagues(await membersOf(project).catch(() => []), person);
    this.room.changed();
  }

  write(change: Partial<Unsent>): void {
    this.unsent = { ...(this.unsent ?? NOTHING), ...change };
    if (this.reading !== null) keepUnsent(this.reading, this.unsent);
    this.room.changed();
  }

  typeAhead(letter: string): void {
    this.typedAhead = this.typedAhead === null && letter === ";" ? "" : (this.typedAhead ?? "") + letter;
  }

  discard(): void {
    this.problem = "";
    this.isPlacing = false;
    if (this.reading !== null) keepUnsent(this.reading, NOTHING);
    this.unsent = null;
    this.room.changed();
  }

  /** Asks for the next click on the image, or takes the pin away. */
  pin(): void {
    if (this.unsent?.spot) return this.write({ spot: null });
    this.isPlacing = !this.isPlacing;
    this.room.tell(this.isPlacing ? "Click the spot on the image. Esc: no pin." : "");
  }

  place(spot: Spot): void {
    this.isPlacing = false;
    this.room.state.notice = "";
    this.write({ spot });
    this.focus();
  }

  /** Esc: whether there was something to let go of. */
  letGo(): boolean {
    const was = this.isPlacing || this.chosen !== null || (this.unsent !== null && !this.unsent.text.trim());
    if (this.isPlacing) this.pin();
    else if (this.chosen !== null) this.chosen = null;
    else if (was) this.discard();
    this.room.changed();
    return was;
  }

  async send(): Promise<void> {
    const { open, settings } = this.room.state;
    const { unsent } = this;
    if (!open || !unsent || this.isBusy) return;
    if (!unsent.text.trim()) {
      this.problem = "Write a word or two first.";
      return this.room.changed();
    }
    this.isSending = true;
    await this.during(open, "Not sent", async () => {
      const { uid } = open.kase.study;
      const now = unsent.isOut ? await commentsOn(settings.project, uid) : this.comments;
      if (!unsent.isOut) this.known = new Set(now.map((one) => one.id));
      const isThere = this.isStill(open) && this.hasArrived(now);
      const out = { ...unsent, isOut: true };
      keepUnsent(open.kase.reading.id, out);
      if (this.isStill(open)) this.unsent = out;
      const made = isThere ? [] : [await addComment(settings.project, uid, bodyOf(unsent))];
      if (unsent.asked) keepAsked(settings.project, unsent.asked);
      keepUnsent(open.kase.reading.id, NOTHING);
      if (!this.isStill(open)) return;
      this.take([...now, ...made]);
      this.isPlacing = false;
      this.unsent = null;
      if (this.typedAhead !== null) this.write({ text: this.typedAhead });
      this.typedAhead = null;
    });
    this.isSending = false;
    if (this.typedAhead && this.isStill(open)) this.write({ text: `${unsent.text}\n${this.typedAhead}` });
    this.typedAhead = null;
    this.room.changed();
  }

  async settle(id: number, isSettled: boolean): Promise<void> {
    const { open } = this.room.state;
    if (!open || this.isBusy) return;
    await this.during(open, "Not changed", async () => {
      const changed = await settleComment(id, isSettled);
      if (this.isStill(open)) this.take(this.comments.map((one) => (one.id === id ? changed : one)));
    });
  }

  private async during(open: Open, failure: string, work: () => Promise<void>): Promise<void> {
    this.isBusy = true;
    this.problem = "";
    this.room.changed();
    try {
      await work();
    } catch (error) {
      const why = `${failure}: ${this.because(error)}`;
      if (this.isStill(open)) this.problem = why;
      else this.room.tell(`${why} It waits at the case before; [ goes back to it.`);
    } finally {
      this.isBusy = false;
      this.room.changed();
      if (this.problem) this.toView(".talk-end");
    }
  }

  private because(error: unknown): string {
    if (error instanceof Refusal && error.status === 401) return "you are signed out. Sign in in another tab, then try again.";
    if (error instanceof Refusal && error.status < 500) return error.message;
    return "the service does not answer. Try again when the connection is back; this browser keeps what you wrote.";
  }
}
