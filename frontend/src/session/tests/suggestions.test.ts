import { describe, expect, test } from "vitest";

import { mark, setGrade } from "../answers";
import { EMPTY, PLAIN } from "../content";
import { accept, inTurn, isPending, reject } from "../suggestions";
import { all, effusion, heart, nodule, suggestion } from "./samples";

const taken = accept(EMPTY, nodule, suggestion(), all, () => "left", () => "track");

describe("a suggestion", () => {
  test("is pending until the reader acts, and counts as nothing", () => {
    expect([isPending(EMPTY, nodule), isPending(taken, nodule)]).toEqual([true, false]);
  });

  test("accepted becomes the reader's answer and box, pointing at what was shown", () => {
    expect(taken.findings[1]).toEqual({
      ...PLAIN, state: "present", laterality: "left", suggestion: { id: "m1-nodule", act: "accepted" },
    });
    expect(taken.regions).toMatchObject([{ track: "track", suggestion: { id: "b1", act: "accepted" }, laterality: "left" }]);
  });

  test("accepted with its mask becomes the reader's own mask, once, pointing at what was shown", () => {
    const pixels = { rows: 2, columns: 2, rle: "AQID" };
    const mask = { id: "k7", instance_id: 11, frame: 0, ...pixels, area: 2, probability: 0.9, how: "segmentation", model: "model 2" };
    const outlined = suggestion({ boxes: [], masks: [mask] });
    const content = accept(EMPTY, nodule, outlined, all, () => "right", () => "track");
    expect(content.regions).toMatchObject([
      { track: "track", kind: "mask", instance_id: 11, geometry: pixels, laterality: "right", suggestion: { id: "k7", act: "accepted" } },
    ]);
    expect(accept(content, nodule, outlined, all, () => "right", () => "other").regions).toHaveLength(1);
    expect(reject(EMPTY, nodule, outlined, all).regions).toEqual([]);
  });

  test("accepted with a grade becomes the reader's grade; graded otherwise it was corrected", () => {
    const graded = suggestion({ id: "m1-effusion", finding: "effusion", boxes: [], grade: 1, levels: [0.1, 0.2, 0.7] });
    const content = accept(EMPTY, effusion, graded, all, () => "", () => "t");
    expect([content.findings[2]?.grade, content.findings[2]?.suggestion?.act]).toEqual([1, "accepted"]);
    expect(setGrade(content, effusion, 0).findings[2]?.suggestion?.act).toBe("corrected");
    expect(reject(EMPTY, effusion, graded, all).findings[2]?.grade ?? null).toBeNull();
  });

  test("accepted twice gives one box", () => {
    expect(accept(taken, nodule, suggestion(), all, () => "left", () => "other").regions).toHaveLength(1);
  });

  test.each([["present", "absent"], ["absent", "present"]] as const)("of %s rejected says %s", (state, said) => {
    const answer = reject(EMPTY, nodule, suggestion({ state, boxes: [] }), all).findings[1];
    expect([answer?.state, answer?.suggestion?.act]).toEqual([said, "rejected"]);
  });

  test("accepted, then graded, was corrected", () => {
    const one = suggestion({ id: "m1-effusion", finding: "effusion", boxes: [] });
    const graded = setGrade(accept(EMPTY, effusion, one, all, () => "", () => "t"), effusion, 1);
    expect(graded.findings[2]?.suggestion?.act).toBe("corrected");
  });

  test.each([["absent", "rejected"], ["equivocal", "corrected"], ["present", "accepted"]] as const)(
    "accepted, then %s, was %s", (state, act) => {
      expect(mark(taken, nodule, state, all).findings[1]?.suggestion?.act).toBe(act);
    },
  );

  test("an answer of the reader's own points at no suggestion", () => {
    expect(mark(EMPTY, nodule, "present", all).findings[1]?.suggestion).toBeNull();
  });
});

describe("what Space judges", () => {
  const present = (code: string) => suggestion({ id: `m1-${code}`, finding: code, boxes: [] });
  const shown: Record<string, ReturnType<typeof suggestion>> = {
    nodule: suggestion(), effusion: suggestion({ id: "m1-effusion", finding: "effusion", state: "absent" }), heart: present("heart"),
  };
  const next = (content: typeof EMPTY, inHand: number | null) => inTurn(content, all, inHand, (one) => shown[one.code] ?? null)?.code ?? null;

  test("with nothing in hand is the first suggested as present, and after it the next; then none is left", () => {
    const both = accept(taken, heart, present("heart"), all, () => "", () => "t");
    expect([next(EMPTY, null), next(taken, 1), next(both, 3)]).toEqual(["nodule", "heart", null]);
  });

  test.each([[true, "heart"], [false, "nodule"]])("of several is the likeliest where they are probabilities: %s", (calibrated, first) => {
    const likely: Record<string, number> = { nodule: 0.6, heart: 0.9 };
    const of = ({ code }: { code: string }) => (likely[code] ? suggestion({ id: code, finding: code, probability: likely[code], calibrated }) : null);
    expect(inTurn(EMPTY, all, null, of)?.code).toBe(first);
  });

  test("is what is in hand while its suggestion waits, one of absence too", () => {
    expect([next(EMPTY, 2), next(taken, 2), next(EMPTY, 3)]).toEqual(["effusion", "effusion", "heart"]);
  });

  test("passes over what the reader has answered without it, and what is hidden", () => {
    const said = mark(EMPTY, heart, "absent", all);
    expect([next(accept(said, nodule, suggestion(), all, () => "", () => "t"), 1), inTurn(EMPTY, all, null, () => null)]).toEqual([null, null]);
  });
});
