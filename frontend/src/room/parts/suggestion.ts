/** What a model suggests for a finding, and what the reader made of it. It counts as nothing until then. */
import { html, nothing, type TemplateResult } from "lit";

import type { CaseFinding, Suggestion } from "../../api/readings";
import { isPending } from "../../session/suggestions";
import { isShown } from "../../session/threshold";
import { probabilityInWords, slicesInWords } from "../../session/wording";
import * as acts from "../acts";
import { hinted } from "../hints";
import { placeOf } from "../places";
import type { Room } from "../room";
import { contentOf, isEditable, type Open, suggestionOf } from "../state";

export function suggestionLine(room: Room, open: Open, finding: CaseFinding): TemplateResult | typeof nothing {
  const suggestion = suggestionOf(open, finding);
  if (!suggestion || !isShown(suggestion, room.form.leastShown)) return nothing;
  const likely = probabilityInWords(suggestion.probability, suggestion.calibrated);
  const grade = gradeOf(finding, suggestion);
  const words = suggestion.state === "present" ? `present${grade && `, ${grade}`}, ${likely}` : `absent (${likely})`;
  const where = outlinedOn(open, suggestion);
  const from = `${Math.round(100 * suggestion.threshold)} %`;
  const hint = `Present with ${likely}, says ${suggestion.model}, which suggests “present” from ${from} on${spread(finding, suggestion)}${boxInWords(suggestion)}`;
  const isOpen = isPending(contentOf(open), finding);
  return html`<div class="suggestion ${suggestion.state} ${isOpen ? "pending" : "done"}" title=${hint}>
    <span><span class="says">suggested: </span>${words}${where && `, ${where}`}</span>${isOpen ? nothing : html`<b>${outcome(open, finding, suggestion)}</b>`}
    <span class="acts">${suggestion.has_map ? mapButton(room, open, finding) : nothing}
      ${isOpen && isEditable(open) ? judge(room, open, finding, suggestion) : nothing}</span>
  </div>`;
}

/** Where in a stack its masks lie, numbered as the image's corner numbers slices; empty where the series is one image. */
function outlinedOn(open: Open, { masks }: Suggestion): string {
  const places = (masks ?? []).flatMap((mask) => placeOf(open, mask) ?? []);
  return slicesInWords(places.flatMap(({ series, index }) => ((open.series[series]?.length ?? 0) > 1 ? [index + 1] : [])));
}

const gradeOf = (finding: CaseFinding, { grade }: Suggestion): string => (typeof grade === "number" ? (finding.grades[grade] ?? "") : "");

/** How its box came about: one by class activation points at the place alone. */
function boxInWords({ boxes }: Suggestion): string {
  return boxes[0]?.how ? `. Its box: ${boxes[0].how}` : "";
}

/** How the probability is spread over absent and the grades. */
function spread({ grades }: CaseFinding, { levels }: Suggestion): string {
  if (!levels) return "";
  return `. ${levels.map((share, level) => `${level ? (grades[level - 1] ?? `grade ${level}`) : "absent"} ${Math.round(100 * share)} %`).join(", ")}`;
}

/** In a long form: the number alone, beside the name, until the finding is in hand. */
export function suggestionChip(room: Room, open: Open, finding: CaseFinding): TemplateResult | typeof nothing {
  const suggestion = suggestionOf(open, finding);
  if (!suggestion || !isShown(suggestion, room.form.leastShown)) return nothing;
  const likely = suggestion.calibrated ? probabilityInWords(suggestion.probability, true) : suggestion.probability.toFixed(2);
  const isOpen = isPending(contentOf(open), finding);
  const words = isOpen ? `suggested: ${suggestion.state}, ${likely}` : outcome(open, finding, suggestion);
  return html`<button type="button" class="chip num ${suggestion.state} ${isOpen ? "pending" : "done"}" tabindex="-1"
    title=${words || "answered without it"} aria-label=${`${finding.name}, ${words || "answered without its suggestion"}`}
    @click=${() => acts.take(room, finding.id)}>${likely}</button>`;
}

function judge(room: Room, open: Open, finding: CaseFinding, suggestion: Suggestion): TemplateResult {
  const act = (what: "accept" | "reject" | "adjust") => () => acts.onSuggestion(room, finding.id, what);
  const isNext = acts.suggestedNext(room, open)?.id === finding.id;
  // These keys act on the finding in hand alone.
  const inHand = (words: string, action: string): string => (open.inHand === finding.id ? hinted(room, words, action) : words);
  return html`<button type="button" class=${isNext ? "turn" : ""} aria-keyshortcuts=${(isNext && room.keys.keys.get("suggestion.accept")?.[0]) || nothing}
      aria-label=${`Accept: ${finding.name} ${suggestion.state}`} title=${isNext ? hinted(room, "Accept", "suggestion.accept") : "Accept"}
      @click=${act("accept")}>✓</button>
    ${suggestion.boxes.length
      ? html`<button type="button" aria-label=${`Adjust the suggested box: ${finding.name}`} title=${inHand("Take its box and change it", "suggestion.adjust")}
          @click=${act("adjust")}>✎</button>` : nothing}
    <button type="button" aria-label=${`Reject: ${finding.name} ${suggestion.state}`} title=${inHand("Reject", "suggestion.reject")}
      @click=${act("reject")}>✕</button>`;
}

function mapButton(room: Room, open: Open, finding: CaseFinding): TemplateResult {
  const isOn = room.form.hasOverlay && open.inHand === finding.id;
  const toggle = (): void => {
    room.form.hasOverlay = !isOn;
    acts.take(room, finding.id);
  };
  return html`<button type="button" aria-pressed=${isOn} aria-label=${`What the model looked at: ${finding.name}`}
    title=${hinted(room, "What the model looked at", "suggestion.overlay")} @click=${toggle}>◉</button>`;
}

/** What became of it: the reader's act; nothing where the reader answered without it. */
function outcome(open: Open, finding: CaseFinding, suggestion: Suggestion): string {
  const content = contentOf(open);
  const act = content.findings[finding.id]?.suggestion;
  if (act?.id !== suggestion.id) return "";
  const ids = new Set([...suggestion.boxes, ...(suggestion.masks ?? [])].map((one) => one.id));
  const isChanged = content.regions.some(({ suggestion: from }) => from?.act === "corrected" && ids.has(from.id));
  return isChanged ? "corrected" : act.act;
}
