/** Words tied to marks: never loose, never at other words, whatever the reader does. */
import { expect, test } from "vitest";

import { noFinding } from "../answers";
import { type Content, EMPTY, fromDraft, PLAIN_MARK, type Region } from "../content";
import { begin, type History, redo, step, undo } from "../history";
import { type Link, placedOn, toggleLink, unlink, wholeWords, withoutLoose, wordsOf } from "../links";
import { addMark, changeMark, removeMark } from "../marks";
import { mentionAt, type Mention, piecesOf, sentenceAround } from "../report";

const TEXT = "Heart normal. Nodule of 8 mm in the left upper lobe.\nNo effusion.";
const NODULE = { id: 1, grades: [] };
const box = (track: string): Region =>
  ({ ...PLAIN_MARK, track, finding_id: 1, instance_id: 5, kind: "box", geometry: { x: 1, y: 1, w: 5, h: 5 } });
const link = (track: string, start: number, end: number, report = 7): Link =>
  ({ track, report, start, end, quote: [...TEXT].slice(start, end).join(""), at: "2026-11-26T18:00:00.000Z" });
const linked = (): Content => toggleLink({ ...EMPTY, regions: [box("a")] }, link("a", 14, 28));

test("a link goes with its mark and comes back with it by undo", () => {
  const with_ = begin(linked());
  const without = step(with_, withoutLoose(removeMark(with_.present, "a", NODULE)));
  expect(without.present.links).toEqual([]);
  expect(undo(without).present.links).toEqual([link("a", 14, 28)]);
});

test("the same words once more let go of the link", () => {
  expect(toggleLink(linked(), link("a", 14, 28)).links).toEqual([]);
});

test("a draft of an older page has no links", () => {
  const { links: _, ...old } = EMPTY;
  expect(fromDraft(old).links).toEqual([]);
});

test("links in the text on the screen stand where they were made", () => {
  expect(placedOn(linked(), { id: 7, text: TEXT }, [])[0]?.now).toEqual({ start: 14, end: 28 });
});

test("links of an earlier version stand where the server found the same words again, else nowhere", () => {
  const newer = `ADDENDUM.\n${TEXT}`;
  const place = { report: 7, version: 1, start: 14, end: 28, newest: 8 };
  expect(placedOn(linked(), { id: 8, text: newer }, [{ ...place, now: [24, 38] }])[0]).toMatchObject({ now: { start: 24, end: 38 }, version: 1 });
  expect(placedOn(linked(), { id: 8, text: newer }, [{ ...place, now: null }])[0]?.now).toBeNull();
  expect(placedOn(linked(), { id: 8, text: newer }, [{ ...place, now: [14, 28] }])[0]?.now).toBeNull();
  expect(placedOn(linked(), { id: 9, text: newer }, [{ ...place, now: [24, 38] }])[0]?.now).toBeNull();
  expect(placedOn(linked(), null, [])[0]?.now).toBeNull();
});

test("a rough selection means whole words", () => {
  expect(wholeWords("🫁 left lobe.", { start: 3, end: 9 })).toEqual({ start: 2, end: 11 });
  expect(wholeWords("a  b", { start: 1, end: 3 })).toBeNull();
});

test("the keyboard goes by words, which together are the text without its spaces", () => {
  const words = wordsOf(TEXT).map(({ start, end }) => TEXT.slice(start, end));
  expect(words).toEqual(TEXT.split(/\s+/));
});

test("linked, lit and picked words are pieces of the whole text", () => {
  const pieces = piecesOf(TEXT, null, { sentences: [{ start: 14, end: 52 }], links: [{ start: 14, end: 28, track: "a" }], picked: { start: 24, end: 30 } });
  expect(pieces.map(({ text }) => text).join("")).toBe(TEXT);
  expect(pieces.filter(({ tracks }) => tracks.includes("a")).map(({ text }) => text).join("")).toBe("Nodule of 8 mm");
  expect(pieces.filter(({ beginsLink }) => beginsLink)).toHaveLength(1);
  expect(pieces.filter(({ isPicked }) => isPicked).map(({ text }) => text).join("")).toBe("8 mm i");
  expect(pieces.filter(({ isLit }) => isLit).map(({ text }) => text).join("")).toBe("Nodule of 8 mm in the left upper lobe.");
});

test("a click into a sentence is about its nearest finding, and a sentence without any is about none", () => {
  const mention = (start: number, codes: string[]): Mention =>
    ({ start, end: start + 6, sentence_start: 14, sentence_end: 52, finding: "x", codes, polarity: "present", context: "asserted" });
  const marks = { id: 1, mentions: [mention(14, ["nodule"]), mention(40, ["lobe"])], links: [] };
  expect(mentionAt(marks, 22)?.codes).toEqual(["nodule"]);
  expect(mentionAt(marks, 50)?.codes).toEqual(["lobe"]);
  expect(mentionAt(marks, 3)).toBeNull();
  expect(sentenceAround(TEXT, marks, 20)).toEqual({ start: 14, end: 52 });
  expect(sentenceAround(TEXT, marks, 54)).toEqual({ start: 53, end: TEXT.length });
});

/** The same numbers in every run. */
function numbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

const ACTS: ((history: History, pick: (below: number) => number) => History)[] = [
  (h, pick) => step(h, withoutLoose(addMark(h.present, NODULE, box(`t${pick(1e6)}`), [NODULE]))),
  (h, pick) => on(h, pick, (content, track) => removeMark(content, track, NODULE)),
  (h, pick) => on(h, pick, (content, track) => changeMark(content, track, { x: pick(30), y: 1, w: 5, h: 5 }, "", NODULE)),
  (h, pick) => on(h, pick, (content, track) => {
    const words = wordsOf(TEXT);
    const first = pick(words.length);
    const last = Math.min(words.length - 1, first + pick(3));
    return toggleLink(content, link(track, words[first]?.start ?? 0, words[last]?.end ?? 1));
  }),
  (h, pick) => { const one = h.present.links[pick(h.present.links.length || 1)]; return one ? step(h, unlink(h.present, one)) : h; },
  (h) => undo(h), (h) => undo(h), (h) => redo(h),
  (h, pick) => (pick(10) ? h : step(h, withoutLoose(noFinding(h.present)))),
];

function on(history: History, pick: (below: number) => number, act: (content: Content, track: string) => Content): History {
  const region = history.present.regions[pick(history.present.regions.length || 1)];
  return region ? step(history, withoutLoose(act(history.present, region.track))) : history;
}

test("after each of 500 random edits every link has its mark and its words", () => {
  const pick = numbers(11);
  let history = begin(EMPTY);
  let seen = 0;
  for (let edit = 0; edit < 500; edit += 1) {
    history = (ACTS[pick(ACTS.length)] as (typeof ACTS)[number])(history, pick);
    const tracks = new Set(history.present.regions.map(({ track }) => track));
    for (const one of history.present.links) expect(tracks).toContain(one.track);
    for (const { now, link: { quote } } of placedOn(history.present, { id: 7, text: TEXT }, [])) {
      expect(TEXT.slice(now?.start, now?.end)).toBe(quote);
      seen += 1;
    }
  }
  expect(seen).toBeGreaterThan(200);
});
