/** "Are all instances marked?": asked once about all marked findings together when a case is handed in; unanswered, it stays open. */
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
  /** What is asked about now, as `stateOfMarks`. */
  private now: readonly string[] = [];
  /** Findings that a "yes" leaves out. */
  private readonly except = new Set<number>();

  constructor(private readonly room: Room) {}

  /** The findings that are asked about; none when nothing is, or when the marks have changed since. */
  get asking(): CaseFinding[] {
    const { open } = this.room.state;
    if (!open || !this.now.length || !isEditable(open)) return [];
    const found = unsettled(ofCase(open), open.kase.findings).filter((one) => this.now.includes(this.key(open, one)));
    return found.length === this.now.length ? found : [];
  }

  private key(open: Open, finding: CaseFinding): string {
    return `${open.kase.reading.id}/${stateOfMarks(ofCase(open), finding.id)}`;
  }

  /** Whether the case may be handed in as far as this goes; else the question stands. Handing in again leaves it open. */
  passes(open: Open): boolean {
    for (const one of this.asking) this.asked.add(this.key(open, one));
    const next = unsettled(ofCase(open), open.kase.findings).map((one) => this.key(open, one));
    this.now = next.filter((key) => !this.asked.has(key));
    this.except.clear();
    this.room.changed();
    return !this.now.length;
  }

  isExcepted(finding: number): boolean {
    return this.except.has(finding);
  }

  /** Where several findings are asked about: this one not, or again. Returns whether it was one of them. */
  toggle(finding: number): boolean {
    const { asking } = this;
    if (asking.length < 2 || !asking.some((one) => one.id === finding)) return false;
    if (!this.except.delete(finding)) this.except.add(finding);
    this.room.changed();
    return true;
  }

  /** Yes but for those excepted, or no for all of them; and on with handing in. Returns whether something was asked. */
  answer(isAll: boolean): boolean {
    const { asking } = this;
    const { open } = this.room.state;
    if (!asking.length || !open) return false;
    this.now = [];
    const said = asking.reduce((content, { id }) => settle(content, id, isAll && !this.except.has(id)), contentOf(open));
    this.room.edit(said);
    void this.room.enter();
    return true;
  }

  /** Esc: back to the case. Returns whether something was asked. */
  letGo(): boolean {
    const was = this.asking.length > 0;
    this.now = [];
    return was;
  }
}
