/** Runs the autosave machine of one reading: timers, requests, the copy in the browser. One request at a time. */
import { Refusal } from "../api/client";
import { type Save, saveDraft } from "../api/readings";
import type { Activity } from "./activity";
import { type Autosave, type Event, isDirty, next, opened } from "./autosave";
import { type Content, fromDraft, textOf } from "./content";
import * as local from "./local-copy";

export class Saver {
  state: Autosave;
  /** Acknowledged saves since the page was opened. */
  static saves = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private wire: Promise<void> = Promise.resolve();
  private closed = false;

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
    else local.forget(this.reading);
  }

  /** The page goes away: what waits is sent at once, in a request that outlives it. */
  flush(): void {
    if (!["waiting", "retrying"].includes(this.state.phase)) return;
    this.apply({ kind: "due" }, true);
  }

  keepMine(): void {
    this.apply({ kind: "keep-mine" });
  }

  takeTheirs(): void {
    this.apply({ kind: "take-theirs" });
    local.forget(this.reading);
  }

  /** The reading was saved outside of autosave (a submit, a lock): the next save builds on that. */
  rebase(content: Content, version: number): void {
    clearTimeout(this.timer);
    this.state = opened(content, version, Date.now());
    local.forget(this.reading);
    this.changed();
  }

  /** Ask another request to save and do more (submit, lock), after what is under way. Throws what the request throws. */
  async exclusively<T>(request: (save: Save) => Promise<T>): Promise<T> {
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
      this.failed(error, content);
      throw error;
    }
  }

  /** What is edited next was begun on this version: the server will tell when it has gone on since. */
  expect(version: number): void {
    this.state = { ...this.state, version };
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
    local.forget(this.reading);
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
      if (!isDirty(this.state)) local.forget(this.reading);
    } catch (error) {
      this.failed(error, content);
    }
  }

  private failed(error: unknown, content: Content): void {
    if (!(error instanceof Refusal) || error.status >= 500) return this.apply({ kind: "unreachable", why: "no connection" });
    if (error.status === 401) return this.apply({ kind: "unreachable", why: "signed out; sign in in another tab" });
    const { theirs, version, state } = error.body as { theirs?: Partial<Content>; version?: number; state?: string };
    if (error.status !== 409 || theirs === undefined) return this.apply({ kind: "refused", why: error.message });
    this.state = { ...this.state, sending: content };
    const other = { content: fromDraft(theirs), version: version ?? 0, state: state ?? "" };
    this.apply({ kind: "conflicted", theirs: other, at: Date.now() });
  }
}
