/** Choosing a recipe as the control arm ticks it: an arm that takes no part can't be what the others are held against. */
export function followControl(root: ParentNode): void {
  root.addEventListener("change", (event) => {
    const chosen = event.target;
    if (!(chosen instanceof HTMLInputElement) || chosen.name !== "control" || !chosen.checked) return;
    const box = root.querySelector<HTMLInputElement>(`input[name="arms"][value="${CSS.escape(chosen.value)}"]`);
    if (box) box.checked = true;
  });
}
