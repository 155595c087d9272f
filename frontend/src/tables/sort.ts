/** Tables marked data-sortable sort by a click on a heading; those with data-csv can be filtered and taken along as CSV. */

/** What a cell is sorted by: data-sort, else its text; numbers as numbers. "" comes last whichever way. */
export function sortKey(cell: HTMLElement | undefined): string | number {
  const text = (cell?.dataset["sort"] ?? cell?.textContent ?? "").trim();
  return text !== "" && Number.isFinite(Number(text)) ? Number(text) : text;
}

export function compare(a: string | number, b: string | number, direction: 1 | -1): number {
  if (a === "" || b === "") return a === b ? 0 : a === "" ? 1 : -1;
  if (typeof a === "number" && typeof b === "number") return direction * (a - b);
  return direction * String(a).localeCompare(String(b), undefined, { numeric: true });
}

function sortBy(table: HTMLTableElement, column: number, direction: 1 | -1): void {
  const body = table.tBodies[0];
  if (!body) return;
  const rows = [...body.rows].map((row) => ({ row, key: sortKey(row.cells[column] as HTMLElement | undefined) }));
  rows.sort((one, two) => compare(one.key, two.key, direction));
  body.append(...rows.map(({ row }) => row));
}

function makeSortable(table: HTMLTableElement): void {
  const headings = [...(table.tHead?.rows[0]?.cells ?? [])];
  headings.forEach((heading, column) => {
    const name = heading.firstChild?.textContent?.trim();
    if (!name) return;
    const button = document.createElement("button");
    button.type = "button";
    button.className = "sort";
    button.append(heading.firstChild as Node);
    heading.prepend(button);
    button.addEventListener("click", () => {
      const direction = heading.ariaSort === "ascending" ? -1 : 1;
      for (const other of headings) other.removeAttribute("aria-sort");
      heading.setAttribute("aria-sort", direction === 1 ? "ascending" : "descending");
      sortBy(table, column, direction);
    });
  });
}

/** One cell for CSV: quoted where it must be, and never a formula in somebody's spreadsheet. */
export function csvCell(text: string): string {
  const plain = text.replace(/\s+/g, " ").trim();
  const safe = /^[=+\-@]/.test(plain) && !/^[+-]?[\d.]/.test(plain) ? `'${plain}` : plain;
  return /[",;]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

function textOf(cell: HTMLElement): string {
  const copy = cell.cloneNode(true) as HTMLElement;
  for (const extra of copy.querySelectorAll(".term, [popover], form, .visually-hidden")) extra.remove();
  for (const block of copy.querySelectorAll("div, .interval")) block.prepend(" ");
  return (copy.textContent ?? "").replaceAll("\u2212", "-");
}

function download(table: HTMLTableElement, name: string): void {
  const rows = [...table.rows].filter((row) => !row.hidden);
  const lines = rows.map((row) => [...row.cells].map((cell) => csvCell(textOf(cell))).join(","));
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([`\uFEFF${lines.join("\r\n")}\r\n`], { type: "text/csv" }));
  link.download = `${name}-research-use-only.csv`;
  link.click();
  URL.revokeObjectURL(link.href);
}

const FILTER_FROM = 8;

function addTools(table: HTMLTableElement, name: string): void {
  const tools = document.createElement("div");
  tools.className = "table-tools";
  const rows = [...(table.tBodies[0]?.rows ?? [])];
  if (rows.length >= FILTER_FROM) {
    const filter = document.createElement("input");
    filter.type = "search";
    filter.className = "form-control form-control-sm";
    filter.placeholder = "Filter";
    filter.setAttribute("aria-label", "Show only rows that contain");
    filter.addEventListener("input", () => {
      const wanted = filter.value.trim().toLowerCase();
      for (const row of rows) row.hidden = !(row.textContent ?? "").toLowerCase().includes(wanted);
    });
    tools.append(filter);
  }
  const button = document.createElement("button");
  button.type = "button";
  button.className = "btn btn-sm btn-ghost-secondary";
  button.textContent = "CSV";
  button.setAttribute("aria-label", "Take this table along as CSV");
  button.addEventListener("click", () => download(table, name));
  tools.append(button);
  (table.closest(".table-responsive") ?? table).after(tools);
}

/** Enhance every table below `root` that was not enhanced before. */
export function enhanceTables(root: ParentNode): void {
  for (const table of root.querySelectorAll<HTMLTableElement>("table[data-sortable]:not([data-ready]), table[data-csv]:not([data-ready])")) {
    table.dataset["ready"] = "";
    if (table.dataset["sortable"] !== undefined) makeSortable(table);
    if (table.dataset["csv"]) addTools(table, table.dataset["csv"]);
  }
}

/** Now, and whenever HTMX has put a part of the page in place. */
export function followTables(root: Document): void {
  enhanceTables(root);
  root.addEventListener("htmx:load", (event) => enhanceTables((event.target as Element).parentElement ?? root));
}
