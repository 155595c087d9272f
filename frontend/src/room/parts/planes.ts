/** What stands in the corner of a plane: which one it is, where it lies, its slab, and the voxel that all meet in. */
import { html, nothing, type TemplateResult } from "lit";

import type { Mpr } from "../../viewer/planes/mpr";
import type { PlaneView } from "../../viewer/planes/plane-view";
import { inWords } from "../../viewer/planes/slab";
import { valueWords } from "../../viewer/probe/reading";
import { tilt } from "../../viewer/volume/lattice";
import type { Cell } from "../cell";
import type { Stage } from "../stage";

/** Degrees: less is rounding. */
const TILTED = 0.5;

export function planeNotes(stage: Stage, cell: Cell): TemplateResult | typeof nothing {
  const { mpr } = stage.planes;
  const view = stage.planes.viewOf(cell);
  if (!mpr || !view) return nothing;
  const slab = inWords(view.slab);
  const leaning = tilt(mpr.volume.lattice);
  const isActive = cell === stage.active;
  return html`<div class="plane-notes"><span class="plane-name ${view.orientation}">${named(view)}</span><br />
    ${slab ? html`<span class="slab" data-slab=${view.slab.mode}>${slab}</span><br />` : nothing}
    ${isActive ? value(mpr) : nothing}
    ${isActive && leaning > TILTED ? html`Tilt of ${leaning.toFixed(1)}° taken out<br />` : nothing}
    ${isActive && mpr.volume.every > 1 ? html`1 of ${mpr.volume.every} rows and columns<br />` : nothing}
    ${mpr.isLinked ? nothing : html`Not linked<br />`}</div>`;
}

function named({ orientation, depth }: PlaneView): string {
  return `${orientation.charAt(0).toUpperCase()}${orientation.slice(1)} ${depth.toFixed(1)} mm`;
}

function value(mpr: Mpr): TemplateResult | typeof nothing {
  const found = mpr.value;
  if (found === null || !mpr.isCrossShown) return nothing;
  const header = mpr.volume.series.images[0]?.header ?? {};
  return html`<span class="num" data-voxel=${found}>Crosshair ${valueWords(header, found)}</span><br />`;
}
