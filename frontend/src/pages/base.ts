/** What every page but the reading room loads: the design system, HTMX, the theme switch. */
import "@tabler/core/dist/css/tabler.min.css";
import "@tabler/core/dist/js/tabler.esm.js";
import "./base.css";
import "../shell";

import htmx from "htmx.org";

import { csrfToken } from "../api/csrf";

declare global {
  interface Window {
    htmx: typeof htmx;
  }
}

// The content policy forbids eval, and inline styles of indicators are in base.css.
htmx.config.allowEval = false;
htmx.config.includeIndicatorStyles = false;
htmx.config.historyCacheSize = 0;
window.htmx = htmx;

document.addEventListener("htmx:configRequest", (event) => {
  (event as CustomEvent<{ headers: Record<string, string> }>).detail.headers["X-CSRFToken"] = csrfToken();
});

/** Buttons marked data-theme-toggle switch between light and dark; theme.js reads the choice before the page is drawn. */
document.addEventListener("click", (event) => {
  if (!(event.target as Element).closest("[data-theme-toggle]")) return;
  const root = document.documentElement;
  const theme = root.getAttribute("data-bs-theme") === "dark" ? "light" : "dark";
  root.setAttribute("data-bs-theme", theme);
  localStorage.setItem("tabler-theme", theme);
});
