/** Fields that are of no use unless another has a certain value are put away until it has: `data-only-with="path=a,b"`. */

export function followConditions(root: ParentNode): void {
  const fields = Array.from(root.querySelectorAll<HTMLElement>("[data-only-with]"));
  const renew = () => fields.forEach((field) => (field.hidden = !isOfUse(root, field)));
  root.addEventListener("change", renew);
  renew();
}

/** A field whose value was refused stays in sight, whatever the condition says. */
function isOfUse(root: ParentNode, field: HTMLElement): boolean {
  const [path = "", values = ""] = (field.dataset.onlyWith ?? "").split("=");
  const other = root.querySelector<HTMLInputElement | HTMLSelectElement>(`[name="${path}"]`);
  const refused = field.querySelector(".field-error")?.textContent?.trim();
  return !other || Boolean(refused) || values.split(",").includes(other.value);
}
