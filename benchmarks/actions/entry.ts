/** The room with its keys, without what draws. */
import { onKey } from "../../frontend/src/room/commands";
import { Room } from "../../frontend/src/room/room";
import { contentOf } from "../../frontend/src/room/state";

Object.assign(globalThis, { lost: { Room, onKey, contentOf } });
