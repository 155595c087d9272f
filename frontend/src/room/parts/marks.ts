/** Tools for the mouse, and the marks of the case as a list, for the keyboard and for screen readers. */
import { html, nothing, type TemplateResult } from "lit";

import type { Region } from "../../session/content";
import { isUnchecked } from "../../session/marks";
import { isInWorld } from "../../session/regions";
import { NAMES } from "../../session/wording";
import { imageGround } from "../../viewer/marks/ground";
import { kindOf } from "../../viewer/marks/kinds/table";
import { toolOf, type ToolName } from "../../viewer/marks/tools";
import { goTo } from "../commands/marks";
import { hinted, keyOf } from "../hints";
import { icon } from "../icon";
import { placeOf, placeOfMark } from "../places";
import type { Room } from "../room";
import type { Stage } from "../stage";
import { contentOf, findingOf, isEditable, type Open } from "../state";
import { editor } from "./mark-editor";
import { linksOfMark } from "./report-links";

const TOOLS: readonly (readonly [ToolName, TemplateResult])[] = [
  ["box", icon("rectangle")], ["polygon", icon("polygon")], ["ellipse", icon("oval")],
  ["point", icon("current-location")], ["length", icon("line")], ["bidirectional", icon("arrows-cross")],
  ["box3d", icon("cube")], ["mask", icon("brush")], ["eraser", icon("eraser")],
  ["ruler", icon("ruler-measure")], ["angle", icon("angle")],
];

export function marks(room: Room, stage: Stage, open: Open): TemplateResult {
  const { regions } = contentOf(open);
  return html`<section class="marks" aria-label="Marks">
    <div class="tools" role="toolbar" aria-label="Tools">
      ${TOOLS.map(([tool, sign]) => toolButton(room, tool, sign))}</div>
    ${brush(room)}
    ${regions.length
      ? html`<ul aria-label="Marks of this case">${regions.map((region) => row(room, stage, open, region))}</ul>`
      : nothing}
  </section>`;
}

function toolButton(room: Room, tool: ToolName, sign: TemplateResult): TemplateResult {
  const isTaken = room.marks.chosenTool === tool;
  const name = toolOf(tool).words;
  return html`<button type="button" class="quiet tool" aria-pressed=${isTaken} aria-label=${name} title=${hinted(room, name, `tool.${tool}`)}
    @click=${() => room.marks.take(isTaken ? null : tool)}>${sign}</button>`;
}

function brush(room: Room): TemplateResult | typeof nothing {
  const { marks } = room;
  const { chosenTool } = marks;
  const keys = (...actions: string[]): TemplateResult[] => actions.map((one) => keyOf(room, one)).filter(Boolean).map((key) => html`<kbd>${key}</kbd> `);
  if (chosenTool !== "mask" && chosenTool !== "eraser") return nothing;
  return html`<p class="brush num">${marks.brush.inWords()}
    <span>size ${keys("brush.larger", "brush.smaller")}, window's greys ${keys("brush.range")}</span></p>`;
}

function row(room: Room, stage: Stage, open: Open, region: Region): TemplateResult {
  const name = findingOf(open, region.finding_id)?.name ?? "retired finding";
  const isChosen = region.track === open.chosen;
  const what = `${NAMES[region.kind]} ${sizeOf(room, open, region)}`.trim();
  const told = [[name, region.laterality].filter(Boolean).join(", "), what, whereIs(open, region)];
  const words = told.filter(Boolean).join(" · ");
  return html`<li class=${isChosen ? "chosen" : ""} data-track=${region.track} data-kind=${region.kind}
      aria-current=${isChosen ? "true" : nothing}>
    <div class="mark-head">
      <button type="button" class="mark-go" aria-label=${`Go to ${words}`} @click=${() => goTo(room, stage, region.track)}>
        <b>${told[0]}</b> <span class="num">${told.slice(1).filter(Boolean).join(" · ")}</span></button>
      ${isUnchecked(region) ? html`<span class="unchecked-note">check</span>` : nothing}
      <button type="button" class="quiet" aria-label=${`Delete ${words}`} title="Delete" ?disabled=${!isEditable(open)}
        @click=${() => room.marks.remove(region.track)}>${icon("trash")}</button>
    </div>
    ${linksOfMark(room, open, region)}
    ${isChosen && isEditable(open) ? editor(room, stage, open, region) : nothing}
  </li>`;
}

function sizeOf({ marks }: Room, open: Open, region: Region): string {
  const image = isInWorld(region) ? null : marks.places.image(region);
  if (!image || isInWorld(region)) return "";
  const size = kindOf(region.kind).measure(region.geometry, imageGround(image));
  if (region.kind !== "box3d") return size;
  const [first, last] = [placeOf(open, region.geometry.first), placeOf(open, region.geometry.last)];
  const slices = 1 + Math.abs((last?.index ?? 0) - (first?.index ?? 0));
  return `${size}, ${slices} ${slices === 1 ? "slice" : "slices"}`;
}

/** Which slice, where a series has several; which series, where the case has several. */
function whereIs(open: Open, region: Region): string {
  if (isInWorld(region)) return "on a plane";
  const place = placeOfMark(open, region);
  if (!place) return "on an earlier study";
  const series = open.kase.series[place.series];
  const isStack = (open.series[place.series]?.length ?? 0) > 1;
  const inSeries = open.series.length > 1 ? `series ${series?.number ?? place.series + 1}` : "";
  const told = [isStack ? `slice ${place.index + 1}` : "", inSeries];
  return told.filter(Boolean).join(", ");
}
