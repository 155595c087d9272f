import { expect, test } from "vitest";

import { followConditions } from "./only-with";

function field(condition: string, error = "") {
  return { dataset: { onlyWith: condition }, hidden: false, querySelector: () => ({ textContent: error }) };
}

/** As much of a page as is asked: one select, the fields that wait for it, and its change. */
function page(value: string, ...fields: ReturnType<typeof field>[]) {
  const select = { value };
  let changed = () => {};
  const root = {
    querySelectorAll: () => fields,
    querySelector: (path: string) => (path === '[name="imbalance.loss"]' ? select : null),
    addEventListener: (_: string, listener: () => void) => { changed = listener; },
  };
  followConditions(root as unknown as ParentNode);
  return (next: string) => { select.value = next; changed(); };
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
