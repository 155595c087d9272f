/** Forms are sent once: a second click finds the button disabled until the answer has come. */
export function sendOnce(root: Document): void {
  root.addEventListener("submit", (event) => {
    const form = event.target as HTMLFormElement;
    if (event.defaultPrevented || form.method !== "post") return;
    if (form.dataset["sent"] !== undefined) {
      event.preventDefault();
      return;
    }
    const question = (event.submitter as HTMLElement | null)?.dataset["confirm"];
    if (question && !window.confirm(question)) {
      event.preventDefault();
      return;
    }
    form.dataset["sent"] = "";
    // Disabled only after the browser has read the pressed button's own name and value.
    setTimeout(() => {
      for (const button of form.querySelectorAll<HTMLButtonElement>("button[type=submit]")) button.disabled = true;
    });
  });
  // Coming back with the browser's own button finds the form usable again.
  window.addEventListener("pageshow", () => {
    for (const form of root.querySelectorAll<HTMLFormElement>("form[data-sent]")) {
      delete form.dataset["sent"];
      for (const button of form.querySelectorAll<HTMLButtonElement>("button[type=submit]")) button.disabled = false;
    }
  });
}

/** Enter, pressed where nothing has the focus, takes the page's main way on; a changed filter is sent at once. */
export function keys(root: Document): void {
  root.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.defaultPrevented || (root.activeElement && root.activeElement !== root.body)) return;
    root.querySelector<HTMLElement>("[data-enter]")?.click();
  });
  root.addEventListener("change", (event) => {
    const field = event.target as HTMLSelectElement;
    if (field.dataset["submit"] !== undefined) field.form?.requestSubmit();
  });
}
