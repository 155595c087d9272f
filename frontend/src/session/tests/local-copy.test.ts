import { beforeEach, describe, expect, test, vi } from "vitest";

import { saying } from "./samples";

class Store {
  private readonly kept = new Map<string, string>();
  get length(): number {
    return this.kept.size;
  }
  key = (n: number): string | null => [...this.kept.keys()][n] ?? null;
  getItem = (key: string): string | null => this.kept.get(key) ?? null;
  setItem = (key: string, value: string): void => void this.kept.set(key, value);
  removeItem = (key: string): void => void this.kept.delete(key);
}

type Copies = typeof import("../local-copy");

/** Another page of the same browser. */
async function page(): Promise<Copies> {
  vi.resetModules();
  return import("../local-copy");
}

beforeEach(() => vi.stubGlobal("localStorage", new Store()));

describe("copies in the browser", () => {
  test("two pages with one case keep a copy each, and the newest comes first", async () => {
    vi.useFakeTimers();
    const [here, there] = [await page(), await page()];
    here.keep(5, { base_version: 1, content: saying({ comment: "here" }) });
    vi.advanceTimersByTime(10);
    there.keep(5, { base_version: 2, content: saying({ comment: "there" }) });
    vi.useRealTimers();
    const found = (await page()).found(5);
    expect(found.map((copy) => [copy.base_version, copy.content.comment])).toEqual([[2, "there"], [1, "here"]]);
    there.forget(5);
    expect(here.found(5).map((copy) => copy.content.comment)).toEqual(["here"]);
  });

  test("what was decided about goes, unless its page has written it anew since: nobody has seen that", async () => {
    const [here, there, third] = [await page(), await page(), await page()];
    there.keep(5, { base_version: 1, content: saying({ comment: "seen" }) });
    third.keep(5, { base_version: 1, content: saying({ comment: "seen, too" }) });
    const seen = here.found(5);
    there.keep(5, { base_version: 1, content: saying({ comment: "seen, and a word more" }) });
    here.letGo(seen);
    expect(here.found(5).map((copy) => copy.content.comment)).toEqual(["seen, and a word more"]);
  });

  test("a page knows its own copy", async () => {
    const [here, there] = [await page(), await page()];
    here.keep(5, { base_version: 1, content: saying({ comment: "mine" }) });
    const [copy] = there.found(5);
    expect([here.isOwn(5, copy!), there.isOwn(5, copy!)]).toEqual([true, false]);
  });

  test("a copy belongs to its reading alone", async () => {
    const here = await page();
    here.keep(12, { base_version: 0, content: saying({ comment: "twelve" }) });
    expect([here.found(1), here.found(2)]).toEqual([[], []]);
  });

  test("what cannot be read is no copy", async () => {
    localStorage.setItem("radloop:draft:7", "{half");
    expect((await page()).found(7)).toEqual([]);
  });

  test("a store that refuses costs only the copy", async () => {
    vi.stubGlobal("localStorage", {
      setItem: () => { throw new Error("full"); }, removeItem: () => { throw new Error("no"); },
      get length(): number { throw new Error("no"); },
    });
    const here = await page();
    here.keep(1, { base_version: 0, content: saying({ comment: "x" }) });
    here.forget(1);
    expect(here.found(1)).toEqual([]);
  });
});
