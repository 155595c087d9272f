/** One line above Submit, in nobody's way: whether every instance of what was marked is marked. */
import { html, nothing, type TemplateResult } from "lit";

import type { CaseFinding } from "../../api/readings";
import { ofCase } from "../all-marked";
import type { Room } from "../room";
import type { Open } from "../state";

export function allMarked(room: Room, open: Open): TemplateResult | typeof nothing {
  const { question } = room.marks;
  const { asking } = question;
  const [first] = asking;
  if (!first) return nothing;
  const isOne = asking.length === 1;
  return html`<div class="all-marked" role="alert" data-question="all-marked">
    <p>${isOne ? `${first.name}, ${count(open, first)}: are` : "Are"} all instances marked?</p>
    ${isOne ? nothing : html`<p class="asked">${asking.map((one) => counted(room, open, one))}</p>`}
    <button type="button" class="pill" @click=${() => question.answer(true)}>Yes <kbd>Space</kbd></button>
    <button type="button" class="pill" @click=${() => question.answer(false)}>${isOne ? "No" : "Of none"} <kbd>⌫</kbd></button>
    <button type="button" class="pill" @click=${() => void room.enter()}>Leave open <kbd>↵</kbd></button></div>`;
}

/** One of several: pressed while the yes is about it, too; its key or a click takes it out. */
function counted(room: Room, open: Open, finding: CaseFinding): TemplateResult {
  const isCounted = !room.marks.question.isExcepted(finding.id);
  return html`<button type="button" class="pill" aria-pressed=${isCounted} title=${isCounted ? "Not of this one" : "Of this one, too"}
    @click=${() => room.marks.question.toggle(finding.id)}><kbd>${finding.shortcut || "·"}</kbd> ${finding.name}, ${count(open, finding)}
  </button>`;
}

function count(open: Open, finding: CaseFinding): string {
  const marks = ofCase(open).regions.filter((one) => one.finding_id === finding.id).length;
  return marks === 1 ? "1 mark" : `${marks} marks`;
}
