/** Under the suggestion in hand: ways of drawing what the model looked at, how far that is, and whether it can be trusted. */
import { html, nothing, type TemplateResult } from "lit";

import type { CaseFinding, SanityCheck } from "../../api/readings";
import { hinted, keyOf } from "../hints";
import { METHODS, type Told } from "../looked-at";
import type { Room } from "../room";
import type { Open } from "../state";

export function lookedAt(room: Room, open: Open, finding: CaseFinding): TemplateResult | typeof nothing {
  const told = open.inHand === finding.id ? room.lookedAt.now : null;
  if (!told) return nothing;
  return html`<div class="looked-at" role="group" aria-label=${`What the model looked at: ${finding.name}`}>
    <span class="ways">${METHODS.map(([method, name]) => html`<button type="button" class="pill" aria-pressed=${room.lookedAt.method === method}
      title=${hinted(room, "The next way of drawing it", "suggestion.explanation")} @click=${() => room.lookedAt.choose(method)}>${name}</button>`)}
      <kbd>${keyOf(room, "suggestion.explanation")}</kbd></span>
    ${told.is === "drawing" ? html`<progress max="1" .value=${told.progress} aria-label="Drawing and checking the map"></progress>` : nothing}
    <p role="status" class=${standing(told, room, open)}>${words(told, room, open)}</p>
    ${told.is === "failed" ? html`<button type="button" class="pill" @click=${() => room.lookedAt.again()}>Try again</button>` : nothing}
  </div>`;
}

const checkOf = (told: Told, room: Room, open: Open): SanityCheck | undefined =>
  room.lookedAt.checkOn(told, open.series[open.seriesIndex]?.[room.state.view.index]?.instanceId);

function standing(told: Told, room: Room, open: Open): string {
  if (told.is === "failed") return "bad";
  return told.is === "drawn" && !checkOf(told, room, open)?.has_passed ? "bad" : "";
}

function words(told: Told, room: Room, open: Open): string {
  if (told.is === "failed") return `It could not be drawn: ${told.words}`;
  if (told.is !== "drawn") return `${told.words || "Waiting for a worker"}… ${told.maps.length ? "The map on the image is not checked yet." : ""}`;
  const check = checkOf(told, room, open);
  if (!check) return "";
  const planes = check.planes > 1 ? ` The model saw ${check.planes} planes of this series; each slice has the nearest.` : "";
  return check.sentence + planes;
}

/** On the image itself, so that nobody reads a map without its verdict. */
export function mapNote(room: Room, shown: number | undefined): TemplateResult | typeof nothing {
  const told = room.lookedAt.now;
  if (!told || shown === undefined || !told.maps.some((map) => map.instances.has(shown))) return nothing;
  const isBad = told.is === "drawn" && !room.lookedAt.checkOn(told, shown)?.has_passed;
  const depends = isBad ? "does not depend on the weights: do not trust it" : "depends on what was learned";
  return html`<span class="map-note ${isBad ? "bad" : ""}">${room.lookedAt.name}: ${told.is === "drawn" ? depends : "not checked yet"}</span><br />`;
}
