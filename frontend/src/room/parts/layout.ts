/** The whole room. The stage's element is made once and kept: Cornerstone owns what is inside. */
import { html, type TemplateResult } from "lit";

import type { Room } from "../room";
import type { Stage } from "../stage";
import { bar } from "./bar";
import { dialogs } from "./dialogs";
import { myList, receipt, tourCard } from "./flow";
import { palette } from "./palette";
import { panel } from "./panel";

export function layout(room: Room, stage: Stage): TemplateResult {
  const { phase, open } = room.state;
  return html`${bar(room, stage)}
    <div class="work ${phase}">
      <section class="stage" aria-label="Images" ?hidden=${phase !== "reading"}>${stage.element}${palette(room, stage)}${tourCard(room)}</section>
      ${open ? panel(room, stage, open) : message(room)}
      ${myList(room)}
    </div>
    ${dialogs(room, stage)}`;
}

function message(room: Room): TemplateResult {
  const { phase, problem, progress, settings } = room.state;
  const home = `/p/${settings.project}`;
  if (phase === "empty") {
    return html`<div class="message" role="status"><h1>Nothing left to read here</h1>
      <p>${progress ? `${progress.done} of ${progress.total} cases of ${settings.worklistName} are done, ${progress.mine} by you. ` : ""}
        ${settings.isOpen ? "What others hold may come back; new cases appear when a list is filled." : "This worklist is closed."}</p>
      ${receipt(room)}
      <p><a class="primary" href="${home}/read/">Choose another worklist</a>
        <a class="quiet text" href="${home}/readings/">Your readings</a>
        <button type="button" class="quiet text" @click=${() => void room.openNext()}>Look again</button></p></div>`;
  }
  if (phase === "broken") {
    return html`<div class="message" role="alert"><h1>The case could not be opened</h1><p>${problem}</p>
      <p><button type="button" class="primary" @click=${() => void room.openNext()}>Try again</button>
        <a class="quiet text" href="${home}/">Leave the room</a></p></div>`;
  }
  return html`<div class="message" role="status"><p>Opening ${settings.worklistName}…</p></div>`;
}
