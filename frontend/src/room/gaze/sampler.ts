/** Where the pointer rested and what was shown, gathered into bounded batches. Pure but for the clock that it is given. */
import type { Placement, Point } from "../../viewer/stack/placement";
import { toImage } from "../../viewer/stack/placement";

/** At most 20 a second. */
export const STEP_MS = 50;
/** A pointer that does not move is told again this often, so that rest has a length. */
export const REST_MS = 200;
/** After so long without a move the reader is elsewhere. */
export const AWAY_MS = 20_000;
const MOST_SAMPLES = 1000;
const MOST_LINES = 150;
const MOST_WORDS = 300;

/** An image under the pointer. The placement is of the viewport, whose corner lies at `corner` on the screen, in CSS pixels. */
export interface Under {
  readonly instance: number;
  readonly frame: number;
  readonly placement: Placement;
  readonly corner: Point;
}

interface ViewLine {
  start: number;
  end: number;
  instance_id: number;
  frame: number;
  origin: number[];
  right: number[];
  down: number[];
}

export interface Batch {
  readonly views: ViewLine[];
  readonly samples: number[][];
  readonly clicks: number[][];
  readonly words: (string | number)[][];
}

export class Sampler {
  private batch: Batch = empty();
  private last = -Infinity;
  private moved = -Infinity;
  private line: ViewLine | null = null;

  get isEmpty(): boolean {
    const { views, samples, clicks, words } = this.batch;
    return !views.length && !samples.length && !clicks.length && !words.length;
  }

  get isFull(): boolean {
    return this.batch.samples.length >= MOST_SAMPLES || this.batch.views.length >= MOST_LINES;
  }

  /** The pointer is at `at`, CSS pixels in the viewport; `hasMoved` since the last call. */
  point(now: number, at: Point, under: Under, hasMoved: boolean): void {
    if (hasMoved) this.moved = now;
    if (now - this.last < (hasMoved ? STEP_MS : REST_MS) || now - this.moved > AWAY_MS || this.isFull) return;
    const [x, y] = toImage(under.placement, at);
    this.look(now, under);
    this.batch.samples.push([now, round(x), round(y)]);
    this.last = now;
  }

  /** What the active viewport shows now; one line as long as it stays as it is. */
  look(now: number, under: Under): void {
    const origin = [under.placement.origin[0] + under.corner[0], under.placement.origin[1] + under.corner[1]].map(round);
    const right = under.placement.right.map((one) => round(one, 4));
    const down = under.placement.down.map((one) => round(one, 4));
    const line = this.line;
    const isSame = line !== null && line.instance_id === under.instance && line.frame === under.frame
      && same(line.origin, origin) && same(line.right, right) && same(line.down, down);
    if (line) line.end = now;
    if (isSame || this.batch.views.length >= MOST_LINES) return;
    this.line = { start: now, end: now, instance_id: under.instance, frame: under.frame, origin, right, down };
    this.batch.views.push(this.line);
  }

  click(now: number, screen: Point): void {
    if (this.batch.clicks.length < MOST_LINES) this.batch.clicks.push([now, ...screen.map((one) => round(one))]);
  }

  /** A word that was typed or heard, with its times. */
  word(text: string, start: number, end: number): void {
    if (text && this.batch.words.length < MOST_WORDS) this.batch.words.push([text.slice(0, 100), start, end]);
  }

  /** What was gathered; the line that goes on begins anew. */
  take(now: number): Batch {
    const taken = this.batch;
    if (this.line) this.line.end = Math.max(this.line.end, Math.min(now, this.line.end + REST_MS));
    this.batch = empty();
    this.line = null;
    return taken;
  }
}

const empty = (): Batch => ({ views: [], samples: [], clicks: [], words: [] });
const round = (value: number, digits = 1): number => Math.round(value * 10 ** digits) / 10 ** digits;
const same = (a: readonly number[], b: readonly number[]): boolean => a.every((one, n) => one === b[n]);
