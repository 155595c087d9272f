import { describe, expect, test } from "vitest";

import { axes, flippedAcross, flippedDown, inWords, isSame, turned, UPRIGHT } from "../turn";

const ALL = [0, 1, 2, 3].flatMap((by) => [turned(UPRIGHT, by), turned(flippedAcross(UPRIGHT), by)]);

describe("a picture turned and flipped", () => {
  test.each(ALL.map((turn) => [inWords(turn) || "as stored", turn] as const))("%s: each act twice, or four times, undoes itself", (_, turn) => {
    expect(flippedAcross(flippedAcross(turn))).toEqual(turn);
    expect(flippedDown(flippedDown(turn))).toEqual(turn);
    expect(turned(turned(turned(turned(turn))))).toEqual(turn);
  });

  test.each(ALL.map((turn) => [inWords(turn) || "as stored", turn] as const))("%s: acts are about the screen", (_, turn) => {
    const { right, down } = axes(turn);
    const across = axes(flippedAcross(turn));
    const lower = axes(flippedDown(turn));
    expect([across.right, across.down]).toEqual([[-right[0] || 0, right[1]], [-down[0] || 0, down[1]]]);
    expect([lower.right, lower.down]).toEqual([[right[0], -right[1] || 0], [down[0], -down[1] || 0]]);
    expect(axes(turned(turn)).right).toEqual([-right[1] || 0, right[0]]);
  });

  test("the eight ways are eight different words", () => {
    expect(new Set(ALL.map(inWords)).size).toBe(8);
    expect(inWords(flippedDown(UPRIGHT))).toBe("flipped top to bottom");
    expect(isSame(turned(flippedAcross(UPRIGHT), 2), flippedDown(UPRIGHT))).toBe(true);
  });
});
