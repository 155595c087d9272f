import { expect, test } from "vitest";

import { followConditions } from "./only-with";

function field(condition: string, error = "") {
  return { dataset: { onlyWith: condition }, hidden: false, querySelector: () => ({ textContent: error }) };
}

/** As much of a page as is asked: one select, a box, the fields that wait for them, and what happens on the page. */
function page(value: string, ...fields: ReturnType<typeof field>[]) {
  const select = { value }, box = { checked: false };
  const heard: Record<string, () => void> = {};
  const root = {
    querySelectorAll: () => fields,
    querySelector: (path: string) => {
      if (path === '[name="evaluation.tune"]:checked') return box.checked ? box : null;
      return path === '[name="imbalance.loss"]' ? select : path === '[name="evaluation.tune"]' ? box : null;
    },
    addEventListener: (what: string, listener: () => void) => { heard[what] = listener; },
  };
  followConditions(root as unknown as ParentNode);
  return Object.assign((next: string) => { select.value = next; heard["change"]?.(); }, { box, heard });
}

test("a field is put away until the other has one of its values", () => {
  const gamma = field("imbalance.loss=focal"), both = field("imbalance.loss=focal,ldam");
  const choose = page("cross_entropy", gamma, both);
  expect([gamma.hidden, both.hidden]).toEqual([true, true]);
  choose("ldam");
  expect([gamma.hidden, both.hidden]).toEqual([true, false]);
});

test("a field whose value was refused stays in sight, and so does one whose condition is not on the page", () => {
  const refused = field("imbalance.loss=focal", " too large "), foreign = field("other.thing=yes");
  page("cross_entropy", refused, foreign);
  expect([refused.hidden, foreign.hidden]).toEqual([false, false]);
});

test("a field can wait for any of several boxes", () => {
  const trials = field("evaluation.tune");
  const { box, heard } = page("focal", trials);
  expect(trials.hidden).toBe(true);
  box.checked = true;
  heard["change"]?.();
  expect(trials.hidden).toBe(false);
});

test("a field comes back when the server's refusal of it arrives", () => {
  const error = { textContent: "" };
  const gamma = { ...field("imbalance.loss=focal"), querySelector: () => error };
  const { heard } = page("cross_entropy", gamma);
  expect(gamma.hidden).toBe(true);
  error.textContent = "too large";
  heard["htmx:oobAfterSwap"]?.();
  expect(gamma.hidden).toBe(false);
});
