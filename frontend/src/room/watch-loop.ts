/** Keeps the top line true: after each submit, often while a turn runs, seldom else. */
import { getLoop } from "../api/loop";
import type { Room } from "./room";

const OFTEN_MS = 2_000;
const SELDOM_MS = 20_000;

export class LoopWatch {
  private timer: ReturnType<typeof setTimeout> | undefined;
  private turnsDone: number | null = null;

  constructor(private readonly room: Room) {}

  async look(): Promise<void> {
    clearTimeout(this.timer);
    const loop = document.visibilityState === "hidden" ? null : await getLoop(this.room.state.settings.project).catch(() => null);
    if (loop) {
      const done = loop.turns.filter((turn) => turn.state === "done").length;
      const hasNews = this.turnsDone !== null && done > this.turnsDone;
      this.turnsDone = done;
      this.room.update({ loop, hasNews: this.room.state.hasNews || hasNews });
    }
    const isBusy = (loop?.jobs.length ?? 0) > 0;
    this.timer = setTimeout(() => void this.look(), isBusy ? OFTEN_MS : SELDOM_MS);
  }
}
