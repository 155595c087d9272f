import { afterEach, beforeEach, expect, test, vi } from "vitest";

import type { Suggestion } from "../../api/readings";
import { EMPTY, PLAIN } from "../../session/content";
import * as history from "../../session/history";
import { all, effusion, heart, nodule, suggestion } from "../../session/tests/samples";
import { CASE } from "../commands/case";
import type { Room } from "../room";
import type { Stage } from "../stage";
import { contentOf, type Open } from "../state";

const HEART = suggestion({ id: "m1-heart", finding: "heart", boxes: [], probability: 0.7 });
const EFFUSION = suggestion({ id: "m1-effusion", finding: "effusion", boxes: [], state: "absent", probability: 0.1 });

interface Held {
  readonly suggestions?: readonly Suggestion[] | null;
  readonly content?: typeof EMPTY;
  readonly image?: string;
  readonly isTooSoon?: boolean;
  readonly least?: number;
}

/** Of the room, what the key asks for: what is said in the end, whether it was handed in, and what the reader is told. */
function pressed({ suggestions = [HEART, EFFUSION], content = EMPTY, image = "shown", isTooSoon = false, least = 0 }: Held) {
  const open = { kase: { findings: all, suggestions, reading: { state: "draft" } }, history: history.begin(content), series: [], inHand: null };
  const enter = vi.fn();
  let words = "";
  const room = {
    state: { open, image: { is: image } }, form: { leastShown: least, folded: new Set() }, mayEdit: () => true, isTooSoon: () => isTooSoon,
    changed: () => undefined, enter,
    tell: (said: string) => void (words = said),
    edit: (next: typeof EMPTY) => void (open.history = history.step(open.history, next)),
  } as unknown as Room;
  CASE["accept-last"]?.(room, {} as Stage, { do: "accept-last" });
  const { findings } = contentOf(open as unknown as Open);
  const said = Object.fromEntries(all.map((one) => [one.code, findings[one.id]?.state ?? null]));
  return { said, act: findings[heart.id]?.suggestion?.act ?? null, wasEntered: enter.mock.calls.length > 0, words };
}

beforeEach(() => void vi.stubGlobal("requestAnimationFrame", () => 0));
afterEach(() => void vi.unstubAllGlobals());

const UNSAID = { nodule: null, effusion: null, heart: null };

test("the only one that waits is accepted as its own verdict, the rest is absent, and the case is handed in", () => {
  expect(pressed({})).toMatchObject({ said: { nodule: "absent", effusion: "absent", heart: "present" }, act: "accepted", wasEntered: true });
});

test("of several none is accepted: it is no key for all of them", () => {
  const told = pressed({ suggestions: [suggestion(), HEART] });
  expect(told).toMatchObject({ said: UNSAID, wasEntered: false });
  expect(told.words).toContain("2 suggestions wait");
});

test("what was answered before it is kept, and is not waited for", () => {
  const content = { ...EMPTY, findings: { [nodule.id]: { ...PLAIN, state: "present" as const }, [effusion.id]: { ...PLAIN, state: "equivocal" as const } } };
  const said = pressed({ suggestions: [suggestion(), HEART], content }).said;
  expect(said).toEqual({ nodule: "present", effusion: "equivocal", heart: "present" });
});

test.each<[string, Held]>([
  ["no suggestion is shown, as in an unaided reading", { suggestions: null }],
  ["only absence is suggested", { suggestions: [EFFUSION] }],
  ["the slider hides it", { least: 0.8 }],
  ["the image is not on the screen", { image: "loading" }],
  ["the case has only just come up", { isTooSoon: true }],
])("nothing is said or handed in where %s", (_, held) => {
  expect(pressed(held)).toMatchObject({ said: UNSAID, wasEntered: false });
});
