/** The report's text under the reader's hand: words picked by mouse or keyboard, tied to the chosen mark, found again. */
import { linksOf, LONGEST, MOST, type Link, type Picked, placedOn, type PlacedLink, toggleLink, unlink, wholeWords, wordsOf } from "../session/links";
import { sentencesAbout } from "../session/report";
import type { Room } from "./room";
import { contentOf, findingOf, type Open } from "./state";

export class ReportText {
  picked: Picked | null = null;
  /** Word at which a keyboard selection began, and where it has come to. */
  private anchor = 0;
  private head = 0;
  private lastChosen: string | null = null;

  constructor(private readonly room: Room) {}

  private get open(): Open | null {
    return this.room.state.open;
  }

  /** The text on the screen and which version of which report it is. */
  get shown(): { id: number; text: string } | null {
    const kase = this.open?.kase;
    return kase?.report_text && kase.report !== null ? { id: kase.report_text.id, text: kase.report } : null;
  }

  begin(): void {
    this.picked = null;
    this.anchor = this.head = 0;
  }

  placed(open: Open): PlacedLink[] {
    return placedOn(contentOf(open), this.shown, open.kase.report_links);
  }

  /** A selection with the mouse; whole words are meant. Nothing selected lets go of what was. */
  pick(picked: Picked | null): void {
    const whole = picked && this.shown && wholeWords(this.shown.text, picked);
    if (whole?.start === this.picked?.start && whole?.end === this.picked?.end) return;
    this.picked = whole;
    if (whole) this.room.tell(this.invitation());
    this.room.changed();
  }

  /** Esc. Returns whether there was anything. */
  letGo(): boolean {
    const had = this.picked !== null;
    this.picked = null;
    return had;
  }

  private invitation(): string {
    return this.room.marks.chosen ? '" links the picked words to the chosen mark.' : 'Now choose a mark (click, or Ctrl ↓); then " links them.';
  }

  /** By words; with `isExtending` the selection grows. */
  step(by: number, isExtending: boolean): void {
    if (!this.shown) return;
    const words = wordsOf(this.shown.text);
    this.head = Math.max(0, Math.min(words.length - 1, this.head + (this.picked ? by : 0)));
    if (!isExtending) this.anchor = this.head;
    this.pickWords(words);
  }

  /** From here the keyboard goes on; with `isPicking` the word there is picked. */
  standAt(at: number, isPicking: boolean): void {
    if (!this.shown) return;
    const words = wordsOf(this.shown.text);
    const found = words.findIndex((word) => word.end > at);
    this.anchor = this.head = found < 0 ? Math.max(0, words.length - 1) : found;
    if (isPicking) this.pickWords(words);
  }

  private pickWords(words: readonly Picked[]): void {
    const [first, last] = [words[Math.min(this.anchor, this.head)], words[Math.max(this.anchor, this.head)]];
    this.picked = first && last ? { start: first.start, end: last.end } : null;
    this.room.changed();
  }

  /** Whether another mark was chosen since it was last asked: its words are then brought into sight. */
  isNews(open: Open): boolean {
    const isNew = open.chosen !== this.lastChosen;
    this.lastChosen = open.chosen;
    return isNew && open.chosen !== null && this.room.state.isReportOpen;
  }

  /** The words that are picked, for a screen reader. */
  get words(): string {
    return this.picked && this.shown ? [...this.shown.text].slice(this.picked.start, this.picked.end).join("") : "";
  }

  /** Where the keyboard begins: at the link of the chosen mark, at the finding in hand, at the beginning. */
  get beginning(): number {
    const { open } = this;
    if (!open) return 0;
    const own = this.placed(open).find(({ link, now }) => link.track === open.chosen && now);
    const finding = findingOf(open, open.inHand);
    const about = finding ? sentencesAbout(open.kase.report_marks, finding.code)[0] : undefined;
    return own?.now?.start ?? about?.start ?? 0;
  }

  /** Ties the picked words to the chosen mark, or lets go of them. Returns whether there were words to tie. */
  link(): boolean {
    const { open, picked, shown } = this;
    const mark = this.room.marks.chosen;
    if (!open || !picked || !shown) return false;
    if (!mark) return this.say('Choose a mark first: click it, or Ctrl ↓. The words stay picked; then press ".');
    if (!this.room.mayEdit()) return true;
    if (picked.end - picked.start > LONGEST) return this.say(`A link holds ${LONGEST} characters; these are ${picked.end - picked.start}. Pick fewer words.`);
    const { words } = this;
    const content = contentOf(open);
    // The same words, linked in an earlier version of the text, are that link: pressing again lets go of it.
    const same = this.placed(open).find(({ link, now }) => link.track === mark.track && now?.start === picked.start && now.end === picked.end);
    const link: Link = same?.link ?? { track: mark.track, report: shown.id, ...picked, quote: words, at: new Date().toISOString() };
    const next = same ? unlink(content, same.link) : toggleLink(content, link);
    if (next.links.length > MOST) return this.say(`A case holds ${MOST} links. Unlink some.`);
    this.picked = null;
    this.room.edit(next);
    const name = findingOf(open, mark.finding_id)?.name ?? "the mark";
    return this.say(same ? `“${words}” is no longer linked to ${name}. Press z to undo.` : `“${words}” is linked to ${name}. Press z to undo.`);
  }

  unlink(link: Link): void {
    const { open } = this;
    if (!open || !this.room.mayEdit()) return;
    this.room.edit(unlink(contentOf(open), link));
    this.room.tell(`“${link.quote}” is no longer linked. Press z to undo.`);
  }

  of(open: Open, track: string): readonly Link[] {
    return linksOf(contentOf(open), track);
  }

  private say(words: string): true {
    this.room.tell(words);
    return true;
  }
}
