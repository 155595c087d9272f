/** One run: its curve grows while it trains. */
import "./learning.css";
import "./compare.css";

import type { Line } from "../charts/chart";
import { curvesOf, meanOf, merged, type Curves, type Epoch } from "../charts/epochs";
import { draw } from "../charts/lines";
import { colour } from "../charts/theme";
import { followTables } from "../tables/sort";

const holder = document.getElementById("curves");
const names = read<Record<string, string>>("finding-names") ?? {};
let epochs = read<Epoch[]>("epochs") ?? [];
let asking = false;

function read<T>(id: string): T | null {
  const text = document.getElementById(id)?.textContent;
  return text ? (JSON.parse(text) as T) : null;
}

const chart = (name: string): HTMLElement | null => document.querySelector(`[data-chart=${name}]`);
const isRunning = (): boolean => ["queued", "running"].includes(document.getElementById("run-state")?.dataset["state"] ?? "");

function show(): void {
  const curves = curvesOf(epochs);
  const loss = chart("loss");
  const auroc = chart("auroc");
  if (!loss || !auroc) return;
  if (!curves) {
    const text = isRunning() ? "The first epoch will appear here." : "No epoch was finished.";
    for (const element of [loss, auroc]) element.innerHTML = `<p class="chart-empty">${text}</p>`;
    return;
  }
  const common = { x: curves.x, xLabel: "epoch", ...(isRunning() ? { xMost: curves.epochs } : {}) };
  const validation = curves.validation.some((value) => value !== null);
  draw(loss, {
    ...common,
    yLabel: "loss per target",
    lines: [
      { label: "training", colour: colour(7), values: curves.train },
      ...(validation ? [{ label: "validation (● best so far)", colour: colour(0), values: curves.validation, marks: bestMarks(curves) }] : []),
    ],
  });
  if (validation) drawAuroc(auroc, curves, common);
  else auroc.innerHTML = '<p class="chart-empty">This training keeps nobody aside: it is the last one, on everything, after the folds.</p>';
  note(curves);
  table(curves);
}

function bestMarks(curves: Curves): ("full" | null)[] {
  const best = curves.best.lastIndexOf(true);
  return curves.best.map((_, index) => (index === best ? "full" : null));
}

/** So many lines can be told apart; of more, the mean is drawn before the others, and all stand in the table. */
const MOST_LINES = 7;

function drawAuroc(element: HTMLElement, curves: Curves, common: { x: number[]; xLabel: string }): void {
  const several = curves.auroc.length > MOST_LINES;
  const lines: Line[] = curves.auroc.map(({ finding, values }, index) => ({
    label: names[finding] ?? finding, values, ...(several ? { colour: `${colour(7)}55`, untold: true } : { colour: colour(index) }),
  }));
  if (several) lines.push({ label: `mean of ${lines.length} findings, each of them in grey`, colour: colour(0), values: meanOf(curves) });
  draw(element, { ...common, yLabel: curves.figure, lines, ...(curves.figure === "AUROC" ? { level: { value: 0.5, label: "chance" } } : {}) });
}

function note(curves: Curves): void {
  const element = document.querySelector<HTMLElement>("[data-chart-note]");
  const folds = new Set(epochs.map((one) => one.values.fold)).size;
  if (!element || folds < 2) return;
  element.hidden = false;
  element.textContent = `Fold ${curves.fold + 1} is shown; every fold trains anew.`;
}

/** Rows are added, not written anew: a training may have a thousand epochs. */
function table(curves: Curves): void {
  const element = document.querySelector<HTMLTableElement>("[data-epoch-table]");
  if (!element) return;
  if (element.dataset["fold"] !== String(curves.fold)) {
    element.dataset["fold"] = String(curves.fold);
    element.tHead?.remove();
    for (const body of element.tBodies) body.remove();
    const heads = ["epoch", "training loss", "validation loss", ...curves.auroc.map(({ finding }) => `${curves.figure} ${names[finding] ?? finding}`)];
    element.createTHead().insertRow().append(...heads.map((text) => cell("th", text)));
    element.createTBody();
  }
  const body = element.tBodies[0] as HTMLTableSectionElement;
  const number = (value: number | null | undefined): string => (value == null ? "–" : value.toFixed(4));
  for (let i = body.rows.length; i < curves.x.length; i++) {
    const row = [String(curves.x[i]), number(curves.train[i]), number(curves.validation[i]), ...curves.auroc.map((one) => number(one.values[i]))];
    body.insertRow().append(...row.map((text) => cell("td", text)));
  }
}

function cell(tag: "th" | "td", text: string): HTMLElement {
  const element = document.createElement(tag);
  element.className = "num";
  element.textContent = text;
  if (tag === "th") element.setAttribute("scope", "col");
  return element;
}

async function ask(): Promise<void> {
  const address = holder?.dataset["epochsUrl"];
  if (!address || asking) return;
  asking = true;
  try {
    const answer = await fetch(`${address}?after=${epochs.at(-1)?.epoch ?? -1}`);
    const news = answer.ok ? ((await answer.json()) as Epoch[]) : [];
    if (!news.length) return;
    epochs = merged(epochs, news);
    show();
  } catch {
    // The next event or the timer asks again.
  } finally {
    asking = false;
  }
}

show();
followTables(document);
document.addEventListener("radloop:job", () => void ask());
document.addEventListener("htmx:afterSettle", (event) => {
  if ((event.target as Element).id === "run-state") void ask().then(show);
});
setInterval(() => {
  if (isRunning()) void ask();
}, 3000);
