/** Reports dropped: a table's columns are asked for first; then everything is sent and followed as a job. */
import "./report.css";

import { csrfToken } from "../api/csrf";
import { chosenMap, head, tableAmong } from "../reports/columns";
import { send } from "../reports/sending";
import { type Dropped, chosen, dropped, dropZone } from "../shell/dropped";
import { isOver, listen } from "../shell/jobs";
import { timeLeft } from "../shell/times";

const SENDING = 0.4; // share of the bar; the rest is reading
const MOST_FILES = 5000;

interface Started {
  intake: { id: number; job: string };
  not_taken: { name: string; reason: string }[];
}

class ReportImport {
  private files: Dropped[] = [];
  private stop = new AbortController();
  private job: string | null = null;
  private isBusy = false;

  constructor(private readonly root: HTMLElement) {
    this.part("cancel").onclick = () => this.cancel();
    this.part("columns").addEventListener("click", (event) => this.onColumns(event.target as Element));
  }

  part(name: string): HTMLElement {
    return this.root.querySelector<HTMLElement>(`[data-${name}]`) as HTMLElement;
  }

  private show(stage: string, share: number, message: string, left = ""): void {
    this.part("progress").hidden = false;
    this.part("stage").textContent = stage;
    this.part("left").textContent = left;
    this.part("message").textContent = message;
    this.part("bar").style.width = `${Math.round(100 * share)}%`;
    this.part("bar").parentElement?.setAttribute("aria-valuenow", String(Math.round(100 * share)));
  }

  private cancel(): void {
    this.stop.abort();
    if (this.job) void fetch(`/api/jobs/${this.job}/cancel/`, { method: "POST", headers: { "X-CSRFToken": csrfToken() } });
  }

  tell(words: string | Node, kind: "danger" | "warning" = "danger"): void {
    const alert = document.createElement("div");
    alert.className = `alert alert-${kind} d-block`;
    alert.setAttribute("role", "alert");
    alert.append(words);
    this.part("outcome").replaceChildren(alert);
    this.part("progress").hidden = true;
  }

  /** Files have come: ask what a table's columns are, else send at once. */
  async take(files: Dropped[]): Promise<void> {
    if (this.isBusy || !files.length) return;
    this.part("outcome").replaceChildren();
    this.part("columns").replaceChildren();
    this.part("progress").hidden = true;
    this.files = files;
    if (files.length > MOST_FILES) return this.tell(`${files.length} files are too many for one go (${MOST_FILES}). Pack them as a zip and drop that.`);
    const table = tableAmong(files);
    const format = this.option("format");
    if (table && ["", "csv", "excel"].includes(format) && (await this.askColumns(table))) return;
    await this.import({});
  }

  /** Whether there is something to ask. */
  private async askColumns(table: Dropped): Promise<boolean> {
    const { part, isCut } = head(table);
    const body = new FormData();
    body.append("head", part, "table");
    body.append("name", table.name);
    body.append("is_cut", isCut ? "1" : "0");
    const answer = await fetch(this.root.dataset["preview"] ?? "", { method: "POST", body, headers: { "X-CSRFToken": csrfToken() } }).catch(() => null);
    if (!answer?.ok) return false;
    this.part("columns").innerHTML = await answer.text();
    const more = this.files.length > 1 ? ` and ${this.files.length - 1} more` : "";
    this.part("table-name").textContent = `${table.name}${more}`;
    this.part("columns").scrollIntoView({ block: "nearest" });
    this.part("import-now").focus();
    return true;
  }

  private onColumns(target: Element): void {
    if (target.closest("[data-leave]")) this.part("columns").replaceChildren();
    if (!target.closest("[data-import-now]")) return;
    const pairs = [...this.root.querySelectorAll<HTMLSelectElement>("[data-column]")].map((one) => [one.dataset["column"] ?? "", one.value, one.dataset["guess"] ?? ""] as const);
    const { map, twice } = chosenMap(pairs);
    if (twice) return this.tell(`Two columns are chosen for the same thing; “${twice}” is the second one.`);
    void this.import(map);
  }

  private option(name: string): string {
    return this.root.querySelector<HTMLInputElement>(`[data-option=${name}]`)?.value.trim() ?? "";
  }

  private form(map: Record<string, string>): FormData {
    const body = new FormData();
    for (const name of ["format", "language", "encoding", "sender", "name_is"]) body.append(name, this.option(name));
    if (Object.keys(map).length) body.append("map", JSON.stringify(map));
    for (const { file, name } of this.files) {
      body.append("files", file, file.name);
      body.append("names", name);
    }
    return body;
  }

  private async import(map: Record<string, string>): Promise<void> {
    if (this.isBusy) return;
    this.isBusy = true;
    this.stop = new AbortController();
    this.part("columns").replaceChildren();
    this.part("outcome").replaceChildren();
    const count = `${this.files.length} file${this.files.length === 1 ? "" : "s"}`;
    const began = performance.now();
    try {
      this.show("Sending", 0, count);
      const started = await send<Started>(`/api/projects/${this.root.dataset["project"]}/report-intakes/`, this.form(map), (share) => {
        const seconds = (performance.now() - began) / 1000;
        this.show("Sending", SENDING * share, count, timeLeft(share > 0.02 ? (seconds * (1 - share)) / share : null));
      }, this.stop.signal);
      this.job = started.intake.job;
      await this.follow(started.intake.job);
      this.onward(started);
    } catch (error) {
      const isStopped = (error as Error).name === "AbortError";
      this.tell(isStopped ? "Cancelled before anything was imported. Drop the files again when you like." : (error as Error).message);
    } finally {
      this.isBusy = false;
      this.job = null;
    }
  }

  /** Until the job is over, however it ends: its own page says how. */
  private follow(job: string): Promise<void> {
    return new Promise((resolve) => {
      const stream = listen(`/api/jobs/${job}/events/`, (now) => {
        const message = now.message || (now.state === "queued" ? "Waiting for a worker" : "Reading the records");
        this.show("Importing", SENDING + (1 - SENDING) * now.progress, message, timeLeft(now.seconds_left));
        if (!isOver(now)) return;
        stream.close();
        resolve();
      });
    });
  }

  private onward({ intake, not_taken }: Started): void {
    const address = `/p/${this.root.dataset["project"]}/reports/import/${intake.id}/`;
    if (!not_taken.length) return location.assign(address);
    const list = document.createElement("ul");
    for (const { name, reason } of not_taken.slice(0, 50)) {
      const line = document.createElement("li");
      line.textContent = `${name}: ${reason}`;
      list.append(line);
    }
    const link = document.createElement("a");
    link.href = address;
    link.textContent = "What became of the others";
    const all = document.createDocumentFragment();
    all.append(`${not_taken.length} files were not taken.`, list, link);
    this.tell(all, "warning");
  }
}

function wire(root: HTMLElement): void {
  const importing = new ReportImport(root);
  dropZone(importing.part("drop"), (transfer) => {
    void dropped(transfer, () => undefined).then((files) => importing.take(files));
  });
  for (const input of root.querySelectorAll<HTMLInputElement>("[data-choose]")) {
    input.addEventListener("change", () => {
      void importing.take(chosen(input.files ?? new DataTransfer().files));
      input.value = "";
    });
  }
}

for (const root of document.querySelectorAll<HTMLElement>("[data-report-import]")) wire(root);
