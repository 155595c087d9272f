/** Pointing, looking and speaking in the room: recorded only for who allowed it, replayed and proposed to nobody else. */
import { type GazeProposal, gazeConsent, gazeProposals, type PointerBatch, sendPointer } from "../../api/gaze";
import { addMark } from "../../session/marks";
import { regionOf } from "../../session/suggestions";
import { newTrack } from "../../session/track";
import { sideOf } from "../../viewer/boxes/side";
import type { Ground } from "../../viewer/marks/kind";
import type { ShownSuggestion } from "../../viewer/marks/layer";
import type { Cell } from "../cell";
import { hinted, keyOf } from "../hints";
import type { Room } from "../room";
import type { Stage } from "../stage";
import { contentOf, findingOf, isEditable, type Open } from "../state";
import { Ear } from "./ear";
import { Replay } from "./replay";
import { Sampler, STEP_MS, type Under } from "./sampler";

const SEND_MS = 15_000;

export class Gaze {
  /** null until the service has said; false: nothing is listened to. */
  isOn = false;
  readonly ear = new Ear((text, start, end) => this.heard(text, start, end), (words) => this.room.tell(words));
  readonly replay: Replay;
  private readonly sampler = new Sampler();
  private readonly settled = new Set<string>();
  private proposals: readonly GazeProposal[] = [];
  private of: Open["saver"] | null = null;
  private pointer: PointerEvent | null = null;
  private hasMoved = false;
  private typedSince = 0;
  private typed = "";

  constructor(private readonly room: Room, private readonly stage: Stage) {
    this.replay = new Replay(room, stage);
    room.gaze = this;
    void gazeConsent(room.state.settings.project).then((consent) => {
      if (consent.is_on) this.begin();
    }).catch(() => undefined);
  }

  private begin(): void {
    this.isOn = true;
    this.stage.element.addEventListener("pointermove", (event) => {
      this.pointer = event;
      this.hasMoved = true;
    }, { passive: true });
    this.stage.element.addEventListener("pointerleave", () => { this.pointer = null; });
    document.addEventListener("pointerdown", (event) => {
      const corner = screenCorner();
      this.sampler.click(Date.now(), [event.clientX + corner[0], event.clientY + corner[1]]);
    }, { passive: true });
    document.addEventListener("input", (event) => this.typing(event.target as HTMLElement));
    document.addEventListener("visibilitychange", () => { if (document.visibilityState === "hidden") this.send(this.of); });
    setInterval(() => this.sample(), STEP_MS);
    setInterval(() => this.send(this.of), SEND_MS);
  }

  /** After each change of the room: another case sends what belongs to the one before. */
  draw(): void {
    const { open } = this.room.state;
    if (open?.saver !== this.of) {
      if (this.of) this.send(this.of);
      this.of = open?.saver ?? null;
      this.proposals = [];
      this.settled.clear();
      this.replay.close();
    }
    this.replay.draw();
  }

  private sample(): void {
    const { open } = this.room.state;
    if (!open || document.visibilityState !== "visible") return;
    const now = Date.now();
    const active = underOf(this.stage.active);
    const cell = this.pointer && this.stage.cells.find((one) => one.element.contains(this.pointer?.target as Node));
    const under = cell ? underOf(cell) : null;
    if (cell && under && this.pointer) {
      const { left, top } = cell.image.getBoundingClientRect();
      this.sampler.point(now, [this.pointer.clientX - left, this.pointer.clientY - top], under, this.hasMoved);
    } else if (active) this.sampler.look(now, active);
    this.hasMoved = false;
    if (this.sampler.isFull) this.send(this.of);
  }

  /** A batch that does not arrive is gone, and nobody is told: it is no answer. */
  private send(to: Open["saver"] | null): void {
    if (!to || this.sampler.isEmpty) return;
    void sendPointer(to.reading, this.sampler.take(Date.now()) as unknown as PointerBatch).catch(() => undefined);
  }

  /** Words typed as a comment have the times of their first and last letter. */
  private typing(target: HTMLElement): void {
    if (target.id !== "comment") return;
    const said = (target as HTMLTextAreaElement).value;
    const word = /(\S*)(\s?)$/.exec(said);
    if (!this.typed && word?.[1]) this.typedSince = Date.now();
    if (this.typed && word?.[2]) this.heard(this.typed, this.typedSince, Date.now());
    this.typed = word?.[2] ? "" : (word?.[1] ?? "");
  }

  private heard(text: string, start: number, end: number): void {
    this.sampler.word(text, start, end);
  }

  /** Ask what was named while looking; the server answers nothing until the mode allows it. */
  async propose(): Promise<void> {
    const { open } = this.room.state;
    if (!open) return;
    this.send(open.saver);
    try {
      const found = await gazeProposals(open.kase.reading.id);
      if (this.of !== open.saver) return;
      this.proposals = found ?? [];
      if (found === null) this.room.tell("What you named while looking is proposed once your own answer is locked or handed in.");
      else if (!found.length) this.room.tell("Nothing is proposed: nothing was recorded here, or too few findings were named to tell where you looked then.");
      else this.room.tell(`${found.length === 1 ? "One region" : `${found.length} regions`} from your own looking and naming. ${keyOf(this.room, "view.named") || "✓"} takes the next.`);
    } catch (error) {
      this.room.tell(`Your recording could not be asked: ${(error as Error).message}`);
    }
  }

  private pending(open: Open): GazeProposal[] {
    const taken = new Set(contentOf(open).regions.map((region) => region.suggestion?.id));
    return this.proposals.filter((one) => !taken.has(one.id) && !this.settled.has(one.id));
  }

  /** Dashed like every suggestion, in the reader's own name. `finding` is below 0: see `onProposal`. */
  suggested(open: Open, { slice }: Ground): ShownSuggestion[] {
    if (!slice) return [];
    const pending = this.pending(open);
    return pending.flatMap((one, n) => {
      const finding = open.kase.findings.find((rule) => rule.code === one.finding);
      if (!finding || one.instance_id !== slice.instance_id || one.frame !== slice.frame) return [];
      const by = one.recorded_by === "pointer" ? "pointed at" : "looked at";
      return [{
        id: one.id, finding: -1 - this.proposals.indexOf(one), box: one, isInHand: n === 0,
        label: `yours: “${one.said}”, ${by}`,
        titles: { accept: hinted(this.room, "Take", "view.named"), reject: "Put away" },
      }];
    });
  }

  onProposal(place: number, act: "accept" | "reject" | "take"): void {
    const one = this.proposals[place];
    if (one && act === "reject") this.settled.add(one.id);
    else if (one) return this.accept(one);
    this.room.changed();
  }

  /** The reader's own mark, which points at what was proposed. */
  takeNext(): void {
    const { open } = this.room.state;
    const next = open && this.pending(open)[0];
    if (next) this.accept(next);
    else if (this.isOn) void this.propose();
    else this.room.tell("Nothing is recorded here: you allow it under My readings, Looking and speaking.");
  }

  private accept(one: GazeProposal): void {
    const { open } = this.room.state;
    const rule = open?.kase.findings.find((finding) => finding.code === one.finding);
    const finding = open && rule ? findingOf(open, rule.id) : null;
    if (!open || !finding || !isEditable(open) || !this.room.mayEdit()) return;
    const image = open.series.flat().find((each) => each.instanceId === one.instance_id);
    const side = image ? sideOf(one, image.columns, image.header) : "";
    const box = { ...one, probability: one.score, how: "" };
    this.room.edit(addMark(contentOf(open), finding, regionOf(box, finding, side, newTrack()), open.kase.findings));
  }
}

function underOf(cell: Cell): Under | null {
  const { view } = cell.pane;
  const placement = view.placement();
  if (!view.current || !placement || cell.hung?.place === null) return null;
  const { left, top } = cell.image.getBoundingClientRect();
  const [x, y] = screenCorner();
  return { instance: view.current.instanceId, frame: view.current.frame, placement, corner: [left + x, top + y] };
}

/** The page's corner on the screen, CSS pixels: the browser's frame is above and left of it. */
function screenCorner(): readonly [number, number] {
  const frame = Math.max(0, (window.outerWidth - window.innerWidth) / 2);
  return [window.screenX + frame, window.screenY + Math.max(0, window.outerHeight - window.innerHeight - frame)];
}
