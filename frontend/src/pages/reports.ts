/** Pages around reports: tables that sort, and a fresh page when a job that it shows has ended. */
import "./learning.css";
import "./report.css";

import { isNews, type Drawn } from "../reports/news";
import { isOver, type Job } from "../shell/jobs";
import { followTables } from "../tables/sort";

const LOOK_EVERY_MS = 4000;
const LEAVING_MS = 5000;
let left = -LEAVING_MS;

const shown = (): HTMLElement[] => [...document.querySelectorAll<HTMLElement>("#report-work [data-job]")];

/** What the job wrote is counted all over the page, so that it is drawn anew; but nobody on the way elsewhere is called back. */
function ended(job: Job): void {
  if (performance.now() - left < LEAVING_MS) {
    setTimeout(() => ended(job), LEAVING_MS); // a download only looked like leaving
    return;
  }
  const isShown = shown().some((one) => one.dataset["job"] === job.id);
  if ((isOver(job) && isShown) || isNews(job, drawn, sessionStorage)) location.reload();
}

/** What the list page says of itself: a job that began and ended while it was drawn is not among those it shows. */
const work = document.getElementById("report-work")?.dataset;
const drawn: Drawn = { at: work?.["drawn"] ?? "", work: (work?.["work"] ?? "").split(" ").filter(Boolean) };

/** A job may have ended before the stream of events was open. */
async function look(): Promise<void> {
  for (const { dataset } of shown()) {
    const answer = await fetch(`/api/jobs/${dataset["job"]}/`, { headers: { Accept: "application/json" } }).catch(() => null);
    if (answer?.ok) ended((await answer.json()) as Job);
  }
}

followTables(document);
addEventListener("beforeunload", () => { left = performance.now(); });
document.addEventListener("radloop:job", (event) => ended((event as CustomEvent<Job>).detail));
if (shown().length) {
  void look();
  setInterval(() => void look(), LOOK_EVERY_MS);
}
