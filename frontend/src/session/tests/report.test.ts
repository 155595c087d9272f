import { expect, test } from "vitest";

import { lookOf, type Mention, piecesOf } from "../report";

const mention = (start: number, end: number, more: Partial<Mention> = {}): Mention => ({
  start, end, sentence_start: start, sentence_end: end, finding: "Pleural Effusion", codes: ["effusion"], polarity: "present", context: "asserted", ...more,
});

test("the text is whole again when its pieces are put together", () => {
  const text = "Small effusion (4/32). No nodule.";
  const marks = { id: 1, mentions: [mention(6, 14), mention(26, 32, { polarity: "absent" })], links: [{ start: 15, end: 21, instance_id: 5, frame: 0 }] };
  const pieces = piecesOf(text, marks);
  expect(pieces.map((one) => one.text).join("")).toBe(text);
  expect(pieces.filter((one) => one.mention).map((one) => one.text)).toEqual(["effusion", "nodule"]);
  expect(pieces.filter((one) => one.link).map((one) => one.text)).toEqual(["(4/32)"]);
});

test("positions count characters as the server does, also behind a sign of two halves", () => {
  const pieces = piecesOf("🫁 effusion", { id: 1, mentions: [mention(2, 10)], links: [] });
  expect(pieces.find((one) => one.mention)?.text).toBe("effusion");
});

test("without marks the text is one piece", () => {
  expect(piecesOf("Normal.", null)).toMatchObject([{ text: "Normal.", mention: null, link: null, isFirst: false }]);
});

test("what is asked about or recommended does not look like what is said", () => {
  expect(lookOf(mention(0, 1, { polarity: "uncertain" }))).toBe("equivocal");
  expect(lookOf(mention(0, 1, { context: "recommended" }))).toBe("aside");
});
