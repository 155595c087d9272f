/** The panel beside the image: who, why, findings, comment, report, and handing in. */
import { html, nothing, type TemplateResult } from "lit";

import { probabilityInWords } from "../../session/wording";
import * as acts from "../acts";
import { hinted } from "../hints";
import { icon } from "../icon";
import type { Room } from "../room";
import type { Stage } from "../stage";
import { contentOf, isEditable, mustLock, type Open, suggestionOf } from "../state";
import { allMarked } from "./all-marked";
import { findingTip } from "./finding-tip";
import { findings } from "./findings";
import { marks } from "./marks";
import { report } from "./report";
import { shelf } from "./shelf";
import { secondLook } from "./second-look";
import { talk } from "./talk";

export function panel(room: Room, stage: Stage, open: Open): TemplateResult {
  const content = contentOf(open);
  const off = !isEditable(open);
  return html`<aside class="panel" aria-label="Case">
    <div class="scroll">
      ${why(open)} ${shelf(stage, open)} ${findings(room, open)}
      ${marks(room, stage, open)}
      <label class="comment" for="comment"><span>Comment <kbd>/</kbd></span>
        <textarea id="comment" rows="2" maxlength="4000" .value=${content.comment} ?readonly=${off}
          @input=${(event: InputEvent) => acts.comment(room, (event.target as HTMLTextAreaElement).value)}></textarea>
      </label>
      ${report(room, stage, open)}
      ${talk(room, open)}
    </div>
    ${findingTip(room)}
    <p class="notice" role="status" aria-live="assertive">${room.state.notice}</p>
    ${secondLook(room, open)}
    ${foot(room, open)}
  </aside>`;
}

function why(open: Open): TemplateResult {
  const { mode, is_locked, reason, state } = open.kase.reading;
  const why = reason ? html`<p class="why"><span>Why this case:</span> ${reason}</p>` : nothing;
  if (state === "submitted") return html`<p class="mode">Submitted. Press Enter to amend it.</p>${why}`;
  if (state === "amending") return html`<p class="mode">Amending. The submitted answer counts until you submit again.</p>${why}`;
  if (mode === "unaided") return html`<p class="mode">Read unaided: no suggestion and no reason is shown.</p>`;
  if (mode === "second_reader" && !is_locked) {
    return html`<p class="mode">Second reader: give your own answer first. Suggestions appear once it is locked.</p>`;
  }
  return html`${why}`;
}

function foot(room: Room, open: Open): TemplateResult {
  const { state, version } = open.kase.reading;
  const { busy } = room.state;
  const unsaid = unsaidCount(open);
  return html`<div class="foot">${allMarked(room, open)}
    <p class="unsaid">${unsaid && isEditable(open) ? `${unsaid} not assessed` : ""}${nextInWords(room, open)}</p>
    <div class="buttons">
      <button type="button" class="quiet" title=${hinted(room, "Earlier reading", "case.previous")} aria-label="Earlier reading" @click=${() => void room.openEarlier(-1)}>
        ${icon("chevron-left")}</button>
      <button type="button" class="quiet" title=${hinted(room, "Back towards the next case", "case.next")} aria-label="Back towards the next case"
        @click=${() => void room.openEarlier(1)}>${icon("chevron-right")}</button>
      <button type="button" class="quiet" title=${hinted(room, "Undo", "undo")} aria-label="Undo" ?disabled=${!open.history.past.length} @click=${() => room.undo()}>
        ${icon("arrow-back-up")}</button>
      <button type="button" class="quiet text" ?disabled=${version > 0} @click=${() => room.update({ dialog: { is: "skip" } })}>
        Skip <kbd>s</kbd></button>
      <button type="button" class="primary" ?disabled=${busy !== ""} @click=${() => void room.enter()}>
        ${handIn(open, busy, state)} <kbd>↵</kbd></button>
    </div>
  </div>`;
}

/** What Space accepts now, where it can be seen however long the form is. */
function nextInWords(room: Room, open: Open): TemplateResult | typeof nothing {
  const next = isEditable(open) && !room.marks.question.asking.length ? acts.suggestedNext(room, open) : null;
  const suggestion = next && suggestionOf(open, next);
  if (!next || !suggestion) return nothing;
  const likely = suggestion.calibrated ? probabilityInWords(suggestion.probability, true) : suggestion.probability.toFixed(2);
  // Beside two keys there is room for the name alone; how likely it is stands in its row.
  const [only, ...more] = acts.waiting(room, open);
  const isLast = only?.id === next.id && !more.length;
  const last = isLast ? room.keys.keys.get("suggestion.accept-last")?.[0] : undefined;
  const title = `Space accepts: ${next.name} ${suggestion.state}${last ? `. ${last} does, says that the rest is absent, and submits` : ""}`;
  return html`<span class="next-suggested" title=${title}><kbd>Space</kbd>${last ? html`<kbd>${last}</kbd>` : nothing}
    <b aria-label=${suggestion.state}>${suggestion.state === "present" ? "+" : "−"}</b> <i>${next.name}</i> ${last ? nothing : likely}</span>`;
}

function handIn(open: Open, busy: string, state: string): string {
  if (busy === "submit") return "Submitting…";
  if (busy === "lock") return "Locking…";
  if (state === "submitted") return "Amend";
  return mustLock(open) ? "Lock answer" : "Submit";
}

function unsaidCount(open: Open): number {
  const content = contentOf(open);
  if (content.not_assessable || content.no_finding) return 0;
  return open.kase.findings.filter((finding) => !content.findings[finding.id]).length;
}
