/** The stored header beside the image: a table to search, from which values can be copied. */
import { html, nothing, type TemplateResult } from "lit";

import type { HeaderRow } from "../../api/headers";
import { found } from "../../session/header-search";
import type { Room } from "../room";
import type { Tags } from "../sight";

export function tags(room: Room, close: () => void): TemplateResult {
  const { tags: shown } = room.sight;
  if (!shown) return html``;
  const search = (event: Event): void => {
    shown.query = (event.target as HTMLInputElement).value;
    room.changed();
  };
  const rows = found(shown.rows, shown.query);
  return html`<div class="tags-head"><h2 id="dialog-title">Header${shown.title ? html`, ${shown.title}` : nothing}</h2>
      <input type="search" class="tags-search" autofocus aria-label="Search the header" placeholder="Tag, name or value"
        .value=${shown.query} @input=${search} />
      <button type="button" class="quiet text" @click=${close}>Close <kbd>Esc</kbd></button></div>
    <p class="tags-note" role="status">${note(shown, rows.length)}</p>
    ${rows.length ? table(room, rows) : nothing}`;
}

function note({ isLoading, problem, rows, copied }: Tags, count: number): string {
  if (isLoading) return "Loading the header…";
  if (problem) return `The header cannot be shown: ${problem}`;
  if (copied) return copied;
  return count === rows.length ? "As stored: without what names a person. Private elements are not kept." : `${count} of ${rows.length} rows.`;
}

function table(room: Room, rows: readonly HeaderRow[]): TemplateResult {
  return html`<table class="tags-table"><thead><tr><th>Tag</th><th>Name</th><th>VR</th><th>Value</th></tr></thead>
    <tbody>${rows.map((row) => html`<tr class=${row.tag ? "" : "item"}><td class="num">${row.tag}</td>
      <td style="padding-left:${row.depth}em">${row.name}</td><td>${row.vr}</td><td>${value(room, row)}</td></tr>`)}</tbody></table>`;
}

function value(room: Room, row: HeaderRow): TemplateResult | typeof nothing {
  if (!row.value) return nothing;
  return html`<button type="button" class="tags-value" title="Copy" @click=${() => void room.sight.copy(row)}>${row.value}</button>`;
}
