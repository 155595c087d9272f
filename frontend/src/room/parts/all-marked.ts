/** One line above Submit, in nobody's way: whether every instance of a finding is marked. */
import { html, nothing, type TemplateResult } from "lit";

import { ofCase } from "../all-marked";
import type { Room } from "../room";
import type { Open } from "../state";

export function allMarked(room: Room, open: Open): TemplateResult | typeof nothing {
  const { question } = room.marks;
  const finding = question.asking;
  if (!finding) return nothing;
  const count = ofCase(open).regions.filter((one) => one.finding_id === finding.id).length;
  return html`<div class="all-marked" role="alert" data-question="all-marked">
    <p>${finding.name}, ${count} ${count === 1 ? "mark" : "marks"}: are all instances marked?</p>
    <button type="button" class="pill" @click=${() => question.answer(true)}>Yes <kbd>Space</kbd></button>
    <button type="button" class="pill" @click=${() => question.answer(false)}>No <kbd>⌫</kbd></button>
    <button type="button" class="pill" @click=${() => void room.enter()}>Leave open <kbd>↵</kbd></button></div>`;
}
