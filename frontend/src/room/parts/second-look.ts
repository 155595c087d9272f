/** The second look's one line, above the buttons: never in the way, and gone with the case. */
import { html, nothing, type TemplateResult } from "lit";

import { answerOf } from "../../session/answers";
import { askedInWords } from "../../session/second-look";
import type { Room } from "../room";
import { contentOf, findingOf, type Open } from "../state";

export function secondLook(room: Room, open: Open): TemplateResult | typeof nothing {
  const { asked } = room.look;
  if (!asked.length) return nothing;
  const standing = asked.filter(({ finding_id }) => answerOf(contentOf(open), finding_id)?.state === "absent");
  if (!standing.length) return html`<p class="second-look" role="status">Changed. <kbd>↵</kbd> submits; both answers are kept.</p>`;
  return html`<p class="second-look" role="alert">${askedInWords(standing, (id) => findingOf(open, id)?.name ?? "a finding")}
    <span><kbd>↵</kbd> submits yours</span> <span><kbd>Space</kbd> takes its word</span> <span><kbd>z</kbd> undoes</span></p>`;
}
