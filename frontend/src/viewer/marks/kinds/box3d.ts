import type { Box3d } from "../../../session/geometry";
import type { Kind } from "../kind";
import { boxKind } from "./box";

/** A box through a run of slices: drawn on one of them, then carried to where it begins and ends. */
export const box3dKind: Kind<Box3d> = {
  ...boxKind,
  word: "3-D box",
  made(points, ground) {
    const box = boxKind.made(points, ground);
    return box && ground.slice ? { ...box, first: ground.slice, last: ground.slice } : null;
  },
  shifted: (box, dx, dy) => ({ ...box, ...boxKind.shifted(box, dx, dy) }),
  reshaped: (box, part, from, to, ground) => ({ ...box, ...boxKind.reshaped(box, part, from, to, ground) }),
};
