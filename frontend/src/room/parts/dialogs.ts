/** Dialogs: reasons, the map of keys, windows, what the loop did, and two versions of one case. */
import { html, nothing, type TemplateResult } from "lit";
import { keyed } from "lit/directives/keyed.js";
import { ref } from "lit/directives/ref.js";

import { KEPT } from "../../session/autosave";
import { compared } from "../../session/wording";
import { levelWords, type Preset } from "../../viewer/window/presets";
import * as acts from "../acts";
import { choosePreset, showPreset } from "../commands/image";
import type { Room } from "../room";
import type { Stage } from "../stage";
import { type Open } from "../state";
import { countdown } from "./bar";
import { receipt } from "./flow";
import { keys } from "./keys";
import { tags } from "./tags";

const REASONS = {
  "not-assessable": ["Motion or blur", "Exposure", "Cut off or incomplete", "Wrong body part or view", "Artefact or device in the way"],
  skip: ["Needs another reader", "Image quality", "I know this patient", "Come back later"],
} as const;

export function dialogs(room: Room, stage: Stage): TemplateResult | typeof nothing {
  const { open, dialog } = room.state;
  if (open?.saver.state.phase === "conflict") return shown("conflict", conflict(room, open), () => undefined);
  if (!dialog) return nothing;
  const close = (): void => room.update({ dialog: null });
  if (dialog.is === "keys") return shown("keys", keys(room, closed(room, close)), closed(room, close));
  if (dialog.is === "receipt") return shown("receipt", brought(room, close), close);
  if (dialog.is === "loop") return shown("loop", loop(room, close), close);
  if (dialog.is === "tags") return shown("tags", tags(room, close), close);
  if (dialog.is === "windows") return shown("windows", windows(room, stage, close), close);
  const then = dialog.is === "skip" ? (reason: string) => void room.skip(reason) : (reason: string) => acts.notAssessable(room, reason);
  return shown(dialog.is, reasons(dialog.is, then, close), close);
}

/** Modal: the browser keeps the focus inside; Esc is `cancel`. */
function shown(name: string, inside: TemplateResult, cancel: () => void): TemplateResult {
  // The element is given before it stands in the page, where alone it can be opened.
  const open = (element?: Element): void => {
    queueMicrotask(() => {
      if (element instanceof HTMLDialogElement && element.isConnected && !element.open) element.showModal();
    });
  };
  const onCancel = (event: Event): void => {
    event.preventDefault();
    cancel();
  };
  return html`${keyed(name, html`<dialog class=${name} data-dialog=${name} aria-labelledby="dialog-title" ${ref(open)} @cancel=${onCancel}>${inside}</dialog>`)}`;
}

function reasons(what: keyof typeof REASONS, then: (reason: string) => void, close: () => void): TemplateResult {
  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    const data = new FormData(event.target as HTMLFormElement);
    const reason = String(data.get("other") || data.get("reason") || "").trim();
    if (reason) then(reason);
  };
  const onDigit = (event: KeyboardEvent): void => {
    if ((event.target as HTMLElement).matches("[type=text]")) return;
    const reason = REASONS[what][Number(event.key) - 1];
    if (reason) then(reason);
  };
  return html`<form @submit=${submit} @keydown=${onDigit}>
    <h2 id="dialog-title">${what === "skip" ? "Skip this case: why?" : "Not assessable: why?"}</h2>
    ${REASONS[what].map((reason, n) => html`<label class="choice"><input type="radio" name="reason" value=${reason} ?checked=${n === 0} />
      <kbd>${n + 1}</kbd> ${reason}</label>`)}
    <label class="other">Or in your words <input type="text" name="other" maxlength="300" /></label>
    <div class="buttons"><button type="button" class="quiet text" @click=${close}>Cancel <kbd>Esc</kbd></button>
      <button class="primary">${what === "skip" ? "Skip" : "Not assessable"} <kbd>↵</kbd></button></div>
  </form>`;
}

/** The map of keys is opened as the map, not as the table that was left open. */
const closed = (room: Room, close: () => void) => (): void => {
  room.flow.keys.toggle(false);
  close();
};

function brought(room: Room, close: () => void): TemplateResult {
  return html`<h2 id="dialog-title">What these readings brought</h2>${receipt(room)}
    <div class="buttons"><button type="button" class="primary" @click=${close}>Close <kbd>Esc</kbd></button></div>`;
}

function windows(room: Room, stage: Stage, close: () => void): TemplateResult {
  const choose = (key: number): void => {
    choosePreset(room, stage, key);
    close();
  };
  const take = (preset: Preset): void => {
    showPreset(stage, preset);
    close();
  };
  const onDigit = (event: KeyboardEvent): void => {
    if (/^[0-9]$/.test(event.key)) choose(Number(event.key));
  };
  return html`<div @keydown=${onDigit}><h2 id="dialog-title">Window</h2>
    ${room.state.presets.map((one) => html`<button type="button" class="choice" @click=${() => take(one)}>
        ${one.key === null ? nothing : html`<kbd>${one.key}</kbd>`} ${one.name}<span class="num">${levelWords(one)}</span></button>`)}
    <button type="button" class="choice" @click=${() => choose(0)}><kbd>0</kbd> As stored</button></div>`;
}

function loop(room: Room, close: () => void): TemplateResult {
  const told = room.state.loop;
  const story = told?.story;
  const lines: [string, string][] = story
    ? [["Decision", story.decision], ["Gate figure", story.figure], ["Difference", story.difference], ["Random arm", story.random_arm],
       ["Labels", story.labels], ["Queue", story.moved], ["Rule", story.rule]]
    : [];
  const moved = told?.turns.findLast((turn) => turn.state === "done")?.moved ?? [];
  return html`<h2 id="dialog-title">What the readings changed</h2>
    ${story ? html`<p>${story.headline}</p>` : nothing}
    ${told ? html`<p class="num">${countdown(told.corrections_waiting, told.corrections_per_turn)}</p>` : nothing}
    <dl class="story">${lines.filter(([, text]) => text).map(([name, text]) => html`<dt>${name}</dt><dd>${text}</dd>`)}</dl>
    ${moved.length
      ? html`<h3>Cases that moved most</h3><table class="moved"><thead><tr><th>Case</th><th class="num">from</th><th class="num">to</th>
          <th>Why</th></tr></thead><tbody>${moved.slice(0, 8).map((one) => html`<tr><td>${one.label}</td>
          <td class="num">${one.before}</td><td class="num">${one.after}</td><td>${one.is_withheld ? "hidden until you have read it" : one.why}</td></tr>`)}
          </tbody></table>`
      : nothing}
    <div class="buttons"><a class="quiet text" href="/p/${room.state.settings.project}/loop/">The loop's page</a>
      <button type="button" class="primary" @click=${close}>Close <kbd>Esc</kbd></button></div>`;
}

function conflict(room: Room, open: Open): TemplateResult {
  const { theirs, current } = open.saver.state;
  if (!theirs) return html``;
  const rows = compared(current, theirs.content, open.kase.findings);
  const isSubmitted = theirs.state === "submitted";
  const isKept = theirs.state === KEPT;
  const why = isKept ? "Neither had reached the service when its page was closed."
    : isSubmitted ? "It has been submitted in another tab or on another computer." : "Another tab or computer has saved it since.";
  // The focus is on no choice: a key that was meant for the case must not make it.
  return html`<h2 id="dialog-title" tabindex="-1" autofocus>${isKept ? "This browser kept two versions of this case" : "This case was changed elsewhere"}</h2>
    <p>${why} Nothing is lost: choose which version to keep.</p>
    <table class="versions"><thead><tr><th></th><th>Here</th><th>${isKept ? "Earlier" : "There"}</th></tr></thead>
      <tbody>${rows.map((row) => html`<tr class=${row.differs ? "differs" : ""}><th>${row.what}</th><td>${row.mine}</td><td>${row.theirs}</td></tr>`)}
      </tbody></table>
    <div class="buttons">
      <button type="button" class="quiet text" data-keep="theirs" @click=${() => void room.resolve("theirs")}>
        ${isKept ? "Take the earlier one" : "Take theirs"}</button>
      <button type="button" class="primary" data-keep="mine" @click=${() => void room.resolve("mine")}>
        ${isSubmitted ? "Amend with mine" : "Keep mine"}</button>
    </div>`;
}
