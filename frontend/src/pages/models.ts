/** Models: the list sorts and can be taken along; an ONNX file that is being written tells how far it is. */
import "./learning.css";

import { isOver, type Job } from "../shell/jobs";
import { followTables } from "../tables/sort";

followTables(document);

document.addEventListener("radloop:job", (event) => {
  const job = (event as CustomEvent<Job>).detail;
  const told = document.querySelector(`[data-onnx="${job.id}"] [data-job-message]`);
  if (!told) return;
  if (!isOver(job)) told.textContent = job.message || "being written…";
  else if (document.querySelector(":popover-open")) told.innerHTML = '<a href="">ready: load the page again</a>';
  else location.reload();
});
