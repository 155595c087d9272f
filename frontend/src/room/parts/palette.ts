/** What may follow the first stroke of a chord: a small palette over the image's lower edge. */
import { html, nothing, type TemplateResult } from "lit";

import { followers, PREFIXES, shownStroke } from "../../session/keys";
import { isHandled, run } from "../commands";
import type { Room } from "../room";
import type { Stage } from "../stage";

export function palette(room: Room, stage: Stage): TemplateResult | typeof nothing {
  const { chord } = room.state;
  if (chord === null) return nothing;
  const choose = (command: Parameters<typeof run>[0]): void => {
    room.update({ chord: null });
    run(command, room, stage);
  };
  return html`<div class="palette" role="status" aria-live="polite" data-chord=${chord}>
    <h2><kbd>${chord}</kbd> ${PREFIXES[chord]} …</h2>
    <ul>${followers(room.keys, chord, isHandled).map(([stroke, action]) => html`<li><button type="button" tabindex="-1"
      @click=${() => choose(action.command)}><kbd>${shownStroke(stroke)}</kbd> ${action.words}</button></li>`)}</ul>
    <p><kbd>Esc</kbd> leaves</p></div>`;
}
