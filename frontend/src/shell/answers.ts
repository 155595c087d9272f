/** Answers to HTMX that are no part of the page: of a session that has ended, of a server that failed, and silence. */
const ENDED = "You are signed out, or this page is older than the program. Nothing was changed; load the page again.";
const FAILED = "RadLoop could not answer. Nothing was changed; try again, and tell an administrator if it stays so.";
const SILENT = "RadLoop does not answer. What you see may be out of date.";

interface Answer {
  xhr: XMLHttpRequest;
  serverResponse: string;
  shouldSwap: boolean;
}

export const isWholePage = (answer: string): boolean => /^\s*<!doctype html/i.test(answer);

/** A whole page is never put into a part of this one. */
export function refuseWholePages(root: Document): void {
  root.addEventListener("htmx:beforeSwap", (event) => {
    const answer = (event as CustomEvent<Answer>).detail;
    if (!isWholePage(answer.serverResponse)) return;
    answer.shouldSwap = false;
    say(root, answer.xhr.status >= 500 ? FAILED : ENDED);
  });
  root.addEventListener("htmx:sendError", () => say(root, SILENT));
  root.addEventListener("htmx:afterOnLoad", () => root.querySelector("[data-silent]")?.remove());
}

function say(root: Document, words: string): void {
  const place = root.getElementById("messages");
  if (!place || place.textContent?.includes(words)) return;
  const message = root.createElement("div");
  message.className = "alert alert-danger";
  message.setAttribute("role", "alert");
  if (words === SILENT) message.dataset["silent"] = "";
  message.textContent = words;
  place.append(message);
  message.scrollIntoView({ block: "center" });
}
