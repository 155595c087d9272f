import { expect, test } from "vitest";

import { commandOf } from "./keys";

test("one key accepts, four correct, and no browser shortcut is taken away", () => {
  const answers = ["a", "1", "2", "3", "4"].map((key) => commandOf({ key }));
  expect(answers.map((one) => one?.do === "answer" && one.answer)).toEqual(["accept", "present", "absent", "equivocal", "not_mentioned"]);
  expect(commandOf({ key: "a", ctrlKey: true })).toBeNull();
  expect(commandOf({ key: "1", metaKey: true })).toBeNull();
});

test("j and k move, n and b change the report, shift and a accepts the rest", () => {
  expect(commandOf({ key: "j" })).toEqual({ do: "move", by: 1 });
  expect(commandOf({ key: "k" })).toEqual({ do: "move", by: -1 });
  expect(commandOf({ key: "n" })).toEqual({ do: "report", by: 1 });
  expect(commandOf({ key: "A", shiftKey: true })).toEqual({ do: "accept-rest" });
  expect(["q", "ArrowDown", "Enter", " "].map((key) => commandOf({ key }))).toEqual([null, null, null, null]);
});
