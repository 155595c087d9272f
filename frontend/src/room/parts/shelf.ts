/** What can be hung, in small: clicked or dragged into a viewport. Earlier studies stand below, closed until they are asked for. */
import { html, nothing, type TemplateResult } from "lit";
import { ref } from "lit/directives/ref.js";

import type { CasePrior } from "../../api/readings";
import { drawThumbnail } from "../../viewer/thumbnail";
import { isHung, type Item } from "../grid/shelf";
import { hinted } from "../hints";
import { agoInWords } from "../priors";
import type { Stage } from "../stage";
import type { Open } from "../state";
import { DRAGGED } from "./drops";

const SIDE = 56;

export function shelf(stage: Stage, open: Open): TemplateResult | typeof nothing {
  const items = stage.hanging.shelf(open);
  const own = items.filter((item) => !item.hung.prior);
  const { priors } = open.kase;
  if (own.length < 2 && !priors.length) return nothing;
  return html`<section class="shelf" aria-label="Series">
    ${own.length > 1 || priors.length ? html`<div class="thumbs" role="group" aria-label="This study">${own.map((item) => thumb(stage, item))}</div>` : nothing}
    ${priors.map((prior) => earlier(stage, open, prior, items))}
  </section>`;
}

function earlier(stage: Stage, open: Open, prior: CasePrior, items: readonly Item[]): TemplateResult {
  const opened = items.filter((item) => item.hung.prior?.uid === prior.uid);
  const what = [...prior.modalities, ...prior.body_parts].join(" ");
  return html`<div class="earlier">
    <p><span>${agoInWords(prior.days)}</span> ${what}
      ${opened.length
        ? nothing
        : html`<button type="button" class="pill" title=${hinted(stage.room, "Show it beside the case", "view.prior")} data-prior=${prior.uid}
            @click=${() => void stage.hanging.beside(open, prior.uid)}>Compare</button>`}</p>
    ${opened.length ? html`<div class="thumbs" role="group" aria-label="Study ${agoInWords(prior.days)}">${opened.map((item) => thumb(stage, item))}</div>` : nothing}
  </div>`;
}

function thumb(stage: Stage, item: Item): TemplateResult {
  const shown = stage.cells.filter(({ hung, pane }) => isHung(item, hung, pane.view.index));
  const isActive = shown.includes(stage.active);
  const drag = (event: DragEvent): void => {
    event.dataTransfer?.setData(DRAGGED, item.key);
    if (event.dataTransfer) event.dataTransfer.effectAllowed = "copy";
  };
  return html`<button type="button" class="thumb ${shown.length ? "hung" : ""}" draggable="true" data-series=${item.key}
      aria-pressed=${isActive} title="${item.label}. Click: show it in the active viewport; drag: in any (, and . page through)"
      aria-label=${item.label} @click=${() => stage.hanging.take(item)} @dragstart=${drag}>
    <canvas width=${SIDE} height=${SIDE} aria-hidden="true" ${ref((canvas) => paint(canvas, item))}></canvas>
    <span>${item.short}</span>
  </button>`;
}

/** Once per image: the element is asked at every drawing, the pixels may come later. */
function paint(element: Element | undefined, { image }: Item): void {
  if (!(element instanceof HTMLCanvasElement) || element.dataset["image"] === image.imageId) return;
  if (drawThumbnail(element, image)) element.dataset["image"] = image.imageId;
}
