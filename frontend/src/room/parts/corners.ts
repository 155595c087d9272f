/** Words in the corners of the image, as on any workstation; and what stands there while there is no image. */
import { html, nothing, type TemplateResult } from "lit";

import { levelAndWidth } from "../../viewer/window/presets";
import type { Room } from "../room";
import type { Stage } from "../stage";
import type { Open, RoomState } from "../state";

export function corners(room: Room, stage: Stage): TemplateResult {
  const { open, image, view } = room.state;
  if (!open) return html``;
  const edges = image.is === "shown" ? stage.edges() : null;
  return html`<div class="corner top-left">${who(open)}</div>
    ${edges ? html`<div class="edge left" aria-label="Image left is patient ${edges[0]}">${edges[0]}</div>
      <div class="edge right">${edges[1]}</div>` : nothing}
    <div class="corner bottom-left num">${slice(open, room.state)}</div>
    <div class="corner bottom-right num">${image.is === "shown" ? windowText(room) : nothing}</div>
    ${view.leftWindows ? html`<div class="corner top-right">Left drag windows (w ends it)</div>` : nothing}
    ${waiting(room, stage, open)}`;
}

function who(open: Open): TemplateResult {
  const { study, series } = open.kase;
  const one = series[open.seriesIndex];
  const person = [study.age_years === null ? "" : `${study.age_years} y`, study.sex].filter(Boolean).join(" ");
  return html`${study.patient}<br />${person}<br />${one ? [one.modality, one.body_part, one.view_position].filter(Boolean).join(" ") : ""}
    ${one?.issues.map((issue) => html`<br /><span class="issue">${issue}</span>`)}`;
}

function slice(open: Open, { view }: RoomState): TemplateResult | typeof nothing {
  if (view.count < 2) return nothing;
  const loading = open.slicesLoaded < view.count ? html`<br />${open.slicesLoaded} of ${view.count} loaded` : nothing;
  return html`<span data-slice=${view.index + 1}>${view.index + 1} / ${view.count}</span>${loading}`;
}

function windowText(room: Room): TemplateResult {
  const { window, zoom, isInverted } = room.state.view;
  const { level, width } = window ? levelAndWidth(window) : { level: 0, width: 0 };
  const preset = room.state.presets.find((one) => one.lower === window?.lower && one.upper === window?.upper);
  return html`<button type="button" class="plain" title="Window presets (digits)" @click=${() => room.update({ dialog: { is: "windows" } })}>
      ${preset ? html`${preset.name}<br />` : nothing}L ${Math.round(level)} W ${Math.round(width)}</button><br />
    ${Math.round(100 * zoom)} %${isInverted ? " inverted" : ""}`;
}

function waiting(room: Room, stage: Stage, open: Open): TemplateResult | typeof nothing {
  const { image } = room.state;
  if (image.is === "shown") return nothing;
  if (image.is === "loading") {
    return html`<p class="waiting" role="status">Loading the image${image.percent === null ? "…" : ` ${image.percent} %`}</p>`;
  }
  return html`<div class="waiting" role="alert">
    <p>This image cannot be shown.</p>
    <p class="why-not">${image.why}</p>
    <p><button type="button" class="pill" @click=${() => void stage.show(open, open.seriesIndex)}>Try again</button>
      <button type="button" class="pill" @click=${() => room.update({ dialog: { is: "not-assessable" } })}>Not assessable <kbd>x</kbd></button>
      <button type="button" class="pill" @click=${() => room.update({ dialog: { is: "skip" } })}>Skip <kbd>s</kbd></button></p>
  </div>`;
}
