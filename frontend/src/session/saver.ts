/** Runs the autosave machine of one reading: timers, requests, the copy in the browser. One request at a time. */
import { Refusal } from "../api/client";
import { type Save, saveDraft } from "../api/readings";
import type { Activity } from "./activity";
import { type Autosave, type Event, isDirty, KEPT, next, opened, type Theirs } from "./autosave";
import { type Content, fromDraft, textOf } from "./content";
import * as local from "./local-copy";

export class Saver {
  state: Autosave;
  /** Acknowledged saves since the page was opened. */
  static saves = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private wire: Promise<void> = Promise.resolve();
  private closed = false;
  /** Copies of other pages that this one has taken over but could not keep again, and those yet to be decided about. */
  private absorbed: readonly local.Found[] = [];
  private older: readonly local.Found[] = [];
  /** What was handed in without an answer. */
  private handedIn: { text: string; arrived: () => void } | null = null;

  constructor(
    readonly reading: number,
    content: Content,
    version: number,
    savedAt: number | null,
    private activity: Pick<Activity, "read" | "spent">,
    private readonly changed: () => void,
  ) {
    this.state = opened(content, version, savedAt);
  }

  edited(content: Content): void {
    this.apply({ kind: "edited", content });
    if (isDirty(this.state)) local.keep(this.reading, { base_version: this.state.version, content });
    else this.forget();
  }

  /** The page goes away: what waits is sent at once, in a request that outlives it. */
  flush(): void {
    if (!["waiting", "retrying"].includes(this.state.phase)) return;
    this.apply({ kind: "due" }, true);
  }

  /** Go on with what the browser kept. Where it kept several, or the case was submitted since, the reader is asked. */
  restore(newest: local.Found, older: readonly local.Found[], submitted: Theirs | null): void {
    // Beside a submitted version one is asked about at a time: the others are found when the case is opened next.
    this.older = submitted ? [] : older;
    this.state = { ...this.state, current: newest.content, version: newest.base_version };
    this.takeOver(newest);
    if (submitted) this.apply({ kind: "conflicted", theirs: submitted, at: Date.now() });
    else this.askOlder();
  }

  /** The copy is this page's from now on; where it cannot be kept again it stays until all is acknowledged. */
  private takeOver(copy: local.Found): void {
    if (!local.keep(this.reading, copy)) this.absorbed = [...this.absorbed, copy];
    else if (!local.isOwn(this.reading, copy)) local.letGo([copy]);
  }

  /** The next version that this browser kept and nobody has decided about; without one, on to the server. */
  private askOlder(): void {
    const [copy] = this.older;
    if (!copy) return this.edited(this.state.current);
    const theirs = { content: copy.content, version: copy.base_version, state: KEPT };
    this.apply({ kind: "conflicted", theirs, at: Date.now() });
  }

  private decideOlder(isTaken: boolean): void {
    const [copy, ...others] = this.older;
    this.older = others;
    if (copy && isTaken) this.takeOver(copy);
    else if (copy) local.letGo([copy]);
    this.askOlder();
  }

  keepMine(): void {
    const isKept = this.state.theirs?.state === KEPT;
    this.apply({ kind: "keep-mine" });
    if (isKept) this.decideOlder(false);
  }

  takeTheirs(): void {
    const isKept = this.state.theirs?.state === KEPT;
    this.apply({ kind: "take-theirs" });
    if (isKept) this.decideOlder(true);
    else this.forget();
  }

  /** All is acknowledged, or given up by the reader's choice: no copy in the browser is needed any more. */
  private forget(): void {
    local.forget(this.reading);
    local.letGo(this.absorbed);
  }

  /** The reading was saved outside of autosave (a submit, a lock): the next save builds on that. */
  rebase(content: Content, version: number): void {
    clearTimeout(this.timer);
    this.state = opened(content, version, Date.now());
    this.forget();
    this.changed();
  }

  /**
   * Ask another request to save and do more (submit, lock), after what is under way. Throws what the request throws.
   * `arrived`: no answer came to a submit, and a later save learns that it had been carried out.
   */
  async exclusively<T>(request: (save: Save) => Promise<T>, arrived?: () => void): Promise<T> {
    clearTimeout(this.timer);
    await this.wire;
    clearTimeout(this.timer);
    const seconds = this.activity.read();
    const content = this.state.current;
    try {
      const answer = await request({ base_version: this.state.version, content, active_seconds: seconds });
      this.activity.spent(seconds);
      return answer;
    } catch (error) {
      if (arrived) this.handedIn = { text: textOf(content), arrived };
      this.failed(error, content);
      throw error;
    }
  }

  /** Another case is on the screen: seconds from now on are not this one's, until `attend` is called again. */
  leave(): void {
    let left = this.activity.read();
    this.activity = { read: () => left, spent: (seconds) => (left = Math.max(0, left - seconds)) };
  }

  attend(activity: Activity): void {
    this.activity = activity;
  }

  /** Handed in: nothing is left to save. */
  done(): void {
    clearTimeout(this.timer);
    this.closed = true;
    this.forget();
    this.state = { ...this.state, phase: "idle", savedText: textOf(this.state.current) };
  }

  /** No more saves from here; the copy in the browser stays unless all is acknowledged. */
  close(): void {
    this.flush();
    this.closed = true;
    clearTimeout(this.timer);
  }

  private apply(event: Event, keepalive = false): void {
    const [state, effect] = next(this.state, event);
    this.state = state;
    if (effect?.kind === "timer" && !this.closed) {
      clearTimeout(this.timer);
      this.timer = setTimeout(() => this.apply({ kind: "due" }), effect.ms);
    }
    if (effect?.kind === "send") this.wire = this.send(keepalive);
    this.changed();
  }

  private async send(keepalive: boolean): Promise<void> {
    clearTimeout(this.timer);
    const content = this.state.sending ?? this.state.current;
    const seconds = this.activity.read();
    try {
      const save = { base_version: this.state.version, content, active_seconds: seconds };
      const version = await saveDraft(this.reading, save, keepalive);
      this.activity.spent(seconds);
      Saver.saves += 1;
      this.apply({ kind: "acknowledged", version, at: Date.now() });
      if (!isDirty(this.state)) this.forget();
    } catch (error) {
      this.failed(error, content);
    }
  }

  private failed(error: unknown, content: Content): void {
    if (!(error instanceof Refusal) || error.status >= 500) return this.apply({ kind: "unreachable", why: "no connection" });
    if (error.status === 401) return this.apply({ kind: "unreachable", why: "signed out; sign in in another tab" });
    const { theirs, version, state } = error.body as { theirs?: Partial<Content>; version?: number; state?: string };
    if (error.status !== 409 || theirs === undefined) return this.apply({ kind: "refused", why: error.message });
    const other = { content: fromDraft(theirs), version: version ?? 0, state: state ?? "" };
    if (other.state === "submitted" && this.handedIn?.text === textOf(other.content)) {
      if (this.handedIn.text === textOf(this.state.current)) return this.handedIn.arrived();
    }
    this.state = { ...this.state, sending: content };
    this.apply({ kind: "conflicted", theirs: other, at: Date.now() });
  }
}
