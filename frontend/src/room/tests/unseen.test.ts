import { expect, test, vi } from "vitest";

import { EMPTY } from "../../session/content";
import { begin } from "../../session/history";
import { all, suggestion } from "../../session/tests/samples";
import { onSuggestion } from "../acts";
import type { Room } from "../room";
import type { Open, Shown } from "../state";

vi.mock("../../viewer/loading/images", () => ({ imagesOf: () => [] }));
globalThis.requestAnimationFrame = () => 0;

/** What is said, and told, after the act on the nodule's suggestion while the active viewport is like this. */
function after(act: "accept" | "adjust" | "reject", image: Shown) {
  const open = {
    kase: { reading: { id: 5, state: "draft" }, findings: all, suggestions: [suggestion()] }, history: begin(EMPTY), series: [], inHand: null,
  } as unknown as Open;
  const told: string[] = [];
  let said = EMPTY;
  const room = {
    state: { open, image }, form: { leastShown: 0 }, marks: { choose: () => undefined }, mayEdit: () => true, changed: () => undefined,
    edit: (next: typeof EMPTY) => (said = next), tell: (words: string) => void told.push(words),
  } as unknown as Room;
  onSuggestion(room, 1, act);
  return { state: said.findings[1]?.state, told: told.join() };
}

test.each([["accept", { is: "loading", percent: 10 }], ["adjust", { is: "failed", why: "503" }]] as const)(
  "nobody goes along with a suggestion (%s) whose image is not on the screen (%j)", (act, image) => {
    expect(after(act, image)).toEqual({ state: undefined, told: expect.stringContaining("not on the screen") });
  },
);

test("beside its image it is accepted; to reject it no image is needed", () => {
  expect([after("accept", { is: "shown" }).state, after("reject", { is: "loading", percent: null }).state]).toEqual(["present", "absent"]);
});
