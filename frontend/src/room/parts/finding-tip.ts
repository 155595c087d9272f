/** A finding explained beside the panel: definition, code, other names, grades, and an example image where there is one. */
import { html, nothing, type TemplateResult } from "lit";

import type { Room } from "../room";

/** Room that the explanation takes at most, so that it never leaves the window. */
const TALLEST = 420;

export function findingTip(room: Room): TemplateResult | typeof nothing {
  const { explained } = room.form;
  if (!explained) return nothing;
  const { finding, top } = explained;
  const place = Math.max(40, Math.min(top - 8, window.innerHeight - TALLEST));
  const code = [finding.code, finding.scheme_code].filter(Boolean).join(" · ");
  return html`<div class="finding-tip" id="finding-tip" role="tooltip" style=${`top:${place}px`}>
    <h3>${finding.name}</h3>
    <p>${finding.definition || "No definition yet: a manager writes one on the Findings page."}</p>
    ${finding.grades.length ? html`<p class="dim">Grades: ${finding.grades.join(", ")}</p>` : nothing}
    ${finding.synonyms.length ? html`<p class="dim">Also called: ${finding.synonyms.join(", ")}</p>` : nothing}
    ${finding.has_example
      ? html`<img src=${`/api/findings/${finding.id}/example/`} alt=${`Example of ${finding.name}`}
          @error=${(event: Event) => (event.target as HTMLElement).remove()} /><p class="dim">Example</p>`
      : nothing}
    <p class="dim">${code}</p>
  </div>`;
}
