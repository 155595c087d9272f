/** What the chosen mark says beside its place: grade, side, location, note; and its copies on other slices. */
import { html, nothing, type TemplateResult } from "lit";

import type { Region, Side } from "../../session/content";
import { isUnchecked } from "../../session/marks";
import { propagate } from "../copies";
import { placeOfMark } from "../places";
import { hinted } from "../hints";
import type { Room } from "../room";
import type { Stage } from "../stage";
import { findingOf, type Open } from "../state";

const SIDES: readonly [Side, string, string][] = [["right", "R", "right"], ["left", "L", "left"], ["both", "R+L", "both sides"]];

export function editor(room: Room, stage: Stage, open: Open, region: Region): TemplateResult {
  const finding = findingOf(open, region.finding_id);
  const { marks } = room;
  const { track } = region;
  return html`<div class="mark-editor" role="group" aria-label="The chosen mark">
    ${isUnchecked(region)
      ? html`<button type="button" class="pill" @click=${() => marks.check(track)}>Copied here: it is right</button>`
      : nothing}
    ${finding?.grades.length
      ? html`<span class="pills" role="group" aria-label="Grade of this mark">${finding.grades.map((name, grade) => html`<button type="button"
          class="pill" aria-pressed=${region.grade === grade}
          @click=${() => marks.describe(track, { grade: region.grade === grade ? null : grade })}>${name}</button>`)}</span>`
      : nothing}
    ${finding?.has_laterality
      ? html`<span class="pills" role="group" aria-label="Side of this mark">${SIDES.map(([side, short, name]) => html`<button type="button"
          class="pill" aria-pressed=${region.laterality === side} aria-label=${name}
          @click=${() => marks.describe(track, { laterality: region.laterality === side ? "" : side })}>${short}</button>`)}</span>`
      : nothing}
    ${field(room, region, "location", "Location", 80)} ${field(room, region, "note", "Note", 300)}
    ${placeOfMark(open, region) ? copies(room, stage, open) : nothing}
  </div>`;
}

function field(room: Room, region: Region, which: "location" | "note", name: string, most: number): TemplateResult {
  return html`<label>${name} <input type="text" maxlength=${most} .value=${region[which]} data-field=${which}
    @input=${(event: InputEvent) => room.marks.describe(region.track, { [which]: (event.target as HTMLInputElement).value }, true)} /></label>`;
}

/** Only where there are slices to copy to. */
function copies(room: Room, stage: Stage, open: Open): TemplateResult | typeof nothing {
  if (Math.max(...open.series.map((images) => images.length)) < 2) return nothing;
  const count = (button: Event): number => {
    const input = (button.currentTarget as Element).parentElement?.querySelector("input");
    return Math.max(1, Math.min(500, Math.round(Number(input?.value)) || 1));
  };
  const go = (by: 1 | -1) => (event: Event) => propagate(room, stage, by, count(event));
  return html`<span class="copies">Copy to
    <button type="button" class="pill" title=${hinted(room, "Copy to slices before; to one", "mark.to-previous")} @click=${go(-1)}>← before</button>
    <input type="number" min="1" max="500" value="1" aria-label="How many slices" />
    <button type="button" class="pill" title=${hinted(room, "Copy to slices after; to one", "mark.to-next")} @click=${go(1)}>after →</button></span>`;
}
