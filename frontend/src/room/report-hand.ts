/** Hand and keys on the report's text: what is picked, what is followed. */
import type { Link } from "../session/links";
import { isAbout, mentionAt, type Mention } from "../session/report";
import * as acts from "./acts";
import { goTo } from "./commands/marks";
import { placeOf } from "./places";
import type { Room } from "./room";
import type { Stage } from "./stage";
import { contentOf, type Open } from "./state";

/** Words that ArrowUp and ArrowDown step over. */
const LINE = 8;

const box = (): HTMLElement | null => document.querySelector<HTMLElement>(".report-text");

export function onReportClick(event: MouseEvent, room: Room, stage: Stage, open: Open): void {
  const root = event.currentTarget as HTMLElement;
  const selection = getSelection();
  const range = selection?.rangeCount ? within(root, selection.getRangeAt(0)) : null;
  if (range && range.start < range.end) {
    selection?.removeAllRanges();
    return room.text.pick(range);
  }
  const target = (event.target as Element).closest<HTMLElement>("[data-at]");
  if (target) return follow(room, stage, open, target);
  room.text.pick(null);
  const told = range && mentionAt(open.kase.report_marks, range.start);
  if (told) followMention(room, stage, open, told);
}

/** Where a selection lies in the text, in characters; what reaches beyond the text ends with it. */
function within(root: HTMLElement, range: Range): { start: number; end: number } {
  const before = (node: Node, offset: number): number => {
    const whole = document.createRange();
    whole.selectNodeContents(root);
    if (whole.comparePoint(node, offset) < 0) return 0;
    if (whole.comparePoint(node, offset) === 0) whole.setEnd(node, offset);
    return [...whole.toString()].length;
  };
  return { start: before(range.startContainer, range.startOffset), end: before(range.endContainer, range.endOffset) };
}

/** A linked word goes to its mark, one that names an image to that image, one that names a finding to the finding. */
function follow(room: Room, stage: Stage, open: Open, target: HTMLElement): void {
  const at = Number(target.dataset.at);
  const tracks = target.dataset.tracks?.split(" ") ?? [];
  if (tracks.length) return goTo(room, stage, next(tracks, open.chosen));
  const holds = (one: { start: number; end: number }): boolean => one.start <= at && at < one.end;
  const link = open.kase.report_marks?.links.find(holds);
  const place = link && placeOf(open, { instance_id: link.instance_id ?? 0, frame: link.frame });
  if (place) return void go(stage, open, place);
  const told = open.kase.report_marks?.mentions.filter(holds).sort((a, b) => a.end - a.start - (b.end - b.start))[0];
  if (told) followMention(room, stage, open, told);
}

/** The viewport that shows the series pages to it, else the active one takes it. */
export async function go(stage: Stage, open: Open, { series, index }: { series: number; index: number }): Promise<void> {
  try {
    await stage.reveal(open, series, index);
  } catch (error) {
    stage.fail(error);
  }
}

/** The finding is taken in hand and its mark shown: the one tied to this sentence, else one after the other. */
function followMention(room: Room, stage: Stage, open: Open, told: Mention): void {
  const finding = open.kase.findings.find(({ code }) => isAbout(told, code));
  if (!finding) return;
  acts.take(room, finding.id);
  const marks = contentOf(open).regions.filter((region) => region.finding_id === finding.id).map(({ track }) => track);
  const here = room.text.placed(open).filter(({ now }) => now && now.start < told.sentence_end && now.end > told.sentence_start);
  const tied = marks.filter((track) => here.some(({ link }) => link.track === track));
  const wanted = tied.length ? tied : marks;
  if (wanted.length) goTo(room, stage, next(wanted, open.chosen));
}

const next = (tracks: readonly string[], chosen: string | null): string => tracks[(tracks.indexOf(chosen ?? "") + 1) % tracks.length] as string;

/** Arrows pick words, with ⇧ more of them; Enter follows or links; Esc goes back to the room. Other keys are the room's. */
export function onReportKey(event: KeyboardEvent, room: Room, stage: Stage, open: Open): void {
  if (event.ctrlKey || event.altKey || event.metaKey) return;
  const root = event.currentTarget as HTMLElement;
  const target = (event.target as Element).closest<HTMLElement>("[data-at]");
  const steps: Record<string, number> = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: LINE, ArrowUp: -LINE, Home: -1e6, End: 1e6 };
  const by = steps[event.key];
  if (by !== undefined) room.text.step(by, event.shiftKey);
  else if (target && ["Enter", " "].includes(event.key)) follow(room, stage, open, target);
  else if (event.key === "Enter" && room.text.picked) linkPicked(room);
  else if (event.key === "Escape") leaveText(room);
  else return;
  event.preventDefault();
  event.stopPropagation();
  if (by !== undefined) requestAnimationFrame(() => root.querySelector(".picked")?.scrollIntoView({ block: "nearest" }));
}

function leaveText(room: Room): void {
  (document.activeElement as HTMLElement | null)?.blur();
  room.text.letGo();
  room.tell("");
}

function linkPicked(room: Room): void {
  const before = contentOf(room.state.open as Open);
  room.text.link();
  // Tied: the keys are the room's again.
  if (room.state.open && contentOf(room.state.open) !== before) (document.activeElement as HTMLElement | null)?.blur();
}

/** The key: ties what is picked to the chosen mark, else goes into the text. */
export function linkWords(room: Room): void {
  if (!room.text.shown) return room.tell("There is no report here to link to, or it is not shown yet.");
  if (room.text.picked) return linkPicked(room);
  enter(room, room.text.beginning, true);
}

/** From a mark back to its words. */
export function goToText(room: Room, link: Link): void {
  const { open } = room.state;
  const placed = open && room.text.placed(open).find((one) => one.link === link);
  if (!placed?.now) return;
  room.marks.choose(link.track);
  room.text.letGo();
  enter(room, placed.now.start, false);
}

function enter(room: Room, at: number, isPicking: boolean): void {
  room.update({ isReportOpen: true });
  requestAnimationFrame(() => {
    const element = box();
    element?.focus();
    room.text.standAt(at, isPicking);
    requestAnimationFrame(() => box()?.querySelector(".picked, .own-link.chosen")?.scrollIntoView({ block: "nearest" }));
  });
}
