/** Words in the corners of a viewport, as on any workstation; and what stands there while there is no image. */
import { html, nothing, type TemplateResult } from "lit";

import { text } from "../../viewer/loading/header";
import { toolOf } from "../../viewer/marks/tools";
import { inWords } from "../../viewer/turn";
import { isSameWindow } from "../../viewer/window/curve";
import { levelWords } from "../../viewer/window/presets";
import type { Cell } from "../cell";
import { viewOf } from "../grid/shelf";
import { agoInWords } from "../priors";
import type { Room } from "../room";
import type { Stage } from "../stage";
import type { Open } from "../state";
import { edgeLetters, scale } from "./edges";
import { mapNote } from "./looked-at";
import { planeNotes } from "./planes";

export function corners(room: Room, stage: Stage, cell: Cell): TemplateResult {
  const { open } = room.state;
  if (!open) return html``;
  const isShown = cell.shown.is === "shown";
  return html`<div class="corner top-left">${who(open, cell)}</div>
    ${isShown ? edgeLetters(cell.pane.view) : nothing}
    <div class="corner bottom-left num">${slice(stage, cell)}</div>
    <div class="corner bottom-right num">${isShown ? windowText(room, stage, cell) : nothing}</div>
    <div class="corner top-right">${planeNotes(stage, cell)}${isShown ? mapNote(room, cell.pane.view.current?.instanceId) : nothing}${notes(cell)}${toolNote(room)}</div>
    ${waiting(room, stage, cell)}`;
}

function who(open: Open, { hung, why, pane }: Cell): TemplateResult {
  const { study } = open.kase;
  const one = hung?.series;
  const person = [study.age_years === null ? "" : `${study.age_years} y`, study.sex].filter(Boolean).join(" ");
  const earlier = hung?.prior ? html`<span class="prior-note">Earlier: ${agoInWords(hung.prior.days)}</span><br />` : nothing;
  const header = pane.view.current?.header ?? {};
  const described = text(header, "0008103E").toLowerCase();
  const series = one ? [one.modality, one.body_part, viewOf(header, one.view_position), described].filter(Boolean).join(" ") : "";
  return html`${study.patient}<br />${earlier}${hung?.prior ? nothing : html`${person}<br />`}<span class="hung-by" title=${why}>${series}</span>
    ${one?.issues.map((issue) => html`<br /><span class="issue">${issue}</span>`)}`;
}

/** What the reader has to know of how the image is shown. */
function notes({ look, pane, shown }: Cell): TemplateResult | typeof nothing {
  if (shown.is !== "shown") return nothing;
  const turn = inWords(pane.view.turn);
  return html`${turn ? html`<span class="turned">${turn}</span><br />` : nothing}${look.leftWindows ? "Left drag windows (w ends it)" : nothing}`;
}

/** A tool in hand changes what a drag does. */
function toolNote({ marks }: Room): TemplateResult | typeof nothing {
  return marks.chosenTool ? html`<br /><span data-tool=${marks.chosenTool}>${toolOf(marks.chosenTool).words.split(/[:(]/)[0]}</span>` : nothing;
}

function slice(stage: Stage, cell: Cell): TemplateResult | typeof nothing {
  const { look, slicesLoaded } = cell;
  const cine = stage.cine.lineOf(cell);
  if (look.count < 2) return nothing;
  const isWaiting = cell.pane.view.kind === "stack" && slicesLoaded < look.count;
  const loading = isWaiting ? html`<br />${slicesLoaded} of ${look.count} loaded` : nothing;
  return html`<span data-slice=${look.index + 1}>${look.index + 1} / ${look.count}</span>
    ${cine ? html`<span class="cine" data-cine>▶ ${cine}</span>` : nothing}${loading}`;
}

function windowText(room: Room, stage: Stage, cell: Cell): TemplateResult {
  const { window, isInverted } = cell.look;
  const preset = cell.presets.find((one) => window && isSameWindow(one, window));
  const choose = (): void => {
    stage.activate(cell);
    room.update({ dialog: { is: "windows" } });
  };
  return html`<button type="button" class="plain" title="Window presets (digits)" @click=${choose}>
      ${preset ? html`${preset.name}<br />` : nothing}${window ? levelWords(window) : nothing}</button><br />
    ${isInverted ? html`inverted<br />` : nothing}${scale(cell.pane.view)}`;
}

function waiting(room: Room, stage: Stage, cell: Cell): TemplateResult | typeof nothing {
  const { shown, hung } = cell;
  if (shown.is === "shown") return nothing;
  if (shown.is === "empty") {
    return html`<p class="waiting">${cell.why || "Nothing hangs here."}<br />Drag a series here, or choose one with <kbd>,</kbd> <kbd>.</kbd></p>`;
  }
  if (shown.is === "loading") {
    return html`<p class="waiting" role="status">Loading the image${shown.percent === null ? "…" : ` ${shown.percent} %`}</p>`;
  }
  return html`<div class="waiting" role="alert">
    <p>This image cannot be shown.</p>
    <p class="why-not">${shown.why}</p>
    <p>${hung ? html`<button type="button" class="pill" @click=${() => void stage.put(cell, hung)}>Try again</button>` : nothing}
      <button type="button" class="pill" @click=${() => room.update({ dialog: { is: "not-assessable" } })}>Not assessable <kbd>x</kbd></button>
      <button type="button" class="pill" @click=${() => room.update({ dialog: { is: "skip" } })}>Skip <kbd>s</kbd></button></p>
  </div>`;
}
