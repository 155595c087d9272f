import type { Box3d, Slice } from "../../../session/geometry";
import type { Kind } from "../kind";
import { boxKind } from "./box";

/** On a plane its slices follow from where it is drawn. */
const NOWHERE: Slice = { instance_id: 0, frame: 0 };

/** A box through a run of slices: drawn on one of them, then carried to where it begins and ends. */
export const box3dKind: Kind<Box3d> = {
  ...boxKind,
  word: "3-D box",
  made(points, ground) {
    const box = boxKind.made(points, ground);
    const slice = ground.slice ?? NOWHERE;
    return box && { ...box, first: slice, last: slice };
  },
  shifted: (box, dx, dy) => ({ ...box, ...boxKind.shifted(box, dx, dy) }),
  reshaped: (box, part, from, to, ground) => ({ ...box, ...boxKind.reshaped(box, part, from, to, ground) }),
};
