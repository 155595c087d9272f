/** The review page's behaviour: one finding in hand, its marks lit in the text, an answer by key or click. */
import htmx from "htmx.org";

import { Refusal } from "../api/client";
import { type Answer, type Command, commandOf } from "./keys";
import { selectedSpan } from "./offsets";
import { type Given, giveVerdict } from "./verdicts";
import { hideWhy, showWhy } from "./why";

export class Review {
  private inHand: string | null = null;
  private spans: [number, number][] = [];
  private isSending = false;
  /** Pressed while an answer was on its way: a fast reader is not held up, and no key is lost. */
  private waiting: Command[] = [];

  constructor(
    private readonly root: HTMLElement,
    private readonly say: (words: string) => void,
  ) {
    root.addEventListener("click", (event) => this.clicked(event));
    root.addEventListener("pointerover", (event) => this.pointed(event.target as Element));
    root.addEventListener("pointerout", () => this.unpointed());
    root.addEventListener("focusin", (event) => this.pointed(event.target as Element));
    root.addEventListener("focusout", () => this.unpointed());
    document.addEventListener("keydown", (event) => this.pressed(event));
    document.addEventListener("mouseup", () => this.selected());
    window.addEventListener("scroll", hideWhy, { passive: true });
    this.take(this.first(), false);
  }

  private rows(): HTMLElement[] {
    return [...this.root.querySelectorAll<HTMLElement>("[data-rows] [data-row]")];
  }

  private row(id: string | null = this.inHand): HTMLElement | null {
    return id === null ? null : this.root.querySelector<HTMLElement>(`[data-row="${id}"]`);
  }

  /** What still wants an answer comes first; the rest of the findings stays where it is. */
  private first(): HTMLElement | null {
    const rows = this.rows().filter((row) => !row.closest("[data-unsaid]:not([open])"));
    return rows.find((row) => row.dataset["open"] !== undefined) ?? rows[0] ?? null;
  }

  take(row: HTMLElement | null, withScroll = true): void {
    this.inHand = row?.dataset["row"] ?? null;
    for (const one of this.rows()) {
      one.classList.toggle("in-hand", one === row);
      if (one === row) one.setAttribute("aria-current", "true");
      else one.removeAttribute("aria-current");
    }
    const fold = row?.closest<HTMLDetailsElement>("details");
    if (fold) fold.open = true;
    const marks = new Set((row?.dataset["marks"] ?? "").split(" ").filter(Boolean));
    this.light(marks);
    if (!withScroll || !row) return;
    row.scrollIntoView({ block: "nearest" });
    const [mark] = marks;
    if (mark) this.mark(mark)?.scrollIntoView({ block: "nearest" });
  }

  private mark(id: string): HTMLElement | null {
    return this.root.querySelector<HTMLElement>(`[data-text] [data-m~="${id}"]`);
  }

  /** Mentions get a frame, the phrases that decided about them a ground. */
  private light(marks: ReadonlySet<string>): void {
    const holds = (list: string | undefined): boolean => (list ?? "").split(" ").some((one) => marks.has(one));
    for (const one of this.root.querySelectorAll<HTMLElement>("[data-text] [data-m]")) one.classList.toggle("is-mine", holds(one.dataset["m"]));
    for (const one of this.root.querySelectorAll<HTMLElement>("[data-text] [data-cue]")) one.classList.toggle("is-deciding", holds(one.dataset["cue"]));
  }

  private move(by: 1 | -1): void {
    const rows = this.rows();
    if (!rows.length) return;
    const place = rows.findIndex((row) => row.dataset["row"] === this.inHand);
    this.take(rows[Math.min(rows.length - 1, Math.max(0, place + by))] ?? null);
    this.say(this.row()?.dataset["name"] ?? "");
  }

  private pointed(target: Element): void {
    const mark = target.closest<HTMLElement>("[data-text] [data-m]");
    if (!mark) return;
    const id = (mark.dataset["m"] ?? "").split(" ")[0] ?? "";
    const card = document.getElementById(`why-${id}`);
    if (card) showWhy(card, mark);
    this.light(new Set([id]));
  }

  private unpointed(): void {
    hideWhy();
    this.light(new Set((this.row()?.dataset["marks"] ?? "").split(" ").filter(Boolean)));
  }

  private clicked(event: Event): void {
    const target = event.target as Element;
    const row = target.closest<HTMLElement>("[data-rows] [data-row]");
    const act = target.closest<HTMLElement>("[data-act]");
    if (row && act) {
      this.take(row, false);
      return void this.answer(act.dataset["act"] as Answer);
    }
    const quote = target.closest<HTMLElement>("[data-go-mark]");
    if (row) this.take(row, false);
    if (quote) return this.goTo(this.mark(quote.dataset["goMark"] ?? ""));
    const place = target.closest<HTMLElement>("[data-go]");
    if (place) return this.goTo(this.root.querySelector(`[data-text] [data-s="${place.dataset["go"]}"]`));
    const mark = target.closest<HTMLElement>("[data-text] [data-m]");
    if (mark) this.takeMark(mark);
    if (target.closest("[data-reload]")) void this.renew();
  }

  private goTo(element: HTMLElement | null): void {
    element?.scrollIntoView({ block: "center" });
    element?.focus({ preventScroll: true });
  }

  private takeMark(mark: HTMLElement): void {
    const ids = (mark.dataset["m"] ?? "").split(" ");
    const row = this.rows().find((one) => (one.dataset["marks"] ?? "").split(" ").some((id) => id && ids.includes(id)));
    if (row) this.take(row);
  }

  /** Words selected in the text belong to the next correction. */
  private selected(): void {
    const text = this.root.querySelector<HTMLElement>("[data-text]");
    const span = text && selectedSpan(text);
    const hint = this.root.querySelector<HTMLElement>("[data-marked]");
    if (!span) return;
    this.spans = [span];
    if (hint) {
      hint.hidden = false;
      hint.querySelector("[data-marked-words]")?.replaceChildren(`“${window.getSelection()?.toString().trim().slice(0, 60) ?? ""}”`);
    }
  }

  private forgetSelection(): void {
    this.spans = [];
    const hint = this.root.querySelector<HTMLElement>("[data-marked]");
    if (hint) hint.hidden = true;
    window.getSelection()?.removeAllRanges();
  }

  private pressed(event: KeyboardEvent): void {
    const target = event.target as HTMLElement;
    if (target.closest("input, textarea, select, dialog[open]")) return;
    const mark = target.closest<HTMLElement>("[data-text] [data-m]");
    if (mark && ["Enter", " "].includes(event.key)) {
      event.preventDefault();
      return this.takeMark(mark);
    }
    const command = commandOf(event);
    if (!command || event.defaultPrevented) return;
    event.preventDefault();
    if (this.isSending) this.waiting.push(command);
    else this.run(command);
  }

  private run(command: Command): void {
    if (command.do === "move") return this.move(command.by);
    if (command.do === "answer") return void this.answer(command.answer);
    if (command.do === "accept-rest") return void this.acceptRest();
    if (command.do === "report") return this.go(command.by);
    if (command.do === "help") return document.querySelector<HTMLDialogElement>("[data-keys-dialog]")?.showModal();
    hideWhy();
    this.forgetSelection();
  }

  private go(by: 1 | -1): void {
    const link = document.querySelector<HTMLAnchorElement>(by === 1 ? "a[data-next]" : "a[data-previous]");
    if (link) link.click();
    else this.say(by === 1 ? "That was the last report of this queue." : "There is no report before this one.");
  }

  private async answer(answer: Answer): Promise<void> {
    const row = this.row();
    if (!row) return this.say("Take a finding first: j and k move.");
    if (!row.querySelector("[data-act]")) return this.say("You can't answer here.");
    if (answer === "accept" && !row.querySelector("[data-act=accept]")) return this.say("There is nothing to accept yet: say what you read.");
    await this.send([this.given(row, answer)], true);
  }

  private async acceptRest(): Promise<void> {
    const open = this.rows().filter((row) => row.dataset["open"] !== undefined && !row.closest("[data-unsaid]"));
    const rows = open.filter((row) => row.querySelector("[data-act=accept]"));
    if (!rows.length) return this.say("Nothing is left to accept.");
    await this.send(rows.map((row) => this.given(row, "accept")), false);
  }

  private given(row: HTMLElement, answer: Answer): Given {
    const shown = this.root.querySelector<HTMLElement>("[data-text]")?.dataset ?? {};
    const state = answer === "accept" ? (row.dataset["state"] as Given["state"]) : answer;
    return {
      finding: Number(row.dataset["row"]), name: row.dataset["name"] ?? "", act: answer === "accept" ? "accept" : "correct", state,
      shown: { definition: shown["definition"] ?? "", digest: shown["digest"] ?? "", verdict: Number(row.dataset["verdict"]) || null },
      spans: answer === "accept" ? [] : this.spans,
    };
  }

  /** One after the other, in the order of the page; the first refusal stops. */
  private async send(all: Given[], goesOn: boolean): Promise<void> {
    if (this.isSending) return;
    this.isSending = true;
    this.root.setAttribute("aria-busy", "true");
    try {
      for (const one of all) await giveVerdict(Number(this.root.dataset["report"]), one);
      const last = all.at(-1);
      this.forgetSelection();
      await this.renew();
      if (goesOn) this.step();
      if (last) this.say(all.length > 1 ? `${all.length} findings accepted.` : `${last.name}: ${last.act}ed, ${last.state.replace("_", " ")}.`);
    } catch (error) {
      this.waiting = [];
      await this.refused(error as Error);
    } finally {
      this.isSending = false;
      this.root.removeAttribute("aria-busy");
    }
    while (this.waiting.length && !this.isSending) this.run(this.waiting.shift() as Command);
  }

  /** After an answer the next finding without one is taken, else the finding stays in hand. */
  private step(): void {
    const rows = this.rows().filter((row) => !row.closest("[data-unsaid]:not([open])"));
    const place = rows.findIndex((row) => row.dataset["row"] === this.inHand);
    const next = [...rows.slice(place + 1), ...rows.slice(0, place + 1)].find((row) => row.dataset["open"] !== undefined);
    this.take(next ?? rows[place] ?? null);
  }

  private async renew(address = this.root.dataset["part"] ?? location.href): Promise<void> {
    const open = this.root.querySelector<HTMLDetailsElement>("[data-unsaid]")?.open ?? false;
    const focused = this.focused();
    hideWhy();
    await htmx.ajax("get", address, { target: this.root, swap: "innerHTML" });
    const fold = this.root.querySelector<HTMLDetailsElement>("[data-unsaid]");
    if (fold && open) fold.open = true;
    this.take(this.row() ?? this.first(), false);
    if (focused) this.root.querySelector<HTMLElement>(focused)?.focus({ preventScroll: true });
  }

  /** Who comes by Tab finds the focus where it was, though the page's part is new. */
  private focused(): string {
    const element = document.activeElement as HTMLElement | null;
    const row = element && this.root.contains(element) ? element.closest<HTMLElement>("[data-row]") : null;
    if (!element || !row) return "";
    const act = element.dataset["act"] ? `[data-act="${element.dataset["act"]}"]` : "[data-take]";
    return `[data-row="${row.dataset["row"]}"] ${act}`;
  }

  private async refused(error: Error): Promise<void> {
    const isStale = error instanceof Refusal && error.status === 409;
    if (isStale) await this.renew();
    const place = this.root.querySelector<HTMLElement>("[data-trouble]");
    if (!place) return;
    place.hidden = false;
    place.replaceChildren(...(isStale ? this.bothVersions(error as Refusal) : [`Not saved: ${error.message}`]));
    place.scrollIntoView({ block: "nearest" });
    this.say(`Not saved: ${error.message}`);
  }

  /** What was on the screen and what is there now; the page behind it shows the new one already. */
  private bothVersions(refusal: Refusal): Node[] {
    const box = document.createElement("div");
    const title = document.createElement("strong");
    title.textContent = "Not saved: this has changed since you opened it.";
    const why = document.createElement("p");
    why.className = "mb-2";
    why.textContent = refusal.message;
    box.append(title, why);
    const { yours, theirs } = refusal.body;
    if (yours !== undefined || theirs !== undefined) box.append(comparison(yours, theirs));
    const after = document.createElement("p");
    after.className = "mb-0";
    after.textContent = "Below is what it says now. Answer again, and that is what you accept.";
    box.append(after);
    return [box];
  }
}

function comparison(yours: unknown, theirs: unknown): HTMLElement {
  const list = document.createElement("dl");
  list.className = "keys mb-2";
  for (const [name, value] of [["Your answer", yours], ["There now", theirs]] as const) {
    const term = document.createElement("dt");
    term.textContent = name;
    const text = document.createElement("dd");
    text.textContent = inWords(value);
    list.append(term, text);
  }
  return list;
}

function inWords(value: unknown): string {
  if (value === null || value === undefined) return "no answer yet";
  if (typeof value !== "object") return String(value).replace("_", " ");
  const { state, version, definition } = value as { state?: string | null; version?: number; definition?: string };
  const from = [version ? `text version ${version}` : "", definition ? `rules ${definition.slice(0, 8)}` : ""].filter(Boolean).join(", ");
  const said = state ? state.replace("_", " ") : "what you accepted";
  return from ? `${said} (${from})` : said;
}
