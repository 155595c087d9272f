/** What browser tests may ask the room: never used by the room itself. */
import { isDirty } from "../session/autosave";
import type { Content } from "../session/content";
import { Saver } from "../session/saver";
import { text } from "../viewer/loading/header";
import { toActualSize } from "../viewer/scale/actual";
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
  /** Resolves when the service has answered for what was handed in. */
  handedIn(): Promise<void>;
  readonly content: Content | null;
  /** Everything said is acknowledged. */
  readonly saved: boolean;
  readonly draftsSaved: number;
  readonly image: { instance: number; frame: number; rows: number; columns: number; index: number; count: number } | null;
  /** Why the image cannot be shown; "" where nothing is wrong. */
  readonly failure: string;
  /** Images per series of the case. */
  readonly series: readonly number[];
  readonly phase: string;
  /** What each viewport shows, in reading order. */
  readonly views: readonly { shown: string; index: number; count: number; prior: boolean; view: string }[];
  imageToClient(x: number, y: number): [number, number] | null;
  /** Show an image of the case, and resolve when it is drawn. */
  show(series: number, index: number): Promise<void>;
  /** Red, green and blue (base64, row by row) of the image at 100 %, from this pixel on as far as the canvas reaches. */
  grey(left: number, top: number): Promise<{ columns: number; rows: number; rgb: string } | null>;
}

declare global {
  interface Window {
    radloop: TestHandle;
  }
}

function canvasPixels(canvas: HTMLCanvasElement, most: number, high: number): Awaited<ReturnType<TestHandle["grey"]>> {
  const [columns, rows] = [Math.min(canvas.width, most), Math.min(canvas.height, high)];
  const pixels = canvas.getContext("2d")?.getImageData(0, 0, columns, rows).data ?? [];
  const rgb = new Uint8Array(3 * columns * rows).map((_, n) => pixels[4 * Math.floor(n / 3) + (n % 3)] as number);
  const parts = Array.from({ length: Math.ceil(rgb.length / 8192) }, (_, n) => rgb.subarray(8192 * n, 8192 * (n + 1)));
  return { columns, rows, rgb: btoa(parts.map((part) => String.fromCharCode(...part)).join("")) };
}

export function testHandle(room: Room, stage: Stage): TestHandle {
  return {
    planes: planesHandle(stage),
    get ready() {
      const { phase, busy } = room.state;
      return phase === "reading" && stage.isReady && busy === "";
    },
    get views() {
      return stage.cells.map(({ shown, hung, pane }) => ({
        shown: shown.is, index: pane.view.index, count: pane.view.count, prior: Boolean(hung?.prior),
        view: pane.view.current ? text(pane.view.current.header, "00185101") : "",
      }));
    },
    handedIn: () => room.turning.settled(),
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
      return current && { instance: current.instanceId, frame: current.frame, rows: current.rows, columns: current.columns, index, count: images.length };
    },
    get failure() {
      const { image } = room.state;
      return image.is === "failed" ? image.why : room.state.phase === "broken" ? room.state.problem : "";
    },
    get series() {
      return room.state.open?.series.map((images) => images.length) ?? [];
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
    async show(series, index) {
      if (room.state.open) await stage.show(room.state.open, series, index);
    },
    async grey(left, top) {
      const { view } = stage.pane;
      toActualSize(view, [left, top]);
      // Cornerstone draws in the next animation frame.
      for (let n = 0; n < 2; n += 1) await new Promise(requestAnimationFrame);
      const canvas = stage.active.element.querySelector<HTMLCanvasElement>(".canvas canvas");
      return view.current && canvas && canvasPixels(canvas, view.current.columns - left, view.current.rows - top);
    },
  };
}
