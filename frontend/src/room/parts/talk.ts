/** The talk below the answers: threads with their state, and the small composer. */
import { html, nothing, type TemplateResult } from "lit";

import type { Comment } from "../../api/comments";
import { LONGEST, shortly, type Thread, type Unsent } from "../../session/talk";
import { written } from "../../shell/times";
import type { Room } from "../room";
import type { Open } from "../state";

export function talk(room: Room, open: Open): TemplateResult {
  const { threads, unsent, problem, isMissing } = room.talk;
  return html`<section class="talk" aria-labelledby="talk-title">
    <div class="talk-head"><h2 id="talk-title">Talk</h2>
      <button type="button" class="quiet text" ?disabled=${unsent !== null} @click=${() => room.talk.compose()}>Write to colleagues <kbd>;</kbd></button></div>
    ${isMissing
      ? html`<p class="talk-note" role="alert">The comments could not be loaded.
          <button type="button" class="pill" @click=${() => void room.talk.load()}>Try again</button></p>`
      : nothing}
    ${isWaiting(open) ? html`<p class="talk-note">What colleagues say appears once your answer is in.</p>` : nothing}
    ${threads.length ? html`<ol class="threads">${threads.map((one) => thread(room, one))}</ol>` : nothing}
    <div class="talk-end"><p class="talk-problem" role="alert">${problem}</p>${unsent ? composer(room, unsent) : nothing}</div>
  </section>`;
}

const isWaiting = ({ kase: { reading } }: Open): boolean =>
  reading.mode !== "concurrent" && !reading.is_locked && reading.version === 0;

function thread(room: Room, { root, replies, pin }: Thread): TemplateResult {
  const isSettled = root.resolved_at !== null;
  const isChosen = room.talk.chosen === root.id;
  const choose = (): void => room.talk.choose(root.id);
  return html`<li class="thread ${isSettled ? "settled" : ""} ${isChosen ? "chosen" : ""}" data-thread=${root.id}>
    ${said(root, pin === null ? nothing : html`<button type="button" class="pin-number" title="Show its spot on the image"
      aria-label=${`Show pin ${pin} on the image`} aria-pressed=${isChosen} @click=${choose}>${pin}</button>`)}
    ${replies.map((one) => html`<div class="answer">${said(one, nothing)}</div>`)}
    <p class="talk-acts">
      ${isSettled ? html`<span>Resolved by ${root.resolved_by}</span>` : nothing}
      <button type="button" class="quiet text" ?disabled=${room.talk.isBusy} @click=${() => void room.talk.settle(root.id, !isSettled)}>
        ${isSettled ? "Reopen" : "Resolve"}</button>
      ${isSettled
        ? nothing
        : html`<button type="button" class="quiet text" ?disabled=${room.talk.unsent !== null} @click=${() => room.talk.compose(root.id)}>
            Answer</button>`}
    </p></li>`;
}

function said(one: Comment, pin: TemplateResult | typeof nothing): TemplateResult {
  return html`<p class="talk-by">${pin}<span><b>${one.author}</b>${one.asked ? html` asks <b>${one.asked}</b>` : nothing}</span>
      <time datetime=${one.created_at} title=${written(one.created_at)}>${shortly(one.created_at)}</time></p>
    <p class="talk-words">${one.text}</p>`;
}

function composer(room: Room, unsent: Unsent): TemplateResult {
  const { talk } = room;
  const answered = talk.threads.find(({ root }) => root.id === unsent.replyTo);
  const submit = (event: Event): void => {
    event.preventDefault();
    void talk.send();
  };
  // Ctrl Enter sends the comment here, and must not hand in the case.
  const onKey = (event: KeyboardEvent): void => {
    if (talk.isSending && event.key.length === 1 && !event.ctrlKey && !event.metaKey) return talk.typeAhead(event.key);
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
    event.stopPropagation();
    submit(event);
  };
  return html`<form class="composer" @submit=${submit} @keydown=${onKey}>
    <label for="talk-text">${answered ? `Answer to ${answered.root.author}` : "To colleagues, beside your answer"}</label>
    <textarea id="talk-text" rows="3" maxlength=${LONGEST} .value=${unsent.text} ?readonly=${talk.isSending}
      @input=${(event: InputEvent) => talk.write({ text: (event.target as HTMLTextAreaElement).value })}></textarea>
    <div class="composer-row">
      <select aria-label="Ask a colleague" ?disabled=${talk.isSending}
        @change=${(event: Event) => talk.write({ asked: (event.target as HTMLSelectElement).value })}>
        <option value="">Ask nobody</option>
        ${talk.members.map(({ username, name }) => html`<option value=${username} ?selected=${username === unsent.asked}>
          ${`Ask ${name || username}`}</option>`)}
      </select>
      <button type="button" class="pill" aria-pressed=${unsent.spot !== null || talk.isPlacing} ?disabled=${talk.isSending} @click=${() => talk.pin()}>
        ${unsent.spot ? "Pinned ✕" : talk.isPlacing ? "Click the image" : "Pin to a spot"}</button>
    </div>
    <div class="buttons"><button type="button" class="quiet text" ?disabled=${talk.isSending} @click=${() => talk.discard()}>Discard</button>
      <button class="pill" ?disabled=${talk.isSending}>${talk.isSending ? "Sending…" : "Send"} <kbd>Ctrl ↵</kbd></button></div>
  </form>`;
}
