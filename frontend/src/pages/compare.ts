/** Comparisons, advice and the planner: tables sort and can be taken along; HTMX renews what changes. */
import "./learning.css";
import "./compare.css";

import { draw } from "../charts/lines";
import { powerChart, type PowerPoint } from "../charts/power";
import { followTables } from "../tables/sort";
import { followControl } from "./control-arm";

function drawPower(): void {
  const element = document.querySelector<HTMLElement>("[data-chart=power]");
  const text = document.getElementById("power-curve")?.textContent;
  if (!element || !text) return;
  const points = JSON.parse(text) as PowerPoint[];
  if (points.length) draw(element, powerChart(points, Number(element.dataset["wanted"])));
}

followTables(document);
followControl(document);
drawPower();
document.addEventListener("htmx:afterSettle", drawPower);
