/** "Are all instances marked?": asked once per finding and set of marks when a case is handed in; unanswered, it stays open. */
import type { CaseFinding } from "../api/readings";
import type { Content } from "../session/content";
import { settle, stateOfMarks, unsettled } from "../session/marks";
import { isInWorld } from "../session/regions";
import { placeOfMark } from "./places";
import type { Room } from "./room";
import { contentOf, isEditable, type Open } from "./state";

/** Copies on an earlier study say nothing about this one. */
export function ofCase(open: Open): Content {
  const content = contentOf(open);
  return { ...content, regions: content.regions.filter((one) => isInWorld(one) || placeOfMark(open, one) !== null) };
}

export class AllMarked {
  private readonly asked = new Set<string>();
  /** What is asked now, as `stateOfMarks`. */
  private now: string | null = null;

  constructor(private readonly room: Room) {}

  /** The finding that is asked about; null when nothing is, or when the marks have changed since. */
  get asking(): CaseFinding | null {
    const { open } = this.room.state;
    if (!open || this.now === null || !isEditable(open)) return null;
    return unsettled(ofCase(open), open.kase.findings).find((one) => this.key(open, one) === this.now) ?? null;
  }

  private key(open: Open, finding: CaseFinding): string {
    return `${open.kase.reading.id}/${stateOfMarks(ofCase(open), finding.id)}`;
  }

  /** Whether the case may be handed in as far as this goes; else the question stands. Handing in again leaves it open. */
  passes(open: Open): boolean {
    const current = this.asking;
    if (current) this.asked.add(this.key(open, current));
    const next = unsettled(ofCase(open), open.kase.findings).find((one) => !this.asked.has(this.key(open, one)));
    this.now = next ? this.key(open, next) : null;
    this.room.changed();
    return !next;
  }

  /** Yes or no, and on with handing in. Returns whether something was asked. */
  answer(isAll: boolean): boolean {
    const finding = this.asking;
    const { open } = this.room.state;
    if (!finding || !open) return false;
    this.now = null;
    this.room.edit(settle(contentOf(open), finding.id, isAll));
    void this.room.enter();
    return true;
  }

  /** Esc: back to the case. Returns whether something was asked. */
  letGo(): boolean {
    const was = this.asking !== null;
    this.now = null;
    return was;
  }
}
