/** The top line: where one is, what the readings changed, whether all is saved. */
import { html, nothing, type TemplateResult } from "lit";

import { saveInWords } from "../../session/wording";
import { run } from "../commands";
import { icon } from "../icon";
import { hinted } from "../hints";
import type { Room } from "../room";
import type { Stage } from "../stage";
import type { RoomState } from "../state";
import { breakLine, pace } from "./flow";
import { views } from "./views";

export function bar(room: Room, stage: Stage): TemplateResult {
  const { settings, progress, open } = room.state;
  const phase = open?.saver.state.phase ?? "idle";
  const isTroubled = ["retrying", "refused", "conflict"].includes(phase);
  return html`<header class="bar">
    <a class="leave" href="/p/${settings.project}/" title="Leave the reading room">${icon("arrow-left")}<span>${settings.worklistName}</span></a>
    ${progress ? html`<span class="progress-text num" title="Cases done on this worklist">${progress.done} of ${progress.total}</span>` : nothing}
    ${views(room, stage)}
    <div class="loop" role="status" aria-live="polite">${room.flow.isBreakProposed ? breakLine(room) : loopLine(room)}</div>
    ${pace(room)}
    <span class="save ${isTroubled ? "trouble" : ""}" role="status" aria-live="polite" data-save=${phase}>
      ${open ? saveInWords(open.saver.state) : nothing}
    </span>
    <span class="research">Research use only</span>
    <button type="button" class="quiet" title=${hinted(room, "Header of the image", "view.tags")} aria-label="Header of the image"
      ?disabled=${!open} @click=${() => run({ do: "view:tags" }, room, stage)}>${icon("tags")}</button>
    <button type="button" class="quiet" title=${hinted(room, "Dark or light room", "view.theme")} aria-label="Light room" aria-pressed=${room.sight.theme === "light"}
      @click=${() => room.sight.toggleTheme()}>${room.sight.theme === "light" ? icon("moon") : icon("sun")}</button>
    <button type="button" class="quiet" title="My list" aria-label="My list" @click=${() => room.flow.list.open()}>${icon("list-details")}</button>
    <button type="button" class="quiet" title="Keys (?)" aria-label="Keys" @click=${() => room.update({ dialog: { is: "keys" } })}>
      ${icon("keyboard")}
    </button>
  </header>`;
}

function loopLine(room: Room): TemplateResult | typeof nothing {
  const told = lineOf(room.state);
  if (!told) return nothing;
  const { hasNews } = room.state;
  return html`<button type="button" class="loop-line ${hasNews ? "news" : ""}" title="What the readings changed"
      @click=${() => room.update({ dialog: { is: "loop" } })}>${told}</button>
    ${hasNews
      ? html`<button type="button" class="quiet" aria-label="Dismiss" @click=${() => room.update({ hasNews: false })}>✕</button>`
      : nothing}`;
}

/** One sentence: a turn under way, else what the last one brought, else how far the next one is. */
export function lineOf({ loop, hasNews, settings }: RoomState): string {
  if (!loop?.settings || loop.settings.worklist !== settings.worklist) return "";
  const job = loop.jobs.find((one) => one.state === "running") ?? loop.jobs[0];
  if (job) return jobLine(job);
  if (hasNews && loop.story) {
    const { labels, figure, decision, moved } = loop.story;
    return [decision, short(figure), labels, moved].filter(Boolean).join(" ");
  }
  return loop.is_running ? countdown(loop.corrections_waiting, loop.corrections_per_turn) : "The loop is stopped.";
}

export function countdown(waiting: number, needed: number): string {
  if (waiting >= needed) return `${waiting} corrections are in; the next student starts shortly`;
  return `${waiting} of ${needed} corrections until the next student`;
}

function jobLine(job: { label: string; state: string; progress: number; message: string; seconds_left: number | null }): string {
  if (job.state === "queued") return `${job.label}: waiting for a worker`;
  const left = job.seconds_left === null ? "" : `, about ${Math.max(1, Math.round(job.seconds_left))} s left`;
  return `${job.label}: ${Math.round(100 * job.progress)} %${left}${job.message ? ` (${job.message})` : ""}`;
}

/** The figure without its explanation, which the dialog gives. */
const short = (figure: string): string => figure.split(":")[0] ?? "";
