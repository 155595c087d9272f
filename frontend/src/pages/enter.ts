/** Enter in a field with `data-enter` presses the button that it names, not the form's first one. */
export function followEnter(root: Document): void {
  root.addEventListener("keydown", (event) => {
    const field = event.target;
    if (event.key !== "Enter" || !(field instanceof HTMLInputElement) || !field.dataset["enter"]) return;
    event.preventDefault();
    root.getElementById(field.dataset["enter"])?.click();
  });
}
