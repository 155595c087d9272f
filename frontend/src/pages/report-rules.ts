/** Rules: phrases added and removed, names as chips; whatever changes is tried on the text beside the form. */
import "./learning.css";
import "./report.css";

import { hideWhy, showWhy } from "../reports/why";

function changed(): void {
  document.body.dispatchEvent(new CustomEvent("radloop:rules"));
}

function addPhrase(form: HTMLElement): void {
  const template = document.querySelector<HTMLTemplateElement>("[data-phrase-template]");
  const place = form.querySelector<HTMLElement>("[data-phrases]");
  if (!template || !place) return;
  place.append(template.content.cloneNode(true));
  form.querySelector("[data-no-phrase]")?.remove();
  place.lastElementChild?.querySelector<HTMLElement>("textarea")?.focus();
}

/** Only a phrase that names a finding says which. */
function followKinds(form: HTMLElement): void {
  for (const phrase of form.querySelectorAll<HTMLElement>("[data-phrase]")) {
    const kind = phrase.querySelector<HTMLSelectElement>("select")?.value;
    const finding = phrase.querySelector<HTMLInputElement>("[name=phrase-finding]");
    if (finding) finding.hidden = kind !== "finding";
  }
}

function addChip(input: HTMLInputElement): void {
  const name = input.value.trim();
  if (!name) return;
  const chip = document.createElement("span");
  chip.className = "tag name-chip";
  const value = document.createElement("input");
  value.type = "hidden";
  value.name = `map-${input.dataset["code"]}`;
  value.value = name;
  const off = document.createElement("button");
  off.type = "button";
  off.className = "chip-off";
  off.dataset["chipOff"] = "";
  off.setAttribute("aria-label", `Take ${name} away`);
  off.textContent = "×";
  chip.append(name, value, off);
  input.before(chip);
  input.value = "";
  changed();
}

function wire(form: HTMLElement): void {
  form.addEventListener("click", (event) => {
    const target = event.target as Element;
    if (target.closest("[data-add-phrase]")) addPhrase(form);
    const phrase = target.closest("[data-remove-phrase]")?.closest("[data-phrase]");
    const chip = target.closest("[data-chip-off]")?.closest(".name-chip");
    phrase?.remove();
    chip?.remove();
    if (phrase || chip) changed();
    followKinds(form);
  });
  form.addEventListener("change", (event) => {
    const target = event.target as HTMLElement;
    if (target.matches("[data-chip-add]")) addChip(target as HTMLInputElement);
    followKinds(form);
  });
  form.addEventListener("keydown", (event) => {
    const target = event.target as HTMLElement;
    if (event.key !== "Enter" || !target.matches("input:not([name=note])")) return;
    // Enter takes a name; the form is saved by its button alone.
    event.preventDefault();
    if (target.matches("[data-chip-add]")) addChip(target as HTMLInputElement);
  });
  followKinds(form);
}

function explain(root: HTMLElement): void {
  const over = (event: Event): void => {
    const mark = (event.target as Element).closest<HTMLElement>("[data-m]");
    const card = mark && document.getElementById(`why-${mark.dataset["m"]?.split(" ")[0]}`);
    if (mark && card) showWhy(card, mark);
  };
  for (const kind of ["pointerover", "focusin"]) root.addEventListener(kind, over);
  for (const kind of ["pointerout", "focusout"]) root.addEventListener(kind, hideWhy);
}

const form = document.querySelector<HTMLElement>("[data-rules-form]");
const tried = document.getElementById("tried");
if (form) wire(form);
if (tried) explain(tried);
