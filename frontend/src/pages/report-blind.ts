/** A form of every finding, answered by key: nothing is sent until all of it is. */
import "./learning.css";
import "./report.css";

import { commandOf } from "../reports/keys";

class Blind {
  private place = 0;

  constructor(private readonly form: HTMLFormElement) {
    form.addEventListener("change", (event) => {
      const row = (event.target as Element).closest<HTMLElement>("[data-blind-row]");
      if (row) this.place = this.rows().indexOf(row);
      this.draw();
    });
    form.querySelector("[data-rest]")?.addEventListener("click", () => this.rest());
    document.addEventListener("keydown", (event) => this.pressed(event));
    this.draw();
  }

  private rows(): HTMLElement[] {
    return [...this.form.querySelectorAll<HTMLElement>("[data-blind-row]")];
  }

  private isAnswered(row: HTMLElement): boolean {
    return row.querySelector("input:checked") !== null;
  }

  private draw(): void {
    const rows = this.rows();
    rows.forEach((row, n) => row.classList.toggle("in-hand", n === this.place));
    rows[this.place]?.scrollIntoView({ block: "nearest" });
    const told = this.form.querySelector("[data-answered]");
    if (told) told.textContent = `${rows.filter((row) => this.isAnswered(row)).length} of ${rows.length} answered`;
  }

  private choose(row: HTMLElement | undefined, state: string): void {
    const input = row?.querySelector<HTMLInputElement>(`input[value=${state}]`);
    if (input) input.checked = true;
  }

  private rest(): void {
    for (const row of this.rows()) if (!this.isAnswered(row)) this.choose(row, "not_mentioned");
    this.draw();
  }

  private pressed(event: KeyboardEvent): void {
    const target = event.target as HTMLElement;
    if (event.key === "Enter" && !target.closest("a, button") && !event.defaultPrevented) {
      event.preventDefault();
      return this.form.requestSubmit(this.form.querySelector<HTMLButtonElement>("button[value=answer]"));
    }
    const command = commandOf(event);
    if (!command) return;
    const rows = this.rows();
    if (command.do === "move") this.place = Math.min(rows.length - 1, Math.max(0, this.place + command.by));
    else if (command.do === "accept-rest") this.rest();
    else if (command.do === "answer" && command.answer !== "accept") {
      this.choose(rows[this.place], command.answer);
      const next = rows.findIndex((row, n) => n > this.place && !this.isAnswered(row));
      this.place = next >= 0 ? next : Math.max(0, rows.findIndex((row) => !this.isAnswered(row)));
    } else return;
    event.preventDefault();
    this.draw();
  }
}

const form = document.querySelector<HTMLFormElement>("[data-blind]");
if (form) new Blind(form);
