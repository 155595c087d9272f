/** Fields that are of no use unless another has a certain value are put away until it has: `data-only-with="path=a,b"`,
 * or `data-only-with="path"` for boxes of which any is ticked. */

export function followConditions(root: ParentNode): void {
  const fields = Array.from(root.querySelectorAll<HTMLElement>("[data-only-with]"));
  const renew = () => fields.forEach((field) => (field.hidden = !isOfUse(root, field)));
  root.addEventListener("change", renew);
  // What the server found wrong arrives later than the change that it is about.
  root.addEventListener("htmx:oobAfterSwap", renew);
  renew();
}

/** A field whose value was refused stays in sight, whatever the condition says. */
function isOfUse(root: ParentNode, field: HTMLElement): boolean {
  const [path = "", values] = (field.dataset["onlyWith"] ?? "").split("=");
  const other = root.querySelector<HTMLInputElement | HTMLSelectElement>(`[name="${path}"]`);
  if (!other || field.querySelector(".field-error")?.textContent?.trim()) return true;
  if (values === undefined) return root.querySelector(`[name="${path}"]:checked`) !== null;
  return values.split(",").includes(other.value);
}
