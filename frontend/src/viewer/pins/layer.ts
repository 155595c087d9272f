/** Pins of comments drawn over the image: small, numbered, in no colour of an answer. */
import { html, nothing, render, svg, type TemplateResult } from "lit";

import type { Pin } from "../../session/talk";
import { type Placement, type Point, toScreen } from "../stack/placement";

/** CSS pixels from the spot to the middle of its number, so that what is meant stays uncovered. */
const ASIDE = 14;
const RADIUS = 9;

export function drawPins(
  element: HTMLElement, pins: readonly Pin[], chosen: number | null, placement: Placement | null, choose: (comment: number) => void,
): void {
  if (!placement || !pins.length) return void render(nothing, element);
  const placed = pins.map((pin) => ({ pin, at: toScreen(placement, [pin.spot.x, pin.spot.y]) }));
  render(
    html`<svg aria-hidden="true">${placed.map(({ pin, at }) => mark(pin, at, pin.comment !== null && pin.comment === chosen))}</svg>
      ${placed.map(({ pin, at }) => target(pin, at, choose))}`,
    element,
  );
}

function mark(pin: Pin, [x, y]: Point, isChosen: boolean): TemplateResult {
  const css = `pin ${isChosen ? "chosen" : ""} ${pin.isSettled ? "settled" : ""}`;
  return svg`<g class=${css} data-pin=${pin.number}>
    <circle class="spot" cx=${x} cy=${y} r="3" />
    <line x1=${x + 2.5} y1=${y - 2.5} x2=${x + ASIDE - RADIUS * 0.7} y2=${y - ASIDE + RADIUS * 0.7} />
    <circle class="disc" cx=${x + ASIDE} cy=${y - ASIDE} r=${RADIUS} />
    <text x=${x + ASIDE} y=${y - ASIDE}>${pin.number}</text>
  </g>`;
}

/** The panel says the same to the keyboard and to screen readers. */
function target({ comment, number }: Pin, [x, y]: Point, choose: (comment: number) => void): TemplateResult | typeof nothing {
  if (comment === null) return nothing;
  const place = `left:${x + ASIDE - RADIUS}px;top:${y - ASIDE - RADIUS}px`;
  return html`<button type="button" class="pin-target" tabindex="-1" style=${place} title=${`Comment ${number}`}
    aria-label=${`Comment ${number}`} @click=${() => choose(comment)}></button>`;
}
