/** Drags that change what is there: a mark taken by a part of it, a mask under the brush. */
import type { Mask, Pair } from "../../session/geometry";
import type { Grab } from "../pointer/gestures";
import type { Point } from "../stack/placement";
import { type Ground, moved } from "./kind";
import { kindOf, type Shape } from "./kinds/table";
import { type Live, STILL } from "./layer";
import { Painting, type Paintbrush, ringOf } from "./painting";
import type { PlacedMark } from "./placed";
import { toVoxels } from "./through";

/** What a drag may do to the view that it is on. */
export interface Surface {
  readonly ground: Ground;
  at(point: Point): Pair;
  show(live: Live): void;
  /** Nothing is under way any more; `then` tells what came of it. */
  release(then?: () => void): void;
}

export function reshaping(surface: Surface, mark: PlacedMark, part: string, from: Point, done: (shape: Shape) => void): Grab {
  const { ground } = surface;
  const kind = kindOf(mark.kind);
  const start = surface.at(from);
  const shape = (to: Pair): Shape =>
    part === "body"
      ? moved(kind, mark.geometry, to[0] - start[0], to[1] - start[1], ground)
      : kind.reshaped(mark.geometry, part, start, to, ground);
  return {
    drag: (points, isDone) => {
      const geometry = shape(surface.at(points.at(-1) ?? from));
      if (isDone) surface.release(() => done(geometry));
      else surface.show({ ...STILL, mark: { ...mark, geometry, size: kind.measure(geometry, ground) } });
    },
    cancel: () => surface.release(),
  };
}

export function painting(
  surface: Surface, brush: Paintbrush, colour: readonly [number, number, number], from: Point, done: (mask: Mask) => void,
): Grab {
  const under = new Painting(brush, colour);
  const { cut } = surface.ground;
  const at = (point: Point): Pair => (cut ? toVoxels(cut, surface.at(point)) : surface.at(point));
  let last = at(from);
  under.dab(last, last);
  return {
    drag: (points, isDone) => {
      for (const point of points) {
        const to = at(point);
        under.dab(last, to);
        last = to;
      }
      if (!isDone) return surface.show({ ...STILL, painted: under.shown, ring: ringOf(brush, last, cut) });
      surface.release(() => done(under.mask()));
      under.dispose();
    },
    cancel: () => {
      surface.release();
      under.dispose();
    },
  };
}
