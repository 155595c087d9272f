/** The form of a recipe: what is chosen says what it means, what differs is marked, findings are chosen at a press. */

export function followMeanings(root: ParentNode): void {
  root.addEventListener("change", (event) => {
    const field = event.target as HTMLSelectElement;
    const told = root.querySelector(`[data-meaning-of="${field.name}"]`);
    if (told) told.textContent = meaning(root, field.name, field.value);
  });
}

function meaning(root: ParentNode, path: string, choice: string): string {
  const term = root.querySelector(`[data-meanings="${path}"] [data-choice="${CSS.escape(choice)}"]`);
  return term?.nextElementSibling?.textContent ?? "";
}

/** A field that differs from its default is marked, as the server marks those of a preset. */
export function markChanges(root: ParentNode): void {
  root.addEventListener("change", (event) => {
    const field = event.target as HTMLInputElement;
    const holder = field.closest<HTMLElement>(".recipe-field");
    const usual = holder?.dataset["default"];
    if (!holder || usual === undefined) return;
    const now = field.type === "checkbox" ? String(field.checked) : field.value.trim();
    holder.classList.toggle("changed", now !== usual && (now === "" || Number(now) !== Number(usual)));
  });
}

/** Pictures of the recipe as it was say so. */
export function outdatePreviews(root: ParentNode): void {
  root.addEventListener("change", () => {
    for (const note of root.querySelectorAll<HTMLElement>(".preview-stale")) note.hidden = false;
  });
}

/** The button comes and goes with the plan, so the page listens for it. */
export function offerLearnable(root: ParentNode): void {
  root.addEventListener("click", (event) => {
    const button = (event.target as Element).closest<HTMLElement>("[data-learnable]");
    if (!button) return;
    const wanted = (button.dataset["learnable"] ?? "").split(",");
    const boxes = root.querySelectorAll<HTMLInputElement>('[name="targets.findings"]');
    for (const box of boxes) box.checked = wanted.includes(box.value);
    boxes[0]?.dispatchEvent(new Event("change", { bubbles: true }));
  });
}
