/** In the top line: how many viewports there are and by which rule, what they do together, and the magnifier. */
import { html, nothing, type TemplateResult } from "lit";

import { isSame, LAYOUTS, type Layout, nameOf } from "../grid/layouts";
import { icon } from "../icon";
import type { Link } from "../links";
import { hinted } from "../hints";
import type { Room } from "../room";
import type { Stage } from "../stage";
import type { Open } from "../state";

export function views(room: Room, stage: Stage): TemplateResult | typeof nothing {
  const { open } = room.state;
  if (!open) return nothing;
  return html`<div class="views" role="group" aria-label="Viewports">
    ${layouts(stage, open)}
    ${stage.cells.length > 1 && !stage.planes.mpr
      ? html`${link(room, stage, "scroll", "Scrolling linked (g k)", icon("arrows-vertical"))}
          ${link(room, stage, "zoom", "Zoom and pan linked (g ⇧K)", icon("arrows-move"))}
          ${link(room, stage, "window", "Windows linked (g l)", icon("contrast"))}`
      : nothing}
    ${stage.lens.factor
      ? html`<button type="button" class="quiet" aria-pressed="true" title=${hinted(room, "Magnifier", "view.magnifier")} @click=${() => act(room, () => stage.lens.next())}>
          ${icon("zoom-in")} ${stage.lens.factor}×</button>`
      : nothing}
  </div>`;
}

function act(room: Room, change: () => void): void {
  change();
  room.changed();
}

/** The menu closes by itself when a layout is chosen or the focus leaves it. */
function layouts(stage: Stage, open: Open): TemplateResult {
  const { rule, why } = open.kase.hanging;
  const choose = (layout: Layout) => (event: Event): void => {
    (event.target as Element).closest("details")?.removeAttribute("open");
    stage.arrange(layout);
    stage.hanging.fillEmpty();
  };
  const leave = (event: FocusEvent): void => {
    const menu = event.currentTarget as HTMLElement;
    if (!menu.contains(event.relatedTarget as Node | null)) menu.removeAttribute("open");
  };
  return html`<details class="layouts" @focusout=${leave}>
    <summary title="Viewports (g 1 … 6). Hung by rule “${rule}”${why.length ? `: ${why.join(", ")}` : ""}" data-rule=${rule}>
      ${icon("layout-grid")}<span>${nameOf(stage.layout)}</span></summary>
    <div class="layout-menu">
      <p>Hung by rule <b>${rule}</b>${why.length ? html`<br /><span>${why.join(", ")}</span>` : nothing}</p>
      <div class="layout-choices">${LAYOUTS.map((one) => html`<button type="button" class="pill" aria-pressed=${isSame(one, stage.layout)}
        @click=${choose(one)}>${picture(one)} ${nameOf(one)}</button>`)}</div>
      <button type="button" class="quiet text" @click=${(event: Event) => {
        (event.target as Element).closest("details")?.removeAttribute("open");
        void stage.hanging.reset();
      }}>As hung <kbd>g</kbd> <kbd>0</kbd></button>
    </div>
  </details>`;
}

function picture({ rows, columns, count }: Layout): TemplateResult {
  const spare = rows * columns - count;
  const cells = Array.from({ length: count }, (_, n) => html`<i style=${n || !spare ? "" : `grid-row: span ${1 + spare}`}></i>`);
  return html`<span class="layout-picture" aria-hidden="true" style="grid-template: repeat(${rows}, 1fr) / repeat(${columns}, 1fr)">${cells}</span>`;
}

function link(room: Room, stage: Stage, which: Link, title: string, sign: TemplateResult): TemplateResult {
  const isOn = stage.links.on[which];
  return html`<button type="button" class="quiet link" data-link=${which} aria-pressed=${isOn} title="${title}${isOn ? "" : ": off"}"
    aria-label=${title} @click=${() => act(room, () => stage.links.toggle(which))}>${sign}</button>`;
}
