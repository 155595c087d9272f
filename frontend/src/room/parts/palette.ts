/** What may follow the first stroke of a chord: a small palette over the image's lower edge. */
import { html, nothing, type TemplateResult } from "lit";

import { followers, PREFIXES, shownStroke } from "../../session/keys";
import { isHandled, run } from "../commands";
import type { Room } from "../room";
import type { Stage } from "../stage";

type Follower = ReturnType<typeof followers>[number];

/** Actions that belong together share their words, and a line. */
function grouped(all: readonly Follower[]): [string, Follower[]][] {
  const lines = new Map<string, Follower[]>();
  for (const one of all) {
    const words = one[1].together ?? one[1].words;
    lines.set(words, [...(lines.get(words) ?? []), one]);
  }
  return [...lines];
}

export function palette(room: Room, stage: Stage): TemplateResult | typeof nothing {
  const { chord } = room.state;
  if (chord === null) return nothing;
  const choose = (command: Parameters<typeof run>[0]): void => {
    room.update({ chord: null });
    run(command, room, stage);
  };
  return html`<div class="palette" role="status" aria-live="polite" data-chord=${chord}>
    <h2><kbd>${chord}</kbd> ${PREFIXES[chord]} …</h2>
    <ul>${grouped(followers(room.keys, chord, isHandled)).map(([words, keys]) => html`<li>${keys.map(([stroke, action]) =>
      html`<button type="button" tabindex="-1" title=${action.words} @click=${() => choose(action.command)}>
        <kbd>${shownStroke(stroke)}</kbd></button>`)}
      ${words}</li>`)}</ul>
    <p><kbd>Esc</kbd> leaves</p></div>`;
}
