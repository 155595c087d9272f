/** The search field above the findings: type, arrows, Enter takes in hand, Esc closes. */
import { html, nothing, type TemplateResult } from "lit";

import { hinted } from "../hints";
import type { Room } from "../room";
import type { Open } from "../state";

/** So many are listed; more letters narrow it down. */
const MOST = 9;

export function finder(room: Room, open: Open): TemplateResult | typeof nothing {
  const { form } = room;
  if (open.kase.findings.length < 2) return nothing;
  if (form.typed === null) {
    return html`<button type="button" class="quiet text find" title=${hinted(room, "Search findings", "finding.find")} @click=${() => form.search("")}>
      Search findings <kbd>'</kbd></button>`;
  }
  const found = form.found(open);
  const shown = found.slice(0, MOST);
  const chosen = found[form.at];
  return html`<div class="finder">
    <input id="finder" type="search" role="combobox" autocomplete="off" spellcheck="false" placeholder="Name, code or synonym"
      aria-label="Search findings" aria-expanded="true" aria-controls="found" aria-activedescendant=${chosen ? `found-${chosen.finding.id}` : nothing}
      .value=${form.typed} @input=${(event: Event) => form.search((event.target as HTMLInputElement).value)}
      @keydown=${(event: KeyboardEvent) => onKey(event, room, open)} @blur=${() => form.search(null)} />
    <ul id="found" role="listbox" aria-label="Found">
      ${shown.map(({ finding, by }, n) => html`<li id=${`found-${finding.id}`} role="option" aria-selected=${n === form.at}
        @mousedown=${(event: Event) => event.preventDefault()} @click=${() => form.takeFound(finding)}>
        <kbd>${finding.shortcut || "·"}</kbd><span>${finding.name}${by ? html` <small>${by}</small>` : nothing}</span></li>`)}
    </ul>
    ${found.length ? nothing : html`<p class="nothing-found" role="status">No finding is called so.</p>`}
    ${found.length > MOST ? html`<p class="nothing-found">${found.length - MOST} more</p>` : nothing}
  </div>`;
}

function onKey(event: KeyboardEvent, room: Room, open: Open): void {
  const { form } = room;
  const last = Math.min(form.found(open).length, MOST);
  if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    event.preventDefault();
    form.step(event.key === "ArrowDown" ? 1 : -1, last);
  }
  if (event.key === "Escape") form.search(null);
  if (event.key === "Enter" && !event.ctrlKey && !event.metaKey) {
    event.preventDefault();
    const chosen = form.found(open)[form.at];
    if (chosen) form.takeFound(chosen.finding);
  }
  // The room's own keys wait until the field is closed.
  if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) event.stopPropagation();
}
