/** Whether a job has written what a page was drawn without. */
import { isOver, type Job } from "../shell/jobs";

export interface Drawn {
  /** The server's time, as it began to draw the page; empty: the page does not say. */
  readonly at: string;
  /** Kinds of jobs whose work it shows. */
  readonly work: readonly string[];
}

const KEY = "reports-drawn-for";

/** True once per job, whatever the clocks say, so that a page is never drawn anew for ever. */
export function isNews(job: Job, drawn: Drawn, told: Pick<Storage, "getItem" | "setItem">): boolean {
  if (!drawn.at || !isOver(job) || !job.finished_at || !drawn.work.includes(job.kind)) return false;
  if (Date.parse(job.finished_at) < Date.parse(drawn.at) || told.getItem(KEY) === job.id) return false;
  told.setItem(KEY, job.id);
  return true;
}
