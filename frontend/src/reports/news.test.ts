import { expect, test } from "vitest";

import type { Job } from "../shell/jobs";
import { isNews } from "./news";

const DRAWN = { at: "2026-11-26T10:00:00+00:00", work: ["reports.extract"] };
const job = (over: Partial<Job>): Job => ({ id: "a", kind: "reports.extract", state: "done", finished_at: "2026-11-26T10:00:01Z", ...over }) as Job;

function storage(): Pick<Storage, "getItem" | "setItem"> {
  const kept = new Map<string, string>();
  return { getItem: (key) => kept.get(key) ?? null, setItem: (key, value) => void kept.set(key, value) };
}

test("what ended after the page was begun is news, once", () => {
  const told = storage();
  expect([isNews(job({}), DRAWN, told), isNews(job({}), DRAWN, told), isNews(job({ id: "b" }), DRAWN, told)]).toEqual([true, false, true]);
});

test.each([
  ["ended before", { finished_at: "2026-11-26T09:59:59Z" }],
  ["still running", { state: "running", finished_at: null }],
  ["other work", { kind: "learning.train" }],
] as const)("%s: no news", (_, over) => {
  expect(isNews(job(over), DRAWN, storage())).toBe(false);
});

test("a page that does not say when it was drawn is left alone", () => {
  expect(isNews(job({}), { at: "", work: ["reports.extract"] }, storage())).toBe(false);
});
