/** What a tab of the benchmark runs: the room itself, without what draws. */
import { Room } from "../../frontend/src/room/room";
import { contentOf } from "../../frontend/src/room/state";
import { isDirty } from "../../frontend/src/session/autosave";

Object.assign(globalThis, { lost: { Room, contentOf, isDirty } });
