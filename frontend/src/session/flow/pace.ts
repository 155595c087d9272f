/** How fast one reads, for the reader alone, and when a break is due. Pure: the clock is given. */

/** A hand that rests so long has not been reading meanwhile. */
const IDLE_MS = 60_000;
/** Whoever was away so long has had a break. */
const BREAK_MS = 5 * 60_000;
/** Cases that the pace is told of. */
const LAST = 20;
/** Below this a pace says more about chance than about the reader. */
const LEAST = 3;

export class Pace {
  private last: number;
  private caseMs = 0;
  private stretchMs = 0;
  private putOffUntilMs = 0;
  private readonly cases: number[] = [];

  constructor(private readonly now: () => number = () => performance.now()) {
    this.last = this.now();
  }

  /** Call on every key, move or wheel. */
  touch(): void {
    const now = this.now();
    const gap = now - this.last;
    this.last = now;
    if (gap >= BREAK_MS) {
      this.stretchMs = this.putOffUntilMs = 0;
      return;
    }
    const active = Math.min(gap, IDLE_MS);
    this.caseMs += active;
    this.stretchMs += active;
  }

  /** A case was handed in. */
  handedIn(): void {
    this.touch();
    this.cases.push(this.caseMs);
    if (this.cases.length > LAST) this.cases.shift();
    this.caseMs = 0;
  }

  /** Another case was opened without handing one in. */
  turned(): void {
    this.caseMs = 0;
  }

  /** Cases per hour of active reading and median seconds, of the last twenty; null below three. */
  get figures(): { perHour: number; medianSeconds: number } | null {
    if (this.cases.length < LEAST) return null;
    const sum = this.cases.reduce((a, b) => a + b, 0);
    const sorted = [...this.cases].sort((a, b) => a - b);
    const middle = (sorted.length - 1) / 2;
    const median = ((sorted[Math.floor(middle)] ?? 0) + (sorted[Math.ceil(middle)] ?? 0)) / 2;
    return { perHour: Math.round((this.cases.length * 3_600_000) / Math.max(sum, 1)), medianSeconds: Math.round(median / 1000) };
  }

  /** Minutes of active reading since the last break. */
  get stretch(): number {
    return this.stretchMs / 60_000;
  }

  /** Whether a break is to be proposed; 0 minutes: never. */
  isBreakDue(minutes: number): boolean {
    return minutes > 0 && this.stretchMs >= Math.max(minutes * 60_000, this.putOffUntilMs);
  }

  /** Not now: ask again after as long once more. */
  putOff(minutes: number): void {
    this.putOffUntilMs = this.stretchMs + minutes * 60_000;
  }

  /** The reader takes the break. */
  rest(): void {
    this.stretchMs = this.putOffUntilMs = 0;
  }
}
