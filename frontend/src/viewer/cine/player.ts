/** Plays what a view shows, frame after frame. Never starts by itself, and leaves no timer behind when it stops. */
import type { View } from "../view";
import { type Ending, faster, next, rateOf, slower, type Step, USUAL_RATE } from "./rate";

export type Playable = Pick<View, "images" | "index" | "count" | "goTo">;

export class Player {
  framesPerSecond = USUAL_RATE;
  ending: Ending = "loop";
  /** Called when it starts, stops or changes its pace. */
  changed: () => void = () => undefined;
  /** A frame could not be shown: playing has stopped. */
  failed: (error: unknown) => void = () => undefined;
  private view: Playable | null = null;
  private timer: ReturnType<typeof setTimeout> | undefined;
  /** The series whose own pace was taken over last. */
  private paced = "";
  private step: Step = { index: 0, direction: 1 };

  constructor(private readonly now: () => number = () => performance.now()) {}

  get isPlaying(): boolean {
    return this.view !== null;
  }

  /** Whether there is anything to play, and it plays now. */
  toggle(view: Playable): boolean {
    if (this.isPlaying) return this.stop(), false;
    if (view.count < 2) return false;
    this.takePace(view);
    this.view = view;
    this.step = { index: view.index, direction: 1 };
    this.wait(view, this.now());
    this.changed();
    return true;
  }

  stop(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    if (!this.view) return;
    this.view = null;
    this.changed();
  }

  faster(): void {
    this.pace(faster(this.framesPerSecond));
  }

  slower(): void {
    this.pace(slower(this.framesPerSecond));
  }

  turnAround(): void {
    this.ending = this.ending === "loop" ? "bounce" : "loop";
    this.changed();
  }

  /** The file's own pace, until the reader chooses another for this series. */
  takePace(view: Playable): void {
    const first = view.images[0];
    if (!first || first.imageId === this.paced) return;
    this.paced = first.imageId;
    this.framesPerSecond = rateOf(first.header).framesPerSecond;
  }

  private pace(framesPerSecond: number): void {
    this.framesPerSecond = framesPerSecond;
    this.changed();
  }

  private wait(view: Playable, since: number): void {
    const due = since + 1000 / this.framesPerSecond;
    this.timer = setTimeout(() => void this.turn(view, due), Math.max(0, due - this.now()));
  }

  /** A frame that takes longer than its turn delays the next one: none is left out. */
  private async turn(view: Playable, due: number): Promise<void> {
    if (this.view !== view) return;
    // What hung there was taken away.
    if (view.count < 2) return this.stop();
    this.step = next({ ...this.step, index: view.index }, view.count, this.ending);
    try {
      await view.goTo(this.step.index);
    } catch (error) {
      if (this.view === view) this.stop();
      return this.failed(error);
    }
    // Stopped, or started anew, while the frame was on its way.
    if (this.view === view) this.wait(view, Math.max(due, this.now() - 1000 / this.framesPerSecond));
  }
}
