import { describe, expect, it } from "vitest";

import { mark, noFinding, notAssessable } from "../answers";
import { isEmpty } from "../content";
import { changeAt, levelOf, markAt, partsOf, pressAt, toggleAt, unmarkAt, type Where } from "../levels";
import { all, effusion, nodule, saying } from "./samples";

const image: Where = { is: "image", instance_id: 7, frame: 0 };
const other: Where = { is: "image", instance_id: 8, frame: 0 };
const series: Where = { is: "series", series_id: 3 };
const nothing = saying({});

describe("answers about a series or an image", () => {
  it("stand beside the study's answer: present on an image is present on the study", () => {
    const said = markAt(nothing, nodule, image, "present", all);
    expect(levelOf(said, nodule.id, image)).toMatchObject({ instance_id: 7, series_id: null, frame: 0, state: "present" });
    expect(said.findings[nodule.id]?.state).toBe("present");
    expect(levelOf(said, nodule.id, other)).toBeNull();
  });

  it("say nothing of the study where the finding is absent or unclear on a part", () => {
    for (const state of ["absent", "equivocal"] as const) {
      const said = markAt(nothing, nodule, series, state, all);
      expect(levelOf(said, nodule.id, series)).toMatchObject({ series_id: 3, instance_id: null, state });
      expect(said.findings).toEqual({});
      expect(isEmpty(said)).toBe(false);
    }
  });

  it("are one per part, and are taken back with the same key", () => {
    const twice = markAt(markAt(nothing, nodule, image, "absent", all), nodule, image, "equivocal", all);
    expect(partsOf(twice, nodule.id)).toBe(1);
    expect(toggleAt(twice, nodule, image, "equivocal", all).levels).toEqual([]);
    expect(unmarkAt(markAt(twice, nodule, other, "absent", all), nodule, image).levels).toHaveLength(1);
  });

  it("carry grades of their own", () => {
    const small = pressAt(nothing, effusion, image, all);
    const large = pressAt(small, effusion, image, all);
    expect([levelOf(small, effusion.id, image)?.grade, levelOf(large, effusion.id, image)?.grade]).toEqual([0, 1]);
    expect(pressAt(large, effusion, image, all).levels).toEqual([]);
    expect(changeAt(large, effusion.id, image, { laterality: "left" }).levels[0]?.laterality).toBe("left");
    expect(large.findings[effusion.id]?.grade).toBeNull();
  });

  it("leave with the finding when it is absent on the study", () => {
    const said = markAt(markAt(nothing, nodule, image, "present", all), nodule, other, "absent", all);
    expect(mark(said, nodule, "absent", all).levels.map(({ instance_id }) => instance_id)).toEqual([8]);
  });

  it("end “no finding” and “not assessable” as answers about the study do", () => {
    const normal = markAt(noFinding(nothing), nodule, image, "equivocal", all);
    expect([normal.no_finding, normal.findings[effusion.id]?.state]).toEqual([false, "absent"]);
    expect(markAt(notAssessable(nothing, "blur"), nodule, image, "absent", all).not_assessable).toBeNull();
    expect(noFinding(markAt(nothing, nodule, image, "present", all)).levels).toEqual([]);
  });
});
