/** How the form of findings stands: what an answer is about, what is folded, searched, hidden by the slider or explained. */
import { type Where } from "../session/levels";
import { type Found, search } from "../session/search";
import { isCalibrated } from "../session/threshold";
import * as acts from "./acts";
import type { Room } from "./room";
import { type Open } from "./state";
import type { CaseFinding } from "../api/readings";

export const LEVELS = ["study", "series", "image"] as const;
export type LevelName = (typeof LEVELS)[number];

/** Milliseconds that a pointer rests on a name before it is explained. */
const REST_MS = 350;

export class Form {
  level: LevelName = "study";
  readonly folded = new Set<number>();
  /** What is typed into the search field; null while it is closed. */
  typed: string | null = null;
  /** Which of the found ones Enter takes. */
  at = 0;
  /** Suggestions are on the screen from this probability on. */
  least = 0;
  /** Whether what the model looked at is laid over the images. */
  hasOverlay = false;
  explained: { readonly finding: CaseFinding; readonly top: number } | null = null;
  private resting: ReturnType<typeof setTimeout> | undefined;
  private of: Open["saver"] | null = null;

  constructor(private readonly room: Room) {}

  /** A case begins with the study, and with nothing laid over it. */
  follow(open: Open): void {
    if (this.of === open.saver) return;
    this.of = open.saver;
    this.level = "study";
    this.typed = null;
    this.hasOverlay = false;
    this.explain(null);
  }

  /** What the next answer is about; the study where no series or image of the case is on the screen. */
  where(open: Open): Where {
    const series = open.kase.series[open.seriesIndex];
    const image = open.series[open.seriesIndex]?.[this.room.state.view.index];
    if (this.level === "series" && series) return { is: "series", series_id: series.id };
    if (this.level === "image" && image) return { is: "image", instance_id: image.instanceId, frame: image.frame };
    return { is: "study" };
  }

  toggleOverlay(): void {
    this.hasOverlay = !this.hasOverlay;
    this.room.changed();
  }

  choose(level: LevelName): void {
    this.level = level;
    this.room.changed();
  }

  nextLevel(): void {
    this.choose(LEVELS[(LEVELS.indexOf(this.level) + 1) % LEVELS.length] as LevelName);
  }

  fold(finding: number, isFolded = !this.folded.has(finding)): void {
    if (isFolded) this.folded.add(finding);
    else this.folded.delete(finding);
    this.room.changed();
  }

  /** Suggestions can be told apart by probability only where that is what the numbers are. */
  mayHide(open: Open): boolean {
    return isCalibrated(open.kase.suggestions);
  }

  hideBelow(least: number): void {
    this.least = least;
    this.room.changed();
  }

  get leastShown(): number {
    const { open } = this.room.state;
    return open && this.mayHide(open) ? this.least : 0;
  }

  search(typed: string | null): void {
    const wasOpen = this.typed !== null;
    this.typed = typed;
    this.at = 0;
    this.room.changed();
    // Right behind the drawing, before the next key: a letter typed at once belongs to the search, not to a finding.
    if (!wasOpen && typed !== null) queueMicrotask(() => queueMicrotask(() => document.querySelector<HTMLInputElement>("#finder")?.focus()));
  }

  found(open: Open): Found<CaseFinding>[] {
    return search(open.kase.findings, this.typed ?? "");
  }

  /** The arrows of the search field. */
  step(by: 1 | -1, count: number): void {
    this.at = count ? (this.at + by + count) % count : 0;
    this.room.changed();
  }

  /** Enter in the search field, or a click on what it found: the finding is in hand, whatever was folded above it. */
  takeFound(finding: CaseFinding): void {
    this.search(null);
    acts.reveal(this.room, finding.id);
  }

  /** A name is pointed at or has the focus: its definition and example are shown; null: no more. */
  explain(finding: CaseFinding | null, element?: Element, now = false): void {
    clearTimeout(this.resting);
    if (!finding || !element) {
      if (this.explained === null) return;
      this.explained = null;
      return this.room.changed();
    }
    const show = (): void => {
      this.explained = { finding, top: element.getBoundingClientRect().top };
      this.room.changed();
    };
    if (now || this.explained) show();
    else this.resting = setTimeout(show, REST_MS);
  }
}
