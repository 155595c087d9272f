/** One row per finding: key, name, what is said, grade, side, boxes, and the suggestion as a suggestion. */
import { html, nothing, type TemplateResult } from "lit";

import type { CaseFinding, Suggestion } from "../../api/readings";
import { answerOf } from "../../session/answers";
import type { Answer, Side, State } from "../../session/content";
import { isPending } from "../../session/suggestions";
import { probabilityInWords } from "../../session/wording";
import * as acts from "../acts";
import type { Room } from "../room";
import { contentOf, isEditable, type Open, suggestionOf } from "../state";

const STATES: readonly [State, string, string][] = [
  ["absent", "−", "absent (shift and the key)"], ["equivocal", "?", "equivocal (alt and the key)"],
  ["present", "+", "present (the key)"],
];
const SIDES: readonly [Side, string, string][] = [["right", "R", "right"], ["left", "L", "left"], ["both", "R+L", "both sides"]];

export function findings(room: Room, open: Open): TemplateResult {
  return html`<ul class="findings" aria-label="Findings">${open.kase.findings.map((finding) => row(room, open, finding))}</ul>`;
}

function row(room: Room, open: Open, finding: CaseFinding): TemplateResult {
  const content = contentOf(open);
  const answer = content.not_assessable ? null : answerOf(content, finding.id);
  const boxes = content.regions.filter((region) => region.finding_id === finding.id).length;
  const isInHand = open.inHand === finding.id;
  return html`<li class="finding ${answer?.state ?? "unsaid"} ${isInHand ? "in-hand" : ""} ${finding.parent ? "child" : ""}"
      data-finding=${finding.code} aria-current=${isInHand ? "true" : nothing}>
    <div class="finding-head">
      <kbd>${finding.shortcut || "·"}</kbd>
      <button type="button" class="name" title=${finding.definition || finding.name} @click=${() => acts.take(room, finding.id)}>
        ${finding.name}${boxes ? html`<span class="boxes-count num" title="Boxes">${boxes} ▢</span>` : nothing}
      </button>
      <span class="states" role="group" aria-label=${`${finding.name}: ${answer?.state ?? "not assessed"}`}>
        ${STATES.map(([state, sign, title]) => stateButton(room, open, finding, answer, state, sign, title))}
      </span>
    </div>
    ${answer && answer.state !== "absent" ? details(room, open, finding, answer) : nothing}
    ${suggestionLine(room, open, finding)}
  </li>`;
}

function stateButton(
  room: Room, open: Open, finding: CaseFinding, answer: Answer | null, state: State, sign: string, title: string,
): TemplateResult {
  const isSaid = answer?.state === state;
  return html`<button type="button" class="state ${state}" aria-pressed=${isSaid} aria-label=${`${finding.name} ${state}`}
    title=${title} ?disabled=${!isEditable(open)}
    @click=${() => acts.toggle(room, finding.id, state)}>${sign}</button>`;
}

function details(room: Room, open: Open, finding: CaseFinding, answer: Answer): TemplateResult | typeof nothing {
  const grades = finding.kind === "ordinal" && answer.state === "present" ? finding.grades : [];
  if (!grades.length && !finding.has_laterality) return nothing;
  const off = !isEditable(open);
  return html`<div class="details">
    ${grades.map((name, n) => html`<button type="button" class="pill" aria-pressed=${answer.grade === n} ?disabled=${off}
      @click=${() => acts.grade(room, finding.id, n)}>${name}</button>`)}
    ${finding.has_laterality
      ? html`<span class="sides" role="group" aria-label="Side">${SIDES.map(([side, short, name]) => html`<button type="button"
          class="pill" aria-pressed=${answer.laterality === side} aria-label=${name} title=${`${name} (\\)`} ?disabled=${off}
          @click=${() => acts.side(room, finding.id, answer.laterality === side ? "" : side)}>${short}</button>`)}</span>`
      : nothing}
  </div>`;
}

function suggestionLine(room: Room, open: Open, finding: CaseFinding): TemplateResult | typeof nothing {
  const suggestion = suggestionOf(open, finding);
  if (!suggestion) return nothing;
  const likely = probabilityInWords(suggestion.probability, suggestion.calibrated);
  const words = suggestion.state === "present" ? `present, ${likely}` : `absent (${likely})`;
  const from = `${Math.round(100 * suggestion.threshold)} %`;
  const hint = `Present with ${likely}, says ${suggestion.model}, which suggests “present” from ${from} on`;
  const isOpen = isPending(contentOf(open), finding);
  return html`<div class="suggestion ${suggestion.state} ${isOpen ? "pending" : "done"}" title=${hint}>
    <span>suggested: ${words}</span>${isOpen ? nothing : html`<b>${outcome(open, finding, suggestion)}</b>`}
    ${isOpen && isEditable(open)
      ? html`<span class="acts">
          <button type="button" aria-label=${`Accept: ${finding.name} ${suggestion.state}`} title="Accept (Space)"
            @click=${() => acts.onSuggestion(room, finding.id, "accept")}>✓</button>
          <button type="button" aria-label=${`Reject: ${finding.name} ${suggestion.state}`} title="Reject (Backspace)"
            @click=${() => acts.onSuggestion(room, finding.id, "reject")}>✕</button>
        </span>`
      : nothing}
  </div>`;
}

/** What became of it: the reader's act; nothing where the reader answered without it. */
function outcome(open: Open, finding: CaseFinding, suggestion: Suggestion): string {
  const act = contentOf(open).findings[finding.id]?.suggestion;
  return act && act.id === suggestion.id ? act.act : "";
}
