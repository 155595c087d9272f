import { expect, test, vi } from "vitest";

vi.mock("../../viewer/loading/images", () => ({ imagesOf: () => [] }));
vi.mock("../../viewer/loading/load", () => ({}));

const { onKey } = await import("../commands");
import { DEFAULTS } from "../../session/keys";
import type { Room } from "../room";
import type { Stage } from "../stage";

/** Commands that reach the room from one key, pressed and then held down. */
function heard(key: string, keys = DEFAULTS): string[] {
  const told: string[] = [];
  const hears = (command: { do: string }): boolean => Boolean(told.push(command.do));
  const open = { saver: { state: { phase: "idle" } }, kase: { findings: [] } };
  const room = { state: { dialog: null, chord: null, open }, keys, marks: { hears } } as unknown as Room;
  for (const repeat of [false, true, true]) {
    const target = { matches: () => false, closest: () => null };
    const press = { key, code: key, repeat, shiftKey: false, altKey: false, ctrlKey: false, metaKey: false };
    onKey({ ...press, target, preventDefault: () => undefined } as unknown as KeyboardEvent, room, {} as Stage);
  }
  return told;
}

test.each([["Enter", "submit"], ["F2", "submit-rest"], ["F8", "accept-last"], [" ", "accept"], ["Backspace", "reject"]])("%s held down does it once", (key, name) => {
  expect(heard(key)).toEqual([name]);
});

test("slices are paged for as long as the key is held", () => {
  expect(heard("ArrowDown")).toEqual(["scroll", "scroll", "scroll"]);
});
