/** Dropping a folder: sent in portions, then followed as a job; progress, time left and cancel in one place. */
import { csrfToken } from "../api/csrf";
import { type Dropped, chosen, dropped, dropZone, portions } from "../shell/dropped";
import { type Job, isOver } from "../shell/jobs";
import { timeLeft } from "../shell/times";

const AT_ONCE = 2;
const ATTEMPTS = 4;
const SENDING = 0.5; // share of the bar; the rest is looking at the files

class Refused extends Error {}

interface Received {
  name: string;
  reason: string;
}

async function ask<T>(address: string, init: RequestInit): Promise<T> {
  const headers: Record<string, string> = { "X-CSRFToken": csrfToken(), Accept: "application/json" };
  if (typeof init.body === "string") headers["Content-Type"] = "application/json";
  const answer = await fetch(address, { ...init, headers });
  const body = (await answer.json().catch(() => ({}))) as T & { title?: string; detail?: string };
  if (answer.ok) return body;
  const reason = body.title ?? body.detail ?? `The server answered ${answer.status}.`;
  // A refusal stays one however often it is asked; only what the network or a busy server did is tried again.
  throw answer.status < 500 && answer.status !== 429 ? new Refused(reason) : new Error(reason);
}

const pause = (seconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, 1000 * seconds));

async function persistently<T>(address: string, init: () => RequestInit): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await ask<T>(address, init());
    } catch (error) {
      if (error instanceof Refused || (error as Error).name === "AbortError" || attempt === ATTEMPTS) throw error;
      await pause(2 ** attempt);
    }
  }
}

class Import {
  private readonly started = performance.now();
  private readonly stop = new AbortController();
  private sentBytes = 0;
  private job: Job | null = null;
  private readonly notTaken: Received[] = [];

  constructor(
    private readonly root: HTMLElement,
    private readonly files: Dropped[],
  ) {
    this.part("cancel").onclick = () => this.cancel();
  }

  private part(name: string): HTMLElement {
    return this.root.querySelector<HTMLElement>(`[data-${name}]`) as HTMLElement;
  }

  private show(stage: string, share: number, message: string, left = ""): void {
    this.part("progress").hidden = false;
    this.part("stage").textContent = stage;
    this.part("left").textContent = left;
    this.part("message").textContent = message;
    const percent = Math.round(100 * share);
    this.part("bar").style.width = `${percent}%`;
    this.part("bar").parentElement?.setAttribute("aria-valuenow", String(percent));
  }

  private cancel(): void {
    this.stop.abort();
    if (this.job) void ask(`/api/jobs/${this.job.id}/cancel/`, { method: "POST" });
  }

  private options(): Record<string, unknown> {
    const kind = this.root.querySelector<HTMLSelectElement>("[data-source-kind]")?.value ?? "unknown";
    const name = this.root.querySelector<HTMLInputElement>("[data-source-name]")?.value.trim() ?? "";
    const site = this.root.querySelector<HTMLInputElement>("[data-site]")?.value.trim() ?? "";
    const create = this.root.querySelector<HTMLInputElement>("[data-create-findings]")?.checked ?? true;
    const worklist = Number(this.root.querySelector<HTMLSelectElement>("[data-worklist]")?.value) || null;
    return { source: kind === "unknown" ? "" : `${kind}:${name}`, create_findings: create, worklist, site };
  }

  async run(): Promise<void> {
    const project = this.root.dataset["project"] ?? "";
    const batch = await persistently<{ id: number }>(`/api/projects/${project}/imports/`, () => ({
      method: "POST",
      body: JSON.stringify(this.options()),
    }));
    await this.send(batch.id);
    this.job = await persistently<Job>(`/api/imports/${batch.id}/start/`, () => ({ method: "POST" }));
    await this.follow(this.job);
    const address = this.root.dataset["after"] || `/p/${project}/import/${batch.id}/`;
    if (this.notTaken.length) this.tell(address);
    else location.assign(address);
  }

  private async send(batch: number): Promise<void> {
    const total = this.files.reduce((sum, { file }) => sum + file.size, 0);
    const waiting = portions(this.files);
    let sentFiles = 0;
    const worker = async (): Promise<void> => {
      for (let portion = waiting.shift(); portion; portion = waiting.shift()) {
        await this.sendPortion(batch, portion);
        sentFiles += portion.length;
        this.sentBytes += portion.reduce((sum, { file }) => sum + file.size, 0);
        const share = total ? this.sentBytes / total : 1;
        const seconds = (performance.now() - this.started) / 1000;
        const left = timeLeft(share > 0.02 ? (seconds * (1 - share)) / share : null);
        this.show("Sending", SENDING * share, `${sentFiles} of ${this.files.length} files sent`, left);
      }
    };
    this.show("Sending", 0, `${this.files.length} files`);
    await Promise.all(Array.from({ length: AT_ONCE }, worker));
  }

  private async sendPortion(batch: number, portion: Dropped[]): Promise<void> {
    const answer = await persistently<{ received: Received[] }>(`/api/imports/${batch}/files/`, () => {
      const body = new FormData();
      for (const { file, name } of portion) {
        body.append("files", file, file.name);
        body.append("names", name);
      }
      return { method: "POST", body, signal: this.stop.signal };
    });
    this.notTaken.push(...answer.received.filter(({ reason }) => reason));
  }

  /** Files that the server did not even take (their names lead elsewhere, the disk is full): named before moving on. */
  private tell(address: string): void {
    const list = document.createElement("ul");
    for (const { name, reason } of this.notTaken.slice(0, 50)) {
      const line = document.createElement("li");
      line.textContent = `${name}: ${reason}`;
      list.append(line);
    }
    const onward = document.createElement("a");
    onward.href = address;
    onward.textContent = "What became of the others";
    const alert = document.createElement("div");
    alert.className = "alert alert-warning d-block";
    alert.append(`${this.notTaken.length} files were not taken.`, list, onward);
    this.part("outcome").replaceChildren(alert);
  }

  /** Until the job is over, however it ends. A stream that breaks is opened again by the browser. */
  private follow(job: Job): Promise<void> {
    return new Promise((resolve) => {
      const stream = new EventSource(`/api/jobs/${job.id}/events/`);
      stream.addEventListener("job", (event) => {
        const now = JSON.parse((event as MessageEvent<string>).data) as Job;
        const message = now.message || (now.state === "queued" ? "Waiting for a worker" : "Looking at the files");
        this.show("Importing", SENDING + (1 - SENDING) * now.progress, message, timeLeft(now.seconds_left));
        if (!isOver(now)) return;
        stream.close();
        resolve();
      });
    });
  }
}

function begin(root: HTMLElement, files: Dropped[]): void {
  const outcome = root.querySelector<HTMLElement>("[data-outcome]") as HTMLElement;
  const progress = root.querySelector<HTMLElement>("[data-progress]") as HTMLElement;
  outcome.textContent = "";
  if (!files.length || root.dataset["busy"] !== undefined) return;
  root.dataset["busy"] = "";
  new Import(root, files).run().catch((error: Error) => {
    progress.hidden = true;
    const alert = document.createElement("div");
    alert.className = "alert alert-danger";
    alert.setAttribute("role", "alert");
    const stopped = error.name === "AbortError";
    alert.textContent = stopped ? "Cancelled. Nothing of it has been imported; drop the folder again when you like." : error.message;
    outcome.replaceChildren(alert);
  }).finally(() => delete root.dataset["busy"]);
}

function wire(root: HTMLElement): void {
  dropZone(root.querySelector<HTMLElement>("[data-drop]") as HTMLElement, (transfer) => {
    const message = root.querySelector("[data-message]") as HTMLElement;
    (root.querySelector("[data-progress]") as HTMLElement).hidden = false;
    void dropped(transfer, (count) => (message.textContent = `${count} files found`)).then((files) => begin(root, files));
  });
  for (const input of root.querySelectorAll<HTMLInputElement>("[data-choose]")) {
    input.addEventListener("change", () => begin(root, chosen(input.files ?? new DataTransfer().files)));
  }
  const kind = root.querySelector<HTMLSelectElement>("[data-source-kind]");
  const name = root.querySelector<HTMLInputElement>("[data-source-name]");
  kind?.addEventListener("change", () => {
    if (name) name.hidden = kind.value === "unknown";
  });
}

for (const root of document.querySelectorAll<HTMLElement>("[data-import]")) wire(root);
