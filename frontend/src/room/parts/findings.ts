/** The form of findings: what is spoken of, search, slider, and one row per finding as a tree. */
import { html, nothing, type TemplateResult } from "lit";
import { repeat } from "lit/directives/repeat.js";

import { contradictions, rows } from "../../session/tree";
import { shownInWords } from "../../session/threshold";
import * as acts from "../acts";
import { type LevelName, LEVELS } from "../form";
import type { Room } from "../room";
import { contentOf, isEditable, type Open } from "../state";
import { finder } from "./finder";
import { row } from "./finding-row";

/** From so many findings on, rows are one line high until they are in hand. */
const DENSE_FROM = 13;

export function findings(room: Room, open: Open): TemplateResult {
  room.form.follow(open);
  const { findings } = open.kase;
  const against = contradictions(contentOf(open), findings);
  const isDense = findings.length >= DENSE_FROM;
  const placed = rows(findings, room.form.folded);
  return html`<div class="form-head">
      ${levels(room, open)} ${finder(room, open)} ${wholeCase(room, open)} ${slider(room, open)}
    </div>
    ${findings.length
      ? html`<ul class="findings ${isDense ? "dense" : ""}" aria-label="Findings">
          ${repeat(placed, ({ finding }) => finding.id, (one) => row(room, open, one, against.get(one.finding.id) ?? "", isDense))}</ul>`
      : html`<p class="aside-note">This project asks for no finding yet. A manager adds them on the Findings page.</p>`}`;
}

/** Which part of the case the answers are about; one image needs no choice. */
function levels(room: Room, open: Open): TemplateResult | typeof nothing {
  if (open.series.flat().length < 2) return nothing;
  const { level } = room.form;
  return html`<div class="levels" role="group" aria-label="Answers are about">
    ${LEVELS.map((one) => html`<button type="button" class="pill" aria-pressed=${one === level} @click=${() => room.form.choose(one)}>
      ${one}</button>`)}<kbd title="Next of the three">:</kbd>
    ${level === "study" ? nothing : html`<p class="spoken-of" role="status">${aboutInWords(room, open, level)}</p>`}
  </div>`;
}

function aboutInWords(room: Room, open: Open, level: LevelName): string {
  if (room.form.where(open).is === "study") return "No image of this study is in the active viewport: answers are about the study.";
  const series = open.kase.series[open.seriesIndex];
  const name = [series?.modality, series?.view_position || series?.body_part, series?.number].filter(Boolean).join(" ");
  if (level === "series") return `About series ${name || open.seriesIndex + 1} alone`;
  return `About image ${room.state.view.index + 1} of ${open.series[open.seriesIndex]?.length ?? 0} (${name}) alone`;
}

function wholeCase(room: Room, open: Open): TemplateResult {
  const content = contentOf(open);
  const off = !isEditable(open);
  return html`<div class="whole-case">
    <button type="button" class="pill" ?disabled=${off} title="All that is not said yet is absent" @click=${() => acts.restAbsent(room)}>
      <kbd>a</kbd> rest absent</button>
    <button type="button" class="pill" ?disabled=${off} aria-pressed=${content.no_finding} @click=${() => acts.noFinding(room)}>
      <kbd>⇧A</kbd> no finding</button>
    <button type="button" class="pill" ?disabled=${off} aria-pressed=${content.not_assessable !== null}
      @click=${() => room.update({ dialog: { is: "not-assessable" } })}><kbd>x</kbd> not assessable</button>
    ${content.not_assessable ? html`<p class="aside-note">Not assessable: ${content.not_assessable.reason}</p>` : nothing}
  </div>`;
}

function slider(room: Room, open: Open): TemplateResult | typeof nothing {
  const { suggestions } = open.kase;
  if (!suggestions || !room.form.mayHide(open)) return nothing;
  const { least } = room.form;
  return html`<label class="least">Suggestions from
    <input type="range" min="0" max="99" step="1" .value=${String(Math.round(100 * least))} aria-valuetext=${`${Math.round(100 * least)} %`}
      @input=${(event: Event) => room.form.hideBelow(Number((event.target as HTMLInputElement).value) / 100)} />
    <output class="num">${Math.round(100 * least)} %</output><span class="num">${shownInWords(suggestions, least)}</span></label>`;
}
