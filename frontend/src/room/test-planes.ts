/** What browser tests may ask of planes: never used by the room itself. */
import { cache } from "@cornerstonejs/core";

import type { Orientation } from "../viewer/planes/orientations";
import type { PlaneView } from "../viewer/planes/plane-view";
import { inWords } from "../viewer/planes/slab";
import { type Point, toScreen } from "../viewer/stack/placement";
import type { Point3 } from "../viewer/view";
import { toPlane } from "../viewer/volume/plane-frame";
import type { Cell } from "./cell";
import type { Stage } from "./stage";

export interface PlanesHandle {
  /** All planes are drawn. */
  readonly ready: boolean;
  readonly crossing: Point3 | null;
  readonly value: number | null;
  readonly slabs: readonly string[];
  /** Volumes in memory. */
  readonly volumes: number;
  toClient(orientation: Orientation, point: Point3): Point | null;
  /** What is drawn at a point of the patient, 0 to 255; waits for the next drawing. */
  grey(orientation: Orientation, point: Point3): Promise<number | null>;
}

export function planesHandle(stage: Stage): PlanesHandle {
  const find = (orientation: Orientation): { cell: Cell; view: PlaneView } | null => {
    for (const cell of stage.cells) {
      const view = stage.planes.viewOf(cell);
      if (view?.orientation === orientation) return { cell, view };
    }
    return null;
  };
  const place = (view: PlaneView, point: Point3): Point | null => {
    const placement = view.placement();
    return placement && toScreen(placement, toPlane(view.plane(), point).at);
  };
  return {
    get ready() {
      const isDrawn = (cell: Cell): boolean => cell.shown.is === "shown" && stage.planes.viewOf(cell) !== null;
      return stage.cells.length === 3 && stage.cells.every(isDrawn);
    },
    get crossing() {
      return stage.planes.mpr?.crossing ?? null;
    },
    get value() {
      return stage.planes.mpr?.value ?? null;
    },
    get slabs() {
      return (stage.planes.mpr?.views ?? []).map(({ slab }) => inWords(slab));
    },
    get volumes() {
      return cache.getVolumes().length;
    },
    toClient(orientation, point) {
      const found = find(orientation);
      const at = found && place(found.view, point);
      const { left, top } = found?.cell.image.getBoundingClientRect() ?? { left: 0, top: 0 };
      return at && [left + at[0], top + at[1]];
    },
    async grey(orientation, point) {
      const found = find(orientation);
      const canvas = found?.cell.image.querySelector<HTMLCanvasElement>(".ground canvas");
      const at = found && place(found.view, point);
      if (!found || !canvas || !at) return null;
      found.view.apply();
      const { image } = found.cell;
      await new Promise((drawn) =>
        image.addEventListener("CORNERSTONE_IMAGE_RENDERED", drawn, { once: true, capture: true }));
      const scale = canvas.width / canvas.clientWidth;
      const [x, y] = [Math.floor(at[0] * scale), Math.floor(at[1] * scale)];
      return canvas.getContext("2d")?.getImageData(x, y, 1, 1).data[0] ?? null;
    },
  };
}
