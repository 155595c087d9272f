import { describe, expect, test } from "vitest";

import * as answers from "../answers";
import { addMark } from "../marks";
import { EMPTY, isEmpty, textOf } from "../content";
import { all, effusion, heart, nodule, region } from "./samples";

const stateOf = (content: typeof EMPTY, id: number) => answers.answerOf(content, id)?.state ?? null;

describe("a finding's key", () => {
  test("says present, and takes it back at the second press", () => {
    const once = answers.press(EMPTY, nodule, all);
    expect(stateOf(once, 1)).toBe("present");
    expect(isEmpty(answers.press(once, nodule, all))).toBe(true);
  });

  test("goes up the grades and then back to nothing said", () => {
    const seen = [0, 1, 2, 3].reduce((so) => [...so, answers.press(so.at(-1) ?? EMPTY, effusion, all)], [] as (typeof EMPTY)[]);
    expect(seen.map((content) => content.findings[2]?.grade ?? null)).toEqual([0, 1, null, 0]);
  });

  test.each(["absent", "equivocal"] as const)("toggles %s", (state) => {
    const said = answers.toggle(EMPTY, nodule, state, all);
    expect(stateOf(said, 1)).toBe(state);
    expect(stateOf(answers.toggle(said, nodule, state, all), 1)).toBeNull();
  });

  test("absent takes the finding's boxes with it and leaves the others", () => {
    const boxed = addMark(addMark(EMPTY, nodule, region(), all), effusion, region({ track: "t2", finding_id: 2 }), all);
    expect(answers.mark(boxed, nodule, "absent", all).regions.map((one) => one.track)).toEqual(["t2"]);
  });
});

describe("the whole case", () => {
  test("rest absent leaves what was said", () => {
    const content = answers.restAbsent(answers.press(EMPTY, heart, all), all);
    expect(all.map((finding) => stateOf(content, finding.id))).toEqual(["absent", "absent", "present"]);
  });

  test("untouched is not assessed, never absent", () => {
    expect(all.map((finding) => stateOf(answers.press(EMPTY, heart, all), finding.id))).toEqual([null, null, "present"]);
  });

  test("no finding removes boxes and answers, and reads as absent", () => {
    const content = answers.noFinding(addMark(EMPTY, nodule, region(), all));
    expect([content.no_finding, content.regions.length, stateOf(content, 1)]).toEqual([true, 0, "absent"]);
  });

  test("a finding after no finding spells out the absent rest", () => {
    const content = answers.press(answers.noFinding(EMPTY), nodule, all);
    expect([content.no_finding, stateOf(content, 1), stateOf(content, 2)]).toEqual([false, "present", "absent"]);
  });

  test("not assessable says nothing else, and a finding ends it", () => {
    const content = answers.notAssessable(answers.press(EMPTY, nodule, all), " blurred ");
    expect(content).toEqual({ ...EMPTY, not_assessable: { reason: "blurred" } });
    expect(answers.press(content, nodule, all).not_assessable).toBeNull();
  });
});

test("equal contents have equal text whatever the order of their keys", () => {
  const a = answers.press(answers.press(EMPTY, nodule, all), heart, all);
  const b = answers.press(answers.press(EMPTY, heart, all), nodule, all);
  expect(textOf(a)).toBe(textOf(b));
  expect(textOf(a)).not.toBe(textOf(answers.press(EMPTY, heart, all)));
});
