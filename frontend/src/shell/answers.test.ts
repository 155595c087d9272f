import { expect, test } from "vitest";

import { refuseWholePages } from "./answers";

/** As much of a page as is asked: what is heard, and where messages stand. */
function page() {
  const heard: Record<string, (event: unknown) => void> = {};
  const said: string[] = [];
  const place = { get textContent() { return said.join(); }, append: (one: { textContent: string }) => said.push(one.textContent) };
  const root = {
    addEventListener: (what: string, listener: (event: unknown) => void) => { heard[what] = listener; },
    getElementById: () => place,
    createElement: () => ({ dataset: {}, setAttribute: () => {}, scrollIntoView: () => {}, textContent: "" }),
  };
  refuseWholePages(root as unknown as Document);
  const answer = (text: string, status = 200) => {
    const detail = { xhr: { status }, serverResponse: text, shouldSwap: true };
    heard["htmx:beforeSwap"]?.({ detail });
    return detail.shouldSwap;
  };
  return { answer, said };
}

test("the sign-in page is not put into a part of this one", () => {
  const { answer, said } = page();
  expect(answer("\n<!doctype html><html>…")).toBe(false);
  expect(answer("<!DOCTYPE html><html>…", 500)).toBe(false);
  expect(said).toEqual([expect.stringContaining("signed out"), expect.stringContaining("could not answer")]);
});

test("parts are put in place, also those that refuse", () => {
  const { answer, said } = page();
  expect([answer('<div id="plan">'), answer('<div id="messages">', 400)]).toEqual([true, true]);
  expect(said).toEqual([]);
});
