/** Boxes drawn over the image as SVG: the reader's own in one colour, suggestions dashed in another. */
import { html, nothing, render, svg, type TemplateResult } from "lit";

import type { Box } from "../../session/content";
import { boxToScreen, type Placement } from "../stack/placement";
import type { ScreenBox } from "./geometry";

export interface OwnBox {
  readonly track: string;
  readonly box: Box;
  readonly label: string;
}

export interface ShownSuggestion {
  readonly id: string;
  readonly finding: number;
  readonly box: Box;
  readonly label: string;
  readonly isInHand: boolean;
}

export interface Drawing {
  readonly own: readonly OwnBox[];
  readonly suggested: readonly ShownSuggestion[];
  readonly chosen: string | null;
  /** A box while it is being drawn or changed: replaces the one of the same track. */
  readonly live: OwnBox | null;
}

/** CSS pixels above a box that its words need; without them they stand inside. */
const TAG_HEIGHT = 26;

export class BoxLayer {
  /** The reader's boxes on the screen, for finding what lies under the pointer. */
  screen: ScreenBox[] = [];

  constructor(
    private readonly element: HTMLElement,
    private readonly act: (finding: number, act: "accept" | "reject" | "take") => void,
  ) {}

  draw(drawing: Drawing, placement: Placement | null): void {
    if (!placement) {
      this.screen = [];
      return void render(nothing, this.element);
    }
    const own = drawing.own.filter((box) => box.track !== drawing.live?.track);
    if (drawing.live) own.push(drawing.live);
    const placed = own.map((one) => ({ ...one, box: boxToScreen(placement, one.box) }));
    this.screen = placed.map(({ track, box }) => ({ track, box }));
    const suggested = drawing.suggested.map((one) => ({ ...one, box: boxToScreen(placement, one.box) }));
    render(
      html`<svg aria-hidden="true">${suggested.map(suggestedRect)}${placed.map((one) => ownRect(one, drawing.chosen))}</svg>
        ${suggested.map((one) => this.tag(one))}`,
      this.element,
    );
  }

  private tag(one: ShownSuggestion): TemplateResult {
    const act = (what: "accept" | "reject" | "take") => () => this.act(one.finding, what);
    const isInside = one.box.y < TAG_HEIGHT;
    const place = `left:${Math.max(0, one.box.x)}px;top:${Math.max(0, one.box.y)}px`;
    return html`<div class="suggestion-tag ${isInside ? "inside" : ""}" style=${place}>
      <button type="button" tabindex="-1" @click=${act("take")}>${one.label}</button>
      ${one.isInHand
        ? html`<button type="button" tabindex="-1" title="Accept (Space)" @click=${act("accept")}>✓</button>
            <button type="button" tabindex="-1" title="Reject (Backspace)" @click=${act("reject")}>✕</button>`
        : nothing}
    </div>`;
  }
}

function suggestedRect({ box, isInHand }: ShownSuggestion): TemplateResult {
  return svg`<rect class="suggested ${isInHand ? "in-hand" : ""}" x=${box.x} y=${box.y} width=${box.w} height=${box.h} />`;
}

function ownRect({ track, box, label }: OwnBox, chosen: string | null): TemplateResult {
  const isChosen = track === chosen;
  const above = box.y > TAG_HEIGHT;
  return svg`<g class="own ${isChosen ? "chosen" : ""}">
    <rect class="halo" x=${box.x} y=${box.y} width=${box.w} height=${box.h} />
    <rect class="line" x=${box.x} y=${box.y} width=${box.w} height=${box.h} />
    <text x=${box.x + 1} y=${above ? box.y - 7 : box.y + box.h + 17}>${label}</text>
    ${isChosen ? corners(box).map(([x, y]) => svg`<rect class="handle" x=${x - 4} y=${y - 4} width="8" height="8" />`) : nothing}
  </g>`;
}

function corners({ x, y, w, h }: Box): [number, number][] {
  return [[x, y], [x + w, y], [x, y + h], [x + w, y + h], [x + w / 2, y], [x + w / 2, y + h], [x, y + h / 2], [x + w, y + h / 2]];
}
