/** The report beside the image: its words lead to findings, marks and images, and are tied to marks by the reader. */
import { html, nothing, type TemplateResult } from "lit";
import { guard } from "lit/directives/guard.js";

import { isAbout, type Lit, lookOf, type Mention, type Piece, piecesOf, sentenceAround, sentencesAbout } from "../../session/report";
import { placeOf } from "../places";
import { onReportClick, onReportKey } from "../report-hand";
import type { Room } from "../room";
import type { Stage } from "../stage";
import { contentOf, findingOf, type Open } from "../state";
import { earlierLinks } from "./report-links";

const SAID = { present: "present", absent: "absent", equivocal: "equivocal", aside: "not counted" };

export function report(room: Room, stage: Stage, open: Open): TemplateResult | typeof nothing {
  const { report, report_marks, report_text } = open.kase;
  if (report === null) return nothing;
  const { links } = contentOf(open);
  const drawnFrom = [report, report_marks, open.series, links, contentOf(open).regions, open.inHand, open.chosen, room.text.picked];
  if (room.text.isNews(open)) requestAnimationFrame(showLit);
  return html`<details class="report" ?open=${room.state.isReportOpen} @toggle=${(event: Event) => {
      room.state.isReportOpen = (event.target as HTMLDetailsElement).open;
    }}><summary>Report${report_text && report_text.version > 1 ? ` · version ${report_text.version}, ${report_text.status}` : ""}</summary>
    <div class="report-text" tabindex="0" role="group" aria-label="Text of the report. Arrow keys pick words, quotation mark links them to the chosen mark."
      @click=${(event: MouseEvent) => onReportClick(event, room, stage, open)}
      @keydown=${(event: KeyboardEvent) => onReportKey(event, room, stage, open)}
      >${guard(drawnFrom, () => pieces(room, open, report))}</div>
    <span class="picked-words" aria-live="polite">${room.text.words ? `Picked: ${room.text.words}` : ""}</span>
    ${earlierLinks(room, stage, open)}
    <p class="hint">Pick words, choose a mark, press <kbd>"</kbd> to tie them together.</p></details>`;
}

function pieces(room: Room, open: Open, text: string): TemplateResult[] {
  return piecesOf(text, open.kase.report_marks, litOf(room, open, text)).map((one) => piece(open, one));
}

/** What the chosen mark is tied to; without that, what is said of the finding in hand. */
function litOf(room: Room, open: Open, text: string): Lit {
  const marks = open.kase.report_marks;
  const links = room.text.placed(open).flatMap(({ link, now }) => (now ? [{ ...now, track: link.track }] : []));
  const own = links.filter(({ track }) => track === open.chosen);
  const inHand = findingOf(open, open.inHand);
  const about = inHand ? sentencesAbout(marks, inHand.code) : [];
  return { links, picked: room.text.picked, sentences: own.length ? own.map(({ start }) => sentenceAround(text, marks, start)) : about };
}

function piece(open: Open, one: Piece): TemplateResult {
  const { mention, link } = one;
  const finding = mention && open.kase.findings.find(({ code }) => isAbout(mention, code));
  const isThere = link !== null && placeOf(open, { instance_id: link.instance_id ?? 0, frame: link.frame }) !== null;
  const css = [one.isLit && "lit", one.isPicked && "picked", ...mentionCss(open, one), link && (isThere ? "image-link" : "image-link none"),
    one.tracks.length && "own-link", one.beginsLink && "begins", open.chosen && one.tracks.includes(open.chosen) && "chosen"];
  const told = [one.tracks.length ? tied(open, one.tracks) : "", link ? (isThere ? "Shows this image" : "The study holds no such image") : "",
    mention ? `${mention.finding}: the report says ${SAID[lookOf(mention)]}` : ""].filter(Boolean).join(". ");
  const classes = css.filter(Boolean).join(" ");
  const leads = one.tracks.length > 0 || isThere || Boolean(finding);
  if (!leads) return html`<span class=${classes || nothing} title=${told || nothing}>${one.text}</span>`;
  // No button element: text within one cannot be selected by dragging.
  return html`<span class=${classes} role="button" tabindex="0" title=${told} aria-label=${`${one.text}. ${told}`} data-at=${one.start}
    data-tracks=${one.tracks.join(" ") || nothing}>${one.text}</span>`;
}

function mentionCss(open: Open, { mention, isFirst }: Piece): (string | false)[] {
  if (!mention) return [];
  const inHand = findingOf(open, open.inHand);
  return ["mention", lookOf(mention), isFirst && "first", inHand !== null && isAbout(mention as Mention, inHand.code) && "in-hand"];
}

function tied(open: Open, tracks: readonly string[]): string {
  const regions = contentOf(open).regions.filter(({ track }) => tracks.includes(track));
  const names = regions.map((region) => findingOf(open, region.finding_id)?.name ?? "retired finding");
  return `You linked this to ${regions.length > 1 ? "marks" : "the mark"} of ${[...new Set(names)].join(" and ")}`;
}

/** Only the text's own box is scrolled. */
function showLit(): void {
  const box = document.querySelector<HTMLElement>(".report-text");
  const lit = box?.querySelector<HTMLElement>(".own-link.chosen, .lit");
  if (!box || !lit) return;
  const at = lit.getBoundingClientRect().top - box.getBoundingClientRect().top;
  if (at < 0 || at > box.clientHeight - 30) box.scrollTop += at - box.clientHeight / 3;
}
