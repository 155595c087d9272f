/** One report: its marks, its findings, and what a reader says of them. */
import "./learning.css";
import "./report.css";

import { Review } from "../reports/review";

const root = document.querySelector<HTMLElement>("[data-review]");
const said = document.querySelector<HTMLElement>("[data-said]");
const keys = document.querySelector<HTMLDialogElement>("[data-keys-dialog]");

document.querySelector("[data-keys]")?.addEventListener("click", () => keys?.showModal());
if (root) new Review(root, (words) => said?.replaceChildren(words));
