/** Marks drawn over the image: the reader's own in one colour, suggestions dashed in another, passing measurements in neither. */
import { html, nothing, render, svg, type TemplateResult } from "lit";

import type { Box, Mask, Pair } from "../../session/geometry";
import { boxToScreen, type Placement, type Point, toScreen } from "../stack/placement";
import { colourOf, drawMasks, Joined, type LivePicture, pictureOf, type ShownMask } from "./masks";
import { type Cut, voxelPlacement } from "./through";
import { type Mark, placed, type PlacedLine, type PlacedMark } from "./placed";

export interface ShownSuggestion {
  readonly id: string;
  readonly finding: number;
  /** Where it is; of a mask, what surrounds it. */
  readonly box: Box;
  readonly mask?: Mask;
  readonly label: string;
  readonly isInHand: boolean;
  /** Of its buttons, with their keys where they have any. */
  readonly titles: { readonly accept: string; readonly reject: string };
}

export interface Drawing {
  readonly own: readonly Mark[];
  readonly suggested: readonly ShownSuggestion[];
  readonly chosen: string | null;
}

/** What the hand is doing just now. */
export interface Live {
  /** Replaces the mark of the same track. */
  readonly mark: Mark | null;
  /** Points of a mark that isn't one yet. */
  readonly line: readonly Pair[];
  /** The mask being painted; replaces those of these tracks. */
  readonly painted: { readonly tracks: readonly string[]; readonly picture: LivePicture } | null;
  /** Outline of the brush. */
  readonly ring: readonly Pair[];
}

export const STILL: Live = { mark: null, line: [], painted: null, ring: [] };

/** CSS pixels above a mark that its words need; without them they stand below. */
const TAG_HEIGHT = 26;
/** More corners than this are drawn without handles: they would hide the line. */
const MOST_HANDLES = 40;

export class MarkLayer {
  /** The marks on the screen, for finding what lies under the pointer. */
  screen: readonly PlacedMark[] = [];
  /** By their words: of other findings the seams stay. */
  private readonly joined = new Map<string, Joined>();

  constructor(
    private readonly element: HTMLElement,
    private readonly act: (finding: number, act: "accept" | "reject" | "take") => void,
  ) {}

  /** `cut`: how a plane's voxels lie, for its masks. */
  draw(drawing: Drawing, live: Live, placement: Placement | null, cut: Cut | null = null): void {
    if (!placement) {
      this.screen = [];
      return void render(nothing, this.element);
    }
    const own = drawing.own.filter((one) => one.track !== live.mark?.track);
    if (live.mark) own.push(live.mark);
    const voxels = cut ? voxelPlacement(cut, placement) : placement;
    this.screen = own.map((one) => placed(one, placement, voxels));
    const silent = cut ? repeating(this.screen) : new Set<string>();
    const suggested = drawing.suggested.map((one) => ({ ...one, box: boxToScreen(placement, one.box) }));
    render(
      html`<canvas class="masks" aria-hidden="true"></canvas>
        <svg aria-hidden="true">
          ${suggested.filter((one) => !one.mask).map(suggestedRect)}
          ${this.screen.map((one) => ownMark(one, one.track === drawing.chosen || one.track === live.mark?.track, silent.has(one.track)))}
          ${sketch(live, placement)}
        </svg>
        ${suggested.map((one) => this.tag(one))}`,
      this.element,
    );
    this.masks(drawing, live, voxels, cut !== null);
  }

  private masks({ chosen, suggested }: Drawing, { painted }: Live, placement: Placement, isCut: boolean): void {
    const canvas = this.element.querySelector<HTMLCanvasElement>("canvas.masks");
    if (!canvas) return;
    const shown: ShownMask[] = [];
    for (const { mask, isInHand } of suggested) {
      const picture = mask && pictureOf(mask, colourOf(this.element, "--suggested"), true);
      if (picture) shown.push({ picture, isChosen: isInHand });
    }
    const own = this.screen.filter((one) => one.kind === "mask" && !painted?.tracks.includes(one.track));
    const apart = own.filter((one) => !isCut || one.track === chosen);
    const rest = this.together(own.filter((one) => !apart.includes(one)));
    const all = [...rest.map((mask) => ({ mask, isChosen: false })), ...apart.map((one) => ({ mask: one.geometry as Mask, isChosen: one.track === chosen }))];
    for (const { mask, isChosen } of all) {
      const picture = pictureOf(mask, colourOf(this.element, "--own"));
      if (picture) shown.push({ picture, isChosen });
    }
    if (painted) shown.push({ picture: painted.picture, isChosen: true });
    drawMasks(canvas, shown, placement);
  }

  private together(marks: readonly PlacedMark[]): Mask[] {
    const labels = [...new Set(marks.map(({ label }) => label))];
    return labels.flatMap((label) => {
      const joined = this.joined.get(label) ?? new Joined();
      this.joined.set(label, joined);
      return joined.from(marks.filter((one) => one.label === label).map((one) => one.geometry as Mask)) ?? [];
    });
  }

  private tag(one: ShownSuggestion): TemplateResult {
    const act = (what: "accept" | "reject" | "take") => () => this.act(one.finding, what);
    const isInside = one.box.y < TAG_HEIGHT;
    const place = `left:${Math.max(0, one.box.x)}px;top:${Math.max(0, one.box.y)}px`;
    return html`<div class="suggestion-tag ${isInside ? "inside" : ""}" style=${place}>
      <button type="button" tabindex="-1" @click=${act("take")}>${one.label}</button>
      ${one.isInHand
        ? html`<button type="button" tabindex="-1" title=${one.titles.accept} @click=${act("accept")}>✓</button>
            <button type="button" tabindex="-1" title=${one.titles.reject} @click=${act("reject")}>✕</button>`
        : nothing}
    </div>`;
  }
}

function suggestedRect({ box, isInHand }: ShownSuggestion): TemplateResult {
  return svg`<rect class="suggested ${isInHand ? "in-hand" : ""}" x=${box.x} y=${box.y} width=${box.w} height=${box.h} />`;
}

/** Of masks with the same words only the uppermost says them: a painted volume cut across has one on each slice. */
function repeating(marks: readonly PlacedMark[]): ReadonlySet<string> {
  const upper = new Map<string, PlacedMark>();
  const masks = marks.filter(({ kind }) => kind === "mask");
  for (const mark of masks) {
    const other = upper.get(mark.label);
    if (!other || mark.bounds.top < other.bounds.top) upper.set(mark.label, mark);
  }
  return new Set(masks.filter((mark) => upper.get(mark.label) !== mark).map(({ track }) => track));
}

function ownMark(mark: PlacedMark, isChosen: boolean, isSilent: boolean): TemplateResult {
  const line = mark.lines.map((one) => pathOf(one, mark.kind === "point")).join(" ");
  const css = ["own", isChosen ? "chosen" : "", mark.isPassing ? "passing" : "", mark.isUnchecked ? "unchecked" : ""];
  return svg`<g class=${css.filter(Boolean).join(" ")} data-track=${mark.track} data-kind=${mark.kind}>
    <path class="halo" d=${line} /><path class="line" d=${line} />
    ${isSilent && !isChosen ? nothing : words(mark, isChosen)}
    ${isChosen || mark.isPassing ? handles(mark) : nothing}
  </g>`;
}

/** A point is a cross that leaves its middle free. */
function pathOf({ points, isClosed }: PlacedLine, isPoint: boolean): string {
  const [first] = points;
  if (!first) return "";
  if (isPoint) {
    const [x, y] = first;
    return `M${x - 9} ${y}h6m6 0h6M${x} ${y - 9}v6m0 6v6`;
  }
  return `M${points.map(([x, y]) => `${x.toFixed(2)} ${y.toFixed(2)}`).join("L")}${isClosed ? "Z" : ""}`;
}

/** Measurements always tell their size; what only shows a place does while it is chosen. */
function words(mark: PlacedMark, isChosen: boolean): TemplateResult | typeof nothing {
  const { label, size, kind, bounds, isPassing, isUnchecked } = mark;
  const isMeasure = isPassing || ["length", "bidirectional"].includes(kind);
  const text = [label, isMeasure || isChosen ? size : "", isUnchecked ? "copied: check" : ""].filter(Boolean).join(" · ");
  if (!text || !Number.isFinite(bounds.left)) return nothing;
  const { left, top, bottom } = bounds;
  const aside = kind === "point" ? 12 : 1;
  return svg`<text x=${Math.max(2, left + aside)} y=${top > TAG_HEIGHT ? top - 7 : bottom + 17}>${text}</text>`;
}

function handles(mark: PlacedMark): TemplateResult[] | typeof nothing {
  if (mark.handles.length > MOST_HANDLES || mark.kind === "point") return nothing;
  return mark.handles.map(({ at: [x, y] }) => svg`<rect class="handle" x=${x - 4} y=${y - 4} width="8" height="8" />`);
}

function sketch({ line, ring }: Live, placement: Placement): TemplateResult {
  const on = (points: readonly Pair[]): Point[] => points.map((point) => toScreen(placement, point));
  const path = pathOf({ points: on(line), isClosed: false }, false);
  const [first] = on(line);
  return svg`<g class="own live"><path class="halo" d=${path} /><path class="line" d=${path} />
    ${first && line.length ? svg`<circle class="first" cx=${first[0]} cy=${first[1]} r="4" />` : nothing}</g>
    <path class="ring" d=${pathOf({ points: on(ring), isClosed: true }, false)} />`;
}
