/** Cine of the active viewport: played by a key, stopped by whatever else the reader does. */
import { type Playable, Player } from "../viewer/cine/player";
import { inWords } from "../viewer/cine/rate";
import type { Cell } from "./cell";
import type { Room } from "./room";
import type { Stage } from "./stage";

export class Cine {
  readonly player = new Player();
  private cell: Cell | null = null;

  constructor(private readonly stage: Stage, private readonly room: Room) {
    this.player.changed = () => room.changed();
    this.player.failed = (error) => stage.fail(error, this.cell ?? stage.active);
    for (const name of ["pointerdown", "wheel"]) {
      document.addEventListener(name, () => this.player.stop(), { capture: true, passive: true });
    }
    document.addEventListener("visibilitychange", () => this.player.stop());
  }

  toggle(): void {
    const { active } = this.stage;
    if (active.shown.is !== "shown") return;
    this.cell = active;
    const wasPlaying = this.player.isPlaying;
    const plays = this.player.toggle(playable(active));
    if (!plays && !wasPlaying) this.room.tell("There is one image here: nothing to play.");
  }

  speed(by: 1 | -1): void {
    this.player.takePace(playable(this.stage.active));
    if (by > 0) this.player.faster();
    else this.player.slower();
    this.tellPace();
  }

  turnAround(): void {
    this.player.turnAround();
    this.tellPace();
  }

  private tellPace(): void {
    const { isPlaying, framesPerSecond, ending } = this.player;
    if (!isPlaying) this.room.tell(`Cine: ${inWords(framesPerSecond, ending)}. Play with g c.`);
  }

  /** For the viewport's corner; "" while it does not play. */
  lineOf(cell: Cell): string {
    if (!this.player.isPlaying || cell !== this.cell) return "";
    return inWords(this.player.framesPerSecond, this.player.ending);
  }
}

/** The viewport's own view, whatever hangs there when a frame is due: what was replaced is not paged. */
function playable({ pane }: Cell): Playable {
  const { view } = pane;
  return {
    get images() {
      return view.images;
    },
    get index() {
      return view.index;
    },
    get count() {
      return pane.view === view ? view.count : 0;
    },
    goTo: (index) => view.goTo(index),
  };
}
