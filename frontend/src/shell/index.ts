/** The frame's behaviour: forms sent once, jobs followed, times written, the navigation opened on small screens. */
import "./shell.css";
import "./content.css";

import { refuseWholePages } from "./answers";
import { keys, sendOnce } from "./forms";
import { followJobs } from "./jobs";
import { writeTimes } from "./times";

function openNavigation(root: Document): void {
  root.addEventListener("click", (event) => {
    const button = (event.target as Element).closest<HTMLElement>("[data-toggle-navigation]");
    if (!button) return;
    const open = root.getElementById("project-navigation")?.classList.toggle("open") ?? false;
    button.setAttribute("aria-expanded", String(open));
  });
}

/** What scrolls within the page can be reached and scrolled with the keyboard. */
function reachable(root: ParentNode): void {
  for (const box of root.querySelectorAll<HTMLElement>(".table-responsive, .log")) {
    if (box.scrollWidth > box.clientWidth || box.scrollHeight > box.clientHeight) box.tabIndex = 0;
    else box.removeAttribute("tabindex");
  }
}

reachable(document);
window.addEventListener("resize", () => reachable(document));
document.addEventListener("toggle", () => reachable(document), true);
sendOnce(document);
refuseWholePages(document);
keys(document);
followJobs(document);
openNavigation(document);
writeTimes(document);
document.addEventListener("htmx:afterSettle", (event) => {
  writeTimes(event.target as Element);
  reachable(document);
});
document.addEventListener("htmx:oobAfterSwap", () => writeTimes(document));
