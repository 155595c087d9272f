/** Cases laid ready: fetched, their headers registered and their first images decoded, before their turn comes. */
import { type Case, getCase, type Laid } from "../api/readings";
import { imagesOf, type SliceImage } from "../viewer/loading/images";
import { loadAhead } from "../viewer/loading/load";

export interface Ready {
  readonly kase: Case;
  readonly series: readonly (readonly SliceImage[])[];
}

/** Of one case, so many images are fetched before it is opened: a large stack is begun, not finished. */
const MOST_IMAGES = 80;

export const readied = (kase: Case): Ready => ({ kase, series: kase.series.map(imagesOf) });

export class Ahead {
  /** What the case shows first, asked of whoever hangs it. */
  first: (ready: Ready) => readonly SliceImage[] = middle;
  private current: number | null = null;
  private expected: readonly Laid[] = [];
  private readonly ready = new Map<number, Ready>();
  private readonly asked = new Map<number, Promise<Ready | null>>();
  private stop = AbortSignal.abort();

  /** The server's list after `current`, in the order of reading. What isn't on it, or was changed since, is let go. */
  expect(current: number | null, laid: readonly Laid[]): void {
    this.current = current;
    this.expected = laid;
    for (const [reading, { kase }] of this.ready) {
      const now = laid.find((one) => one.reading === reading);
      if (now?.draft_version !== kase.reading.draft_version) this.ready.delete(reading);
    }
    if (!this.stop.aborted) void this.begin(this.stop);
  }

  /** The case that comes after this reading, if it is here. Null else, and for a case that was opened out of turn. */
  take(after: number): Ready | null {
    const [next, ...others] = this.expected;
    const ready = next && this.ready.get(next.reading);
    if (!ready || after !== this.current) return null;
    this.current = next.reading;
    this.expected = others;
    this.ready.delete(next.reading);
    return ready;
  }

  get studies(): string[] {
    return [...this.ready.values()].flatMap(({ kase }) => studiesOf(kase));
  }

  /** Fetch what is expected and not here, and the images that it begins with; until told to stop, later ones too. */
  async begin(stop: AbortSignal): Promise<void> {
    this.stop = stop;
    for (const { reading } of this.expected) {
      if (stop.aborted) return;
      const ready = this.ready.get(reading) ?? (await this.ask(reading));
      if (!ready || !this.isExpected(reading)) continue;
      this.ready.set(reading, ready);
      await loadAhead(this.first(ready), stop);
    }
  }

  /** A failure waits for the case's turn. */
  private ask(reading: number): Promise<Ready | null> {
    const asked = this.asked.get(reading) ?? getCase(reading).then(readied, () => null);
    this.asked.set(reading, asked);
    return asked.finally(() => this.asked.delete(reading));
  }

  /** Fetch the rest of their images. */
  async finish(stop: AbortSignal): Promise<void> {
    for (const ready of [...this.ready.values()]) {
      await loadAhead(ready.series.flat().slice(0, MOST_IMAGES), stop, undefined, 2);
    }
  }

  private isExpected(reading: number): boolean {
    return this.expected.some((one) => one.reading === reading);
  }
}

/** The study of a case and the earlier ones that may hang beside it. */
export function studiesOf(kase: Case): string[] {
  const priors = (kase as { priors?: { uid: string }[] }).priors ?? [];
  return [kase.study.uid, ...priors.map((prior) => prior.uid)];
}

function middle({ series }: Ready): readonly SliceImage[] {
  const images = series[0] ?? [];
  const image = images[Math.floor(images.length / 2)];
  return image ? [image] : [];
}
