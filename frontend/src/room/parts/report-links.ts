/** Links between words and marks, as lists: under a mark, and those whose words the text on the screen no longer holds. */
import { html, nothing, type TemplateResult } from "lit";

import type { Region } from "../../session/content";
import type { PlacedLink } from "../../session/links";
import { goTo } from "../commands/marks";
import { icon } from "../icon";
import { goToText } from "../report-hand";
import type { Room } from "../room";
import type { Stage } from "../stage";
import { contentOf, findingOf, isEditable, type Open } from "../state";

/** The words that a mark is tied to, each with the way to them. */
export function linksOfMark(room: Room, open: Open, region: Region): TemplateResult | typeof nothing {
  const links = open.kase.report === null ? [] : room.text.placed(open).filter(({ link }) => link.track === region.track);
  if (!links.length) return nothing;
  const isChosen = region.track === open.chosen;
  return html`<div class="mark-links">${links.map((one) => html`<span>
    <button type="button" class="quiet quote" title=${whoAndWhen(room, one)} ?disabled=${one.now === null}
      aria-label=${`In the report: ${one.link.quote}. ${whoAndWhen(room, one)}`} @click=${() => goToText(room, one.link)}
      >${one.link.quote}</button>${one.now === null ? html`<em>${elsewhere(one)}</em>` : nothing}
    ${isChosen ? unlinkButton(room, open, one) : nothing}</span>`)}</div>`;
}

/** Links that belong to an earlier version: shown as that, never at other words. */
export function earlierLinks(room: Room, stage: Stage, open: Open): TemplateResult | typeof nothing {
  const left = room.text.placed(open).filter(({ now }) => now === null);
  if (!left.length) return nothing;
  return html`<div class="earlier-links"><p>Linked in another text; these words are not found in this one without doubt:</p>
    <ul>${left.map((one) => html`<li>
      <button type="button" class="quiet quote" title=${whoAndWhen(room, one)} @click=${() => goTo(room, stage, one.link.track)}
        aria-label=${`Go to the mark of ${nameOf(open, one)}, linked to: ${one.link.quote}`}>${one.link.quote}</button>
      <em>${elsewhere(one)} → ${nameOf(open, one)}</em>${unlinkButton(room, open, one)}</li>`)}</ul></div>`;
}

function unlinkButton(room: Room, open: Open, { link }: PlacedLink): TemplateResult {
  return html`<button type="button" class="quiet" title="Unlink" aria-label=${`Unlink ${link.quote}`} ?disabled=${!isEditable(open)}
    @click=${() => room.text.unlink(link)}>${icon("unlink")}</button>`;
}

const elsewhere = ({ version }: PlacedLink): string => (version === null ? "in another report" : `in version ${version}`);

function nameOf(open: Open, { link }: PlacedLink): string {
  const region = contentOf(open).regions.find(({ track }) => track === link.track);
  return (region && findingOf(open, region.finding_id)?.name) ?? "retired finding";
}

function whoAndWhen(room: Room, { link, version }: PlacedLink): string {
  const at = new Date(link.at).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" });
  return `Linked by ${room.state.settings.person}, ${at}${version === null ? "" : `, in version ${version} of the text`}`;
}
