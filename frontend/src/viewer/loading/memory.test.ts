import { describe, expect, test } from "vitest";

import { cacheBytes, mostAhead, nearest } from "./memory";

describe("memory for decoded images", () => {
  test.each([[undefined, 768], [0.25, 384], [2, 384], [4, 768], [8, 1536], [64, 1536]])("a machine of %s GB: %d MB", (gigabytes, megabytes) => {
    expect(cacheBytes(gigabytes)).toBe(megabytes * 2 ** 20);
  });

  const image = { imageId: "", instanceId: 1, frame: 0, rows: 512, columns: 512, header: {} };

  test("holds 576 slices of 512 × 512 decoded ahead on 4 GB, and never none", () => {
    expect([mostAhead(image, cacheBytes(4)), mostAhead({ ...image, rows: 60_000, columns: 60_000 }, cacheBytes(4))]).toEqual([576, 1]);
  });
});

describe("what is decoded next", () => {
  const waiting = new Set([0, 1, 2, 6, 7, 8]);
  test.each([[4, 6], [3, 2], [0, 0], [99, 8], [5, 6]])("from %d it is %d", (from, next) => expect(nearest(waiting, from)).toBe(next));
  test("nothing when nothing waits", () => expect(nearest(new Set(), 3)).toBeNull());
});
