/** The dialog on `?`: the map of keys, and the table where they are changed. */
import { html, nothing, type TemplateResult } from "lit";

import { type Action, type Group, GROUPS, shownMap, shownStroke } from "../../session/keys";
import { isHandled } from "../commands";
import type { Room } from "../room";

export function keys(room: Room, close: () => void): TemplateResult {
  const { keys: editor } = room.flow;
  // Pressed while a key is recorded, it is recorded: it must not close the dialog or reach the room.
  const onKey = (event: KeyboardEvent): void => {
    if (!editor.heard(event)) return;
    event.preventDefault();
    event.stopPropagation();
  };
  return html`<div @keydown=${onKey}><h2 id="dialog-title" tabindex="-1" autofocus>${editor.isOpen ? "Change keys" : "Keys"}</h2>
    ${editor.isOpen ? table(room) : map(room)}
    ${room.flow.problem ? html`<p role="alert" class="refused">${room.flow.problem}</p>` : nothing}
    <div class="buttons">${editor.isOpen ? fileButtons(room) : mapButtons(room, close)}
      <button type="button" class="primary" @click=${close}>Close <kbd>Esc</kbd></button></div></div>`;
}

function map(room: Room): TemplateResult {
  const { problems } = room.keys;
  return html`${problems.length ? html`<p class="refused">${problems.join(" ")}</p>` : nothing}
    <div class="key-map">${shownMap(room.keys, isHandled).map(([group, rows]) => html`<section><h3>${group}</h3>
      <dl>${rows.map(({ keys, words }) => html`<dt><kbd>${keys}</kbd></dt><dd>${words}${
        words === PRESETS ? presetNames(room) : nothing}</dd>`)}</dl></section>`)}</div>`;
}

const PRESETS = "window presets";

/** What the digits choose on the image shown. */
function presetNames(room: Room): TemplateResult | typeof nothing {
  const names = room.state.presets.filter((one) => one.key !== null).map((one) => `${one.key} ${one.name}`);
  return names.length ? html`<br /><span class="preset-names">${names.join(", ")}</span>` : nothing;
}

function mapButtons(room: Room, close: () => void): TemplateResult {
  const { flow } = room;
  const begin = (): void => {
    close();
    flow.guide.begin();
  };
  return html`<label class="break-setting">Break after <input type="number" min="0" max="240" step="5"
      .value=${String(flow.preferences.breakMinutes)}
      @change=${(event: Event) => void flow.prefer({ breakMinutes: minutes(event) })} /> minutes (0: never)</label>
    <button type="button" class="quiet text" @click=${begin}>Guided tour</button>
    <button type="button" class="quiet text" data-change-keys @click=${() => flow.keys.toggle(true)}>Change keys</button>`;
}

const minutes = (event: Event): number => Math.min(240, Math.max(0, Math.round(Number((event.target as HTMLInputElement).value) || 0)));

function table(room: Room): TemplateResult {
  const { keys: editor } = room.flow;
  const actions = editor.actions;
  const groups = GROUPS.map((group): [Group, Action[]] => [group, actions.filter((one) => one.group === group)]);
  const told = editor.told || "Choose Record, then press the key. t and g begin keys of two strokes.";
  return html`<p class=${editor.isRefused ? "refused" : "told"} role="status" aria-live="assertive" data-told>${told}</p>
    <div class="key-table">${groups.filter(([, rows]) => rows.length).map(([group, rows]) => html`<section><h3>${group}</h3>
      <table><tbody>${rows.map((action) => row(room, action))}</tbody></table></section>`)}</div>`;
}

function row(room: Room, action: Action): TemplateResult {
  const { keys: editor } = room.flow;
  const held = room.keys.keys.get(action.id) ?? [];
  const isRecording = editor.recording === action.id;
  return html`<tr class=${editor.isOwn(action) ? "own" : ""} data-action=${action.id}>
    <th scope="row">${action.words}</th>
    <td>${isRecording
        ? html`<kbd class="recording">${editor.first || "press"} …</kbd>`
        : held.map((key) => html`<kbd>${shownStroke(key)}</kbd> `)}
      ${!held.length && !isRecording ? html`<span class="quiet-words">none</span>` : nothing}</td>
    <td><button type="button" class="pill" aria-label=${`Record a key for: ${action.words}`} aria-pressed=${isRecording}
        @click=${() => editor.record(action)}>Record</button>
      <button type="button" class="quiet text" aria-label=${`No key for: ${action.words}`} ?disabled=${!held.length}
        @click=${() => editor.clear(action)}>None</button>
      <button type="button" class="quiet text" aria-label=${`Reset: ${action.words}`} ?disabled=${!editor.isOwn(action)}
        @click=${() => editor.reset(action)}>Reset</button></td></tr>`;
}

function fileButtons(room: Room): TemplateResult {
  const { keys: editor } = room.flow;
  const onFile = (event: Event): void => {
    const field = event.target as HTMLInputElement;
    void editor.imported(field.files?.[0]).then(() => (field.value = ""));
  };
  return html`<button type="button" class="quiet text" @click=${() => editor.resetAll()}>Reset all</button>
    <button type="button" class="quiet text" @click=${() => editor.exported()}>Export</button>
    <label class="quiet text import">Import <input type="file" accept="application/json,.json" @change=${onFile} /></label>
    <button type="button" class="quiet text" @click=${() => editor.toggle(false)}>Back to the map</button>`;
}
