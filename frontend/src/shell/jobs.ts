/** Running jobs in the top bar and wherever a page shows one: progress, time left and cancel in the same place. */
import { csrfToken } from "../api/csrf";
import { timeLeft } from "./times";

export interface Job {
  id: string;
  kind: string;
  label: string;
  state: "queued" | "running" | "done" | "failed" | "cancelled";
  progress: number;
  message: string;
  seconds_left: number | null;
  failure: string;
  finished_at: string | null;
  may_cancel: boolean;
  cancel_requested: boolean;
}

export const isOver = (job: Job): boolean => !["queued", "running"].includes(job.state);

/** The panel of one job; the same markup as partials/job_progress.html. */
export function panel(job: Job): HTMLElement {
  const element = document.createElement("div");
  element.className = "job-progress";
  element.dataset["job"] = job.id;
  element.innerHTML = `
    <div class="d-flex justify-content-between gap-3">
      <strong class="text-truncate" data-job-label></strong>
      <span class="text-secondary text-nowrap num" data-job-left></span>
    </div>
    <div class="progress progress-sm my-1" role="progressbar" aria-valuemin="0" aria-valuemax="100">
      <div class="progress-bar" data-job-bar></div>
    </div>
    <div class="d-flex justify-content-between gap-3 align-items-center">
      <span class="text-secondary text-truncate" data-job-message></span>
      <button class="btn btn-sm btn-ghost-danger" type="button" data-job-cancel>Cancel</button>
    </div>`;
  write(element, job);
  return element;
}

function told(job: Job): string {
  if (isOver(job)) return job.state;
  return job.cancel_requested ? "Cancelling…" : job.message || job.state;
}

/** Bring a panel up to date. */
export function write(element: HTMLElement, job: Job): void {
  const percent = Math.round(100 * job.progress);
  element.dataset["state"] = job.state;
  const part = (name: string): HTMLElement | null => element.querySelector(`[data-job-${name}]`);
  const label = part("label");
  if (label) label.textContent = job.label;
  const left = part("left");
  if (left) left.textContent = isOver(job) ? "" : timeLeft(job.seconds_left);
  const bar = part("bar");
  if (bar) bar.style.width = `${percent}%`;
  const meter = element.querySelector("[role=progressbar]");
  meter?.setAttribute("aria-valuenow", String(percent));
  meter?.setAttribute("aria-label", job.label);
  const message = part("message");
  if (message) message.textContent = job.failure || told(job);
  const cancel = part("cancel") as HTMLButtonElement | null;
  if (cancel) {
    cancel.dataset["jobCancel"] = `/api/jobs/${job.id}/cancel/`;
    cancel.setAttribute("aria-label", `Cancel ${job.label}`);
    cancel.hidden = isOver(job) || job.cancel_requested || !job.may_cancel;
  }
}

/** Job events from an address, for as long as the page is open; the browser reconnects by itself. */
export function listen(address: string, onJob: (job: Job) => void): EventSource {
  const stream = new EventSource(address);
  stream.addEventListener("job", (event) => onJob(JSON.parse((event as MessageEvent<string>).data) as Job));
  window.addEventListener("pagehide", () => stream.close());
  return stream;
}

function showInMenu(menu: HTMLElement, job: Job): void {
  const list = menu.querySelector<HTMLElement>("[data-jobs-list]");
  if (!list) return;
  const known = list.querySelector<HTMLElement>(`[data-job="${job.id}"]`);
  if (known && isOver(job)) known.remove();
  else if (known) write(known, job);
  else if (!isOver(job)) list.append(panel(job));
  const running = list.querySelectorAll("[data-job]").length;
  const none = list.querySelector(".jobs-none");
  if (running) none?.remove();
  else if (!none) list.insertAdjacentHTML("beforeend", '<p class="jobs-none">Nothing is running.</p>');
  const summary = menu.querySelector("[data-jobs-summary]");
  if (summary) summary.textContent = running ? `${running} job${running === 1 ? "" : "s"} running` : "No jobs running";
}

const states = new Map<string, string>();

/** Lists of jobs are fetched again when a job has come or changed its state, not for every step of its progress. */
function renewSoon(root: Document, job: Job): void {
  const known = states.get(job.id);
  states.set(job.id, job.state);
  if (known !== job.state && root.querySelector("[data-live-jobs]")) root.dispatchEvent(new CustomEvent("radloop:renew"));
}

/** Follow the project's jobs: the menu is kept up to date, and pages hear of every change as a `radloop:job` event. */
export function followJobs(root: Document): void {
  root.addEventListener("click", (event) => {
    const button = (event.target as Element).closest<HTMLButtonElement>("[data-job-cancel]");
    const address = button?.dataset["jobCancel"];
    if (!button || !address) return;
    button.disabled = true;
    void fetch(address, { method: "POST", headers: { "X-CSRFToken": csrfToken() } }).finally(() => (button.disabled = false));
  });
  const menu = root.querySelector<HTMLElement>("[data-jobs]");
  const address = menu?.dataset["events"];
  if (!menu || !address) return;
  listen(address, (job) => {
    showInMenu(menu, job);
    for (const element of root.querySelectorAll<HTMLElement>(`main [data-job="${job.id}"]`)) write(element, job);
    root.dispatchEvent(new CustomEvent<Job>("radloop:job", { detail: job }));
    renewSoon(root, job);
  });
}
