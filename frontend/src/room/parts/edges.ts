/** Which side of the patient is at which edge of a viewport, and how large things are: bottom right and all four sides. */
import { html, nothing, type TemplateResult } from "lit";

import { spacingOf } from "../../viewer/marks/spacing";
import { type Edges, edgesOfPlane, edgesOfRadiograph } from "../../viewer/orientation/letters";
import { magnification, scaleBar } from "../../viewer/scale/bar";
import type { View } from "../../viewer/view";

/** null where nothing says how the patient lies. */
export function edgesOf(view: View): Edges | null {
  const placement = view.placement();
  if (!placement) return null;
  const plane = view.plane();
  if (plane) return edgesOfPlane(plane.row, plane.column, placement);
  return view.current && edgesOfRadiograph(view.current.header, placement);
}

export function edgeLetters(view: View): TemplateResult | typeof nothing {
  const edges = edgesOf(view);
  if (!edges) return nothing;
  return html`${(["left", "right", "top", "bottom"] as const).map((side) => edges[side]
    ? html`<div class="edge ${side}" role="img" data-edge=${side} aria-label="The image's ${side} is patient ${edges[side]}">${edges[side]}</div>`
    : nothing)}`;
}

/** A bar of round length with its words, above it how large a pixel is. */
export function scale(view: View): TemplateResult | typeof nothing {
  const placement = view.placement();
  if (!placement) return nothing;
  // A plane is drawn in millimetres: one picture unit is one.
  const spacing = view.kind === "plane" ? { x: 1, y: 1, isAtDetector: false } : view.current && spacingOf(view.current.header);
  const bar = scaleBar(spacing, placement);
  const size = Math.round(100 * magnification(placement) * devicePixelRatio);
  return html`${view.kind === "plane" ? nothing : html`<span data-size title="Screen pixels per image pixel">${size} %</span>`}
    <span class="scale" data-scale title=${spacing ? "Scale" : "The file gives no pixel spacing"}><i style="width:${bar.pixels}px"></i>${bar.words}</span>`;
}
