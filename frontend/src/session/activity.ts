/** Seconds at work on a case: the page is visible and a hand moved within the last minute. */
const IDLE_AFTER_MS = 60_000;

export class Activity {
  private seconds = 0;
  private last: number;
  private touched: number;

  constructor(private readonly now: () => number = () => performance.now()) {
    this.last = this.touched = this.now();
  }

  /** Call on every key, move or wheel. */
  touch(): void {
    this.count(true);
    this.touched = this.now();
  }

  /** Call when the page is hidden or shown: hidden time doesn't count. */
  visibility(isVisible: boolean): void {
    this.count(!isVisible);
    if (isVisible) this.touched = this.now();
  }

  /** Active seconds so far. */
  read(): number {
    this.count(document.visibilityState !== "hidden");
    return this.seconds;
  }

  /** So many seconds have been acknowledged. */
  spent(seconds: number): void {
    this.seconds = Math.max(0, this.seconds - seconds);
  }

  private count(wasVisible: boolean): void {
    const now = this.now();
    const until = Math.min(now, this.touched + IDLE_AFTER_MS);
    if (wasVisible && until > this.last) this.seconds += (until - this.last) / 1000;
    this.last = now;
  }
}
