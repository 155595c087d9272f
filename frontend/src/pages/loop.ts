/** The loop: HTMX renews its parts when jobs change; the curve is drawn whenever its part is new. */
import "./learning.css";

import { draw } from "../charts/lines";
import { loopChart, type Turn } from "../charts/loop-curve";
import { followTables } from "../tables/sort";

function drawCurve(): void {
  const element = document.querySelector<HTMLElement>("[data-chart=loop]");
  const data = document.getElementById("loop-curve")?.textContent;
  if (element && data && !element.hasChildNodes()) draw(element, loopChart(JSON.parse(data) as Turn[]));
}

drawCurve();
followTables(document);
document.addEventListener("htmx:afterSettle", drawCurve);
