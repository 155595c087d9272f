/** What the tests below speak about. */
import type { CaseFinding, Suggestion } from "../../api/readings";
import { type BoxRegion, type Content, EMPTY, PLAIN_MARK } from "../content";

const plain = {
  definition: "", kind: "binary" as const, grades: [], wants_boxes: true, parent: null, synonyms: [], scheme_code: "", has_example: false,
};

export const nodule: CaseFinding = { ...plain, id: 1, code: "nodule", name: "Nodule", shortcut: "n", has_laterality: true };
export const effusion: CaseFinding = {
  ...plain, id: 2, code: "effusion", name: "Effusion", shortcut: "e", has_laterality: true, kind: "ordinal",
  grades: ["small", "large"],
};
export const heart: CaseFinding = { ...plain, id: 3, code: "heart", name: "Cardiomegaly", shortcut: "h", has_laterality: false };
export const all = [nodule, effusion, heart];

export const region = (change: Partial<BoxRegion> = {}): BoxRegion => ({
  ...PLAIN_MARK, track: "t1", finding_id: 1, instance_id: 7, frame: 0, kind: "box", geometry: { x: 10, y: 10, w: 20, h: 20 },
  laterality: "right", suggestion: null, ...change,
});

export const suggestion = (change: Partial<Suggestion> = {}): Suggestion => ({
  id: "m1-nodule", finding: "nodule", probability: 0.82, calibrated: true, state: "present", model: "model 1", threshold: 0.5,
  boxes: [{ id: "b1", instance_id: 7, frame: 0, x: 1, y: 2, w: 30, h: 40, probability: 0.8, how: "class activation" }], has_map: false, ...change,
});

export const saying = (content: Partial<Content>): Content => ({ ...EMPTY, ...content });
