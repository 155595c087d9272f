/** A Tabler icon of the built sprite; the build collects the names. */
import { html, type TemplateResult } from "lit";

export function icon(name: string): TemplateResult {
  return html`<svg class="icon" aria-hidden="true"><use href="/static/frontend/dist/icons.svg#${name}"></use></svg>`;
}
