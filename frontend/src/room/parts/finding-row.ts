/** One finding: key, name, what is said of it here, grade, side, marks, and the suggestion as a suggestion. */
import { html, nothing, type TemplateResult } from "lit";

import type { CaseFinding } from "../../api/readings";
import { answerOf } from "../../session/answers";
import type { Answer, Level, Side, State } from "../../session/content";
import { levelOf, partsOf } from "../../session/levels";
import type { Row } from "../../session/tree";
import * as acts from "../acts";
import type { Room } from "../room";
import { contentOf, isEditable, type Open } from "../state";
import { lookedAt } from "./looked-at";
import { suggestionChip, suggestionLine } from "./suggestion";

const STATES: readonly [State, string, string][] = [
  ["absent", "−", "absent (shift and the key)"], ["equivocal", "?", "equivocal (alt and the key)"],
  ["present", "+", "present (the key)"],
];
const SIDES: readonly [Side, string, string][] = [["right", "R", "right"], ["left", "L", "left"], ["both", "R+L", "both sides"]];
type Said = Pick<Answer | Level, "state" | "grade" | "laterality">;

export function row(
  room: Room, open: Open, { finding, depth, hasChildren }: Row<CaseFinding>, against: string, isDense: boolean,
): TemplateResult {
  const said = saidHere(room, open, finding);
  const isInHand = open.inHand === finding.id;
  const isBrief = isDense && !isInHand;
  return html`<li class="finding ${said?.state ?? "unsaid"} ${isInHand ? "in-hand" : ""}" style=${depth ? `margin-left:${11 * depth}px` : ""}
      data-finding=${finding.code} aria-current=${isInHand ? "true" : nothing}>
    <div class="finding-head">
      <kbd>${finding.shortcut || "·"}</kbd>
      ${hasChildren ? foldButton(room, finding) : nothing}
      ${name(room, open, finding)} ${isBrief ? suggestionChip(room, open, finding) : nothing}
      <span class="states" role="group" aria-label=${`${finding.name}: ${said?.state ?? "not assessed"}`}>
        ${STATES.map(([state, sign, title]) => stateButton(room, open, finding, said, state, sign, title))}
      </span>
    </div>
    ${against ? html`<p class="against" role="alert">${against}</p>` : nothing}
    ${said && said.state !== "absent" ? details(room, open, finding, said) : nothing}
    ${isBrief ? nothing : suggestionLine(room, open, finding)} ${isInHand ? lookedAt(room, open, finding) : nothing}
  </li>`;
}

/** What is said of the finding where answers are about now; nothing counts beside "not assessable". */
function saidHere(room: Room, open: Open, finding: CaseFinding): Said | null {
  const content = contentOf(open);
  if (content.not_assessable) return null;
  const where = room.form.where(open);
  return where.is === "study" ? answerOf(content, finding.id) : levelOf(content, finding.id, where);
}

function foldButton(room: Room, finding: CaseFinding): TemplateResult {
  const isFolded = room.form.folded.has(finding.id);
  return html`<button type="button" class="fold" aria-expanded=${!isFolded} aria-label=${`What hangs below ${finding.name}`}
    title=${isFolded ? "Unfold (Ctrl →)" : "Fold (Ctrl ←)"} @click=${() => room.form.fold(finding.id)}>${isFolded ? "▸" : "▾"}</button>`;
}

function name(room: Room, open: Open, finding: CaseFinding): TemplateResult {
  const content = contentOf(open);
  const marks = content.regions.filter((region) => region.finding_id === finding.id).length;
  const isExplained = room.form.explained?.finding.id === finding.id;
  const show = (event: Event): void => room.form.explain(finding, event.currentTarget as Element, event.type === "focus");
  const hide = (): void => room.form.explain(null);
  return html`<button type="button" class="name" aria-describedby=${isExplained ? "finding-tip" : nothing}
    @click=${() => acts.take(room, finding.id)} @mouseenter=${show} @mouseleave=${hide} @focus=${show} @blur=${hide}>
    <span class="name-text">${finding.name}</span>${marks
      ? html`<span class="boxes-count num" title=${marks === 1 ? "One mark" : `${marks} marks`}>${marks} ▢</span>` : nothing}
    ${elsewhere(room, open, finding)}
  </button>`;
}

/** What is said of it at the other levels, in a word. */
function elsewhere(room: Room, open: Open, finding: CaseFinding): TemplateResult | typeof nothing {
  const content = contentOf(open);
  if (room.form.where(open).is !== "study") {
    const state = answerOf(content, finding.id)?.state;
    return state ? html`<small class="elsewhere">study: ${state}</small>` : nothing;
  }
  const parts = partsOf(content, finding.id);
  return parts ? html`<small class="elsewhere">${parts === 1 ? "and 1 part" : `and ${parts} parts`}</small>` : nothing;
}

function stateButton(
  room: Room, open: Open, finding: CaseFinding, said: Said | null, state: State, sign: string, title: string,
): TemplateResult {
  return html`<button type="button" class="state ${state}" aria-pressed=${said?.state === state} aria-label=${`${finding.name} ${state}`}
    title=${said?.state === state ? "Back to not assessed (Delete)" : title} ?disabled=${!isEditable(open)}
    @click=${() => acts.toggle(room, finding.id, state)}>${sign}</button>`;
}

function details(room: Room, open: Open, finding: CaseFinding, said: Said): TemplateResult | typeof nothing {
  const grades = finding.kind === "ordinal" && said.state === "present" ? finding.grades : [];
  if (!grades.length && !finding.has_laterality) return nothing;
  const off = !isEditable(open);
  return html`<div class="details">
    ${grades.map((name, n) => html`<button type="button" class="pill" aria-pressed=${said.grade === n} ?disabled=${off}
      @click=${() => acts.grade(room, finding.id, n)}>${name}</button>`)}
    ${finding.has_laterality
      ? html`<span class="sides" role="group" aria-label="Side">${SIDES.map(([side, short, name]) => html`<button type="button"
          class="pill" aria-pressed=${said.laterality === side} aria-label=${name} title=${`${name} (\\)`} ?disabled=${off}
          @click=${() => acts.side(room, finding.id, said.laterality === side ? "" : side)}>${short}</button>`)}</span>`
      : nothing}
  </div>`;
}
