/** What the flow shows: my list, the receipt, the pace, a break, the step of the tour. */
import { html, nothing, type TemplateResult } from "lit";

import type { MyCase } from "../../api/flow";
import { parts, STEPS } from "../../session/flow/tour";
import { shortly } from "../../session/talk";
import { keyOf } from "../hints";
import { icon } from "../icon";
import type { Room } from "../room";

const STATES: Record<MyCase["state"], string> = {
  open: "open now", ahead: "laid ready", begun: "begun", submitted: "handed in", amending: "being amended", skipped: "skipped",
};


export function myList(room: Room): TemplateResult | typeof nothing {
  const { list } = room.flow;
  if (!list.isOpen) return nothing;
  return html`<aside class="my-list" aria-label="My list" @keydown=${(event: KeyboardEvent) => onListKey(event, room)}>
    <header><h2>My list</h2><span class="quiet-words">${counted(room)}</span>
      <button type="button" class="quiet" aria-label="Close" @click=${() => list.close()}>${icon("x")}</button></header>
    ${filters(room)}
    ${list.problem
      ? html`<p role="alert">${list.problem} <button type="button" class="pill" @click=${() => void list.load()}>Try again</button></p>`
      : rows(room)}
    <p class="hint"><kbd>↑ ↓</kbd> <kbd>Enter</kbd> open <kbd>/</kbd> text <kbd>Esc</kbd> close</p>
  </aside>`;
}

function counted(room: Room): string {
  const { found } = room.flow.list;
  if (!found) return "";
  const shown = found.cases.length < found.total ? `the first ${found.cases.length} of ` : "";
  return `${shown}${found.total} ${found.total === 1 ? "case" : "cases"}`;
}

function filters(room: Room): TemplateResult {
  const { list } = room.flow;
  const findings = room.state.open?.kase.findings ?? [];
  const on = (event: Event): string => (event.target as HTMLInputElement).value;
  return html`<div class="filters" role="search">
    <input type="text" id="list-text" aria-label="Text" placeholder="pseudonym, comment, reason" .value=${list.wanted.text}
      @input=${(event: Event) => list.narrow({ text: on(event) }, true)} />
    <span class="pair"><select aria-label="State" @change=${(event: Event) => list.narrow({ state: on(event) as MyCase["state"] | "" })}>
      <option value="" ?selected=${list.wanted.state === ""}>all states</option>
      ${Object.entries(STATES).map(([state, words]) => html`<option value=${state} ?selected=${list.wanted.state === state}>
        ${words}${list.found ? ` (${list.found.counts[state] ?? 0})` : ""}</option>`)}</select>
    <select aria-label="Said present" @change=${(event: Event) => list.narrow({ finding: on(event) })}>
      <option value="" ?selected=${list.wanted.finding === ""}>any finding</option>
      ${findings.map(({ code, name }) => html`<option value=${code} ?selected=${list.wanted.finding === code}>
        ${name}</option>`)}</select></span>
    <label><input type="checkbox" .checked=${list.wanted.flagged}
      @change=${(event: Event) => list.narrow({ flagged: (event.target as HTMLInputElement).checked })} /> flagged</label>
    ${list.isNarrowed ? html`<button type="button" class="pill" @click=${() => list.showAll()}>Show all</button>` : nothing}
    <span class="pair"><label>from <input type="date" .value=${list.wanted.since}
        @change=${(event: Event) => list.narrow({ since: on(event) })} /></label>
      <label>to <input type="date" .value=${list.wanted.until}
        @change=${(event: Event) => list.narrow({ until: on(event) })} /></label></span>
  </div>`;
}

function rows(room: Room): TemplateResult {
  const { list } = room.flow;
  const cases = list.found?.cases ?? [];
  const inHand = cases[list.at];
  if (list.found && !cases.length) {
    const why = list.isNarrowed ? "No case of yours fits." : "Nothing of this worklist is yours yet.";
    return html`<div class="rows none" tabindex="0" role="status">${why}</div>`;
  }
  return html`<div class="rows" tabindex="0" role="listbox" aria-label="Cases" aria-busy=${list.isBusy}
    aria-activedescendant=${inHand ? `case-${inHand.reading}` : nothing}>
    ${list.found ? nothing : html`<p class="quiet-words">Loading…</p>`}
    ${cases.map((one, n) => row(room, one, n === list.at))}</div>`;
}

function row(room: Room, one: MyCase, isAt: boolean): TemplateResult {
  const names = room.state.open?.kase.findings ?? [];
  const said = one.findings.map((code) => names.find((finding) => finding.code === code)?.name ?? code);
  const notes = [one.skip_reason && `skipped: ${one.skip_reason}`, one.comment && `“${one.comment}”`].filter(Boolean).join(" · ");
  return html`<div class="row ${isAt ? "at" : ""}" id="case-${one.reading}" role="option" aria-selected=${isAt} data-state=${one.state}
      @click=${() => void room.flow.list.choose(one)}>
    <b>${one.patient}</b><span class="state-word">${STATES[one.state]}</span>
    <time datetime=${one.saved_at}>${shortly(one.submitted_at ?? one.saved_at)}</time>
    <span class="said">${said.join(", ")}${one.is_flagged ? html` <span class="flag">flagged</span>` : nothing}</span>
    ${notes ? html`<span class="notes">${notes}</span>` : nothing}</div>`;
}

/** While the list has the focus, its own keys count. */
function onListKey(event: KeyboardEvent, room: Room): void {
  const { list } = room.flow;
  const target = event.target as HTMLElement;
  const isField = target.matches("input, select");
  const steps: Record<string, number> = { ArrowDown: 1, ArrowUp: -1, PageDown: 8, PageUp: -8, Home: -1000, End: 1000 };
  event.stopPropagation();
  const isText = target.matches("#list-text");
  if (event.key === "Escape") list.close();
  else if ((!isField || isText) && event.key in steps && !(isText && ["Home", "End"].includes(event.key))) list.move(steps[event.key] ?? 0);
  else if ((!isField || isText) && event.key === "Enter" && !target.matches("button")) void list.choose();
  else if (!isField && event.key === "/") document.querySelector<HTMLElement>("#list-text")?.focus();
  else return;
  event.preventDefault();
}

/** The receipt's inside, for the dialog and for the empty list. */
export function receipt(room: Room): TemplateResult {
  const { state, made, problem } = room.flow.receipt;
  if (state === "failed") return html`<p role="alert">The receipt could not be made: ${problem}</p>`;
  if (state === "nothing") return html`<p>You have handed in nothing on this worklist yet.</p>`;
  if (state !== "shown" || !made) return html`<p role="status">Counting…</p>`;
  return html`<div class="receipt"><p class="headline num">${made.headline}</p>
    <ul>${made.lines.map((line) => html`<li class="num">${line}</li>`)}</ul>
    <p class="quiet-words">${shortly(made.started_at)} to ${shortly(made.ended_at)}. Yours alone; kept on
      <a href="/p/${room.state.settings.project}/readings/">My readings</a>.</p></div>`;
}

/** Quietly, in the top line. */
export function pace(room: Room): TemplateResult | typeof nothing {
  const { figures } = room.flow.pace;
  if (!figures) return nothing;
  return html`<span class="pace num" title="Your pace over the last cases, for you alone: cases per hour, median seconds per case"
    >${figures.perHour}/h · ${figures.medianSeconds} s</span>`;
}

/** In the top line, where it covers nothing: never modal, gone with one key or click. */
export function breakLine({ flow }: Room): TemplateResult {
  return html`<div class="break-line">
    <span>You have been reading for ${Math.round(flow.pace.stretch)} minutes. A short break?</span>
    <button type="button" class="pill" @click=${() => flow.answerBreak(true)}>Take it</button>
    <button type="button" class="pill" @click=${() => flow.answerBreak(false)}>Not now <kbd>Esc</kbd></button></div>`;
}

/** One step of the tour, in the image's lower left corner. */
export function tourCard(room: Room): TemplateResult | typeof nothing {
  const { guide } = room.flow;
  const { step, at } = guide;
  if (!step || at === null || room.state.chord !== null) return nothing;
  return html`<section class="tour" role="region" aria-label="Guided tour" data-step=${step.id}>
    <p class="quiet-words num">Tour, ${at + 1} of ${STEPS.length}</p>
    <p class="words" role="status" aria-live="polite">${parts(guide.words).map((one, n) => (n % 2 ? html`<kbd>${one}</kbd>` : one))}</p>
    <div class="buttons"><button type="button" class="quiet text" @click=${() => guide.dismiss()}>Don't show again</button>
      <button type="button" class="quiet text" @click=${() => guide.hide()}>Later <kbd>Esc</kbd></button>
      <button type="button" class="pill" @click=${() => guide.next()}>Next <kbd>${keyOf(room, "tour")}</kbd></button></div>
  </section>`;
}
