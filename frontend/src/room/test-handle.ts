/** What browser tests may ask the room: never used by the room itself. */
import { isDirty } from "../session/autosave";
import type { Content } from "../session/content";
import { Saver } from "../session/saver";
import { toScreen } from "../viewer/stack/placement";
import type { Room } from "./room";
import type { Stage } from "./stage";
import { contentOf } from "./state";
import { type PlanesHandle, planesHandle } from "./test-planes";

export interface TestHandle {
  readonly planes: PlanesHandle;
  /** A case is open, its image is drawn, nothing is under way. */
  readonly ready: boolean;
  readonly reading: number | null;
  readonly content: Content | null;
  /** Everything said is acknowledged. */
  readonly saved: boolean;
  readonly draftsSaved: number;
  readonly image: { instance: number; rows: number; columns: number; index: number; count: number } | null;
  readonly phase: string;
  imageToClient(x: number, y: number): [number, number] | null;
}

declare global {
  interface Window {
    radloop: TestHandle;
  }
}

export function testHandle(room: Room, stage: Stage): TestHandle {
  return {
    planes: planesHandle(stage),
    get ready() {
      const { phase, busy } = room.state;
      return phase === "reading" && stage.isReady && busy === "";
    },
    get reading() {
      return room.state.open?.kase.reading.id ?? null;
    },
    get content() {
      return room.state.open ? contentOf(room.state.open) : null;
    },
    get saved() {
      const saver = room.state.open?.saver.state;
      return saver !== undefined && saver.phase === "idle" && !isDirty(saver);
    },
    get draftsSaved() {
      return Saver.saves;
    },
    get image() {
      const { current, index, images } = stage.pane.view;
      return current && { instance: current.instanceId, rows: current.rows, columns: current.columns, index, count: images.length };
    },
    get phase() {
      return room.state.phase;
    },
    imageToClient(x, y) {
      const placement = stage.pane.view.placement();
      if (!placement) return null;
      const { left, top } = stage.active.element.getBoundingClientRect();
      const [sx, sy] = toScreen(placement, [x, y]);
      return [left + sx, top + sy];
    },
  };
}
