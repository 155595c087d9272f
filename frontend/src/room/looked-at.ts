/** What the model looked at for the finding in hand: which way it is drawn, how far its job is, and its sanity check. */
import { askForMaps, type Explained, getMaps, type LaidMap, type Method, type SanityCheck } from "../api/readings";
import { isOver, type Job, listen } from "../shell/jobs";
import type { HeatMap } from "../viewer/heat/layer";
import type { Room } from "./room";
import { findingOf, type Open, suggestionOf } from "./state";

export const METHODS: readonly (readonly [Method, string])[] = [
  ["class_activation", "class activation"], ["grad_cam", "Grad-CAM"], ["occlusion", "occlusion"],
];

export interface Placed extends HeatMap {
  readonly instances: ReadonlySet<number>;
}

export interface Told {
  readonly is: "asked" | "drawing" | "drawn" | "failed";
  readonly maps: readonly Placed[];
  readonly checks: readonly SanityCheck[];
  /** 0 to 1, while it is being drawn; and in words, or why not. */
  readonly progress: number;
  readonly words: string;
}

const ASKED: Told = { is: "asked", maps: [], checks: [], progress: 0, words: "" };

export class LookedAt {
  /** As the reader drew the last one; the next case begins with it. */
  method: Method = "class_activation";
  private readonly known = new Map<string, Told>();
  private readonly streams = new Set<EventSource>();
  private of: Open["saver"] | null = null;

  constructor(private readonly room: Room) {}

  get name(): string {
    return METHODS.find(([method]) => method === this.method)?.[1] ?? "";
  }

  choose(method: Method): void {
    this.method = method;
    this.room.form.hasOverlay = true;
    this.room.changed();
  }

  next(): void {
    const at = METHODS.findIndex(([method]) => method === this.method);
    this.choose((METHODS[(at + 1) % METHODS.length] as (typeof METHODS)[number])[0]);
  }

  /** Of the finding in hand while the overlay is on; asked for once per case, finding and way of drawing. */
  get now(): Told | null {
    const { open } = this.room.state;
    this.follow(open?.saver ?? null);
    const finding = open && findingOf(open, open.inHand);
    if (!open || !finding || !this.room.form.hasOverlay || !suggestionOf(open, finding)?.has_map) return null;
    const key = `${finding.code} ${this.method}`;
    const found = this.known.get(key);
    if (found) return found;
    this.known.set(key, ASKED);
    void this.ask(open, finding.code, this.method, key);
    return ASKED;
  }

  again(): void {
    for (const [key, told] of this.known) if (told.is === "failed") this.known.delete(key);
    this.room.changed();
  }

  /** The check of the map on this image, or of its series'; else of the study's first. */
  checkOn(told: Told, instance: number | undefined): SanityCheck | undefined {
    return told.checks.find((check) => instance !== undefined && check.instance_ids.includes(instance)) ?? told.checks[0];
  }

  private follow(saver: Open["saver"] | null): void {
    if (saver === this.of) return;
    this.of = saver;
    this.known.clear();
    for (const stream of this.streams) stream.close();
    this.streams.clear();
  }

  private async ask(open: Open, code: string, method: Method, key: string): Promise<void> {
    await this.hear(open, key, () => askForMaps(open.kase.reading.id, code, method), (job) => this.watch(open, code, method, key, job));
  }

  private async hear(open: Open, key: string, get: () => Promise<Explained>, onJob: (job: Job) => void): Promise<void> {
    const keep = (told: Told): void => {
      if (this.of !== open.saver) return;
      this.known.set(key, told);
      this.room.changed();
    };
    try {
      const found = await get();
      keep(toldBy(found));
      if (found.job && !isOver(found.job as Job) && this.of === open.saver) onJob(found.job as Job);
    } catch (error) {
      keep({ ...ASKED, is: "failed", words: (error as Error).message });
    }
  }

  /** Until the job is over; then what it drew, or why it did not. */
  private watch(open: Open, code: string, method: Method, key: string, job: Job): void {
    const stream = listen(`/api/jobs/${job.id}/events/`, (now) => {
      if (this.of !== open.saver) return stream.close();
      if (isOver(now)) {
        stream.close();
        this.streams.delete(stream);
        return void this.hear(open, key, () => getMaps(open.kase.reading.id, code, method), () => undefined);
      }
      const told = this.known.get(key) ?? ASKED;
      this.known.set(key, { ...told, progress: now.progress, words: now.message });
      this.room.changed();
    });
    this.streams.add(stream);
  }
}

/** The service's answer as the room keeps it. */
export function toldBy({ maps, checks, is_drawn, job }: Explained): Told {
  const own = { maps: maps.map(placed), checks, progress: job?.progress ?? 0 };
  if (is_drawn) return { ...own, is: "drawn", words: "" };
  if (job && isOver(job as Job)) return { ...own, is: "failed", words: job.failure || `Drawing it was ${job.state}.` };
  return { ...own, is: "drawing", words: job?.message ?? "" };
}

function placed({ instance_ids, values, ...map }: LaidMap): Placed {
  return { ...map, instances: new Set(instance_ids), cells: Uint8Array.from(atob(values), (sign) => sign.charCodeAt(0)) };
}
