/** Earlier studies of the case's patient: opened one by one, when they are to be shown. */
import { type CaseSeries, openPrior } from "../api/readings";
import { imagesOf, type SliceImage } from "../viewer/loading/images";
import type { Hung, PriorStudy } from "./cell";
import { mostAlike } from "./grid/alike";
import type { Open } from "./state";

export interface OpenedPrior {
  readonly about: PriorStudy;
  readonly series: readonly CaseSeries[];
  readonly images: readonly (readonly SliceImage[])[];
}

export class Priors {
  private reading: number | null = null;
  private readonly asked = new Map<string, Promise<OpenedPrior>>();
  /** Those that are here, newest first. */
  opened: readonly OpenedPrior[] = [];

  /** Open an earlier study; asked for again, the same. Throws Refusal or Unreachable. */
  open({ kase }: Open, uid: string): Promise<OpenedPrior> {
    if (this.reading !== kase.reading.id) this.forget(kase.reading.id);
    const known = this.asked.get(uid);
    if (known) return known;
    const asked = this.ask(kase, uid);
    this.asked.set(uid, asked);
    // A failure must not be kept: the next try has to ask again.
    asked.catch(() => this.asked.delete(uid));
    return asked;
  }

  /** Of this case; none of another's. */
  of({ kase }: Open): readonly OpenedPrior[] {
    return this.reading === kase.reading.id ? this.opened : [];
  }

  private forget(reading: number): void {
    this.reading = reading;
    this.asked.clear();
    this.opened = [];
  }

  private async ask(kase: Open["kase"], uid: string): Promise<OpenedPrior> {
    const answer = await openPrior(kase.reading.id, uid);
    const told = kase.priors.find((one) => one.uid === uid);
    const about = { uid, date: answer.study.date, days: told?.days ?? 0 };
    const prior = { about, series: answer.series, images: answer.series.map(imagesOf) };
    if (this.reading === kase.reading.id) {
      this.opened = [...this.opened, prior].sort((a, b) => a.about.days - b.about.days);
    }
    return prior;
  }
}

/** A series of an earlier study, ready to hang; without a name the one most like what hangs already. */
export function hungOf(prior: OpenedPrior, uid: string | null, like: CaseSeries | null): Hung | null {
  const place = uid === null ? mostAlike(prior.series, like) : prior.series.findIndex((one) => one.uid === uid);
  const [series, images] = [prior.series[place], prior.images[place]];
  return series && images ? { series, images, place: null, prior: prior.about } : null;
}

/** The days between, as one says them. */
export function agoInWords(days: number): string {
  if (days < 60) return days === 1 ? "1 day before" : `${days} days before`;
  if (days < 730) return `${Math.round(days / 30.44)} months before`;
  return `${(days / 365.25).toFixed(1).replace(/\.0$/, "")} years before`;
}
