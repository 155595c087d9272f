/** The ground that a view shows now: an image in its pixels, or a plane in millimetres. Pure. */
import { numbers } from "../loading/header";
import type { SliceImage } from "../loading/images";
import type { PatientPlane, View } from "../view";
import type { Lattice } from "../volume/lattice";
import type { Ground } from "./kind";
import { spacingOf } from "./spacing";
import { cutOf } from "./through";

type Shown = Pick<View, "kind" | "current" | "plane" | "images"> & {
  readonly halfThickness?: number; readonly volume?: { readonly series: { readonly lattice: Lattice } };
};

export function groundOf(view: Shown): Ground | null {
  if (view.kind === "stack") return view.current && imageGround(view.current);
  const plane = view.plane();
  if (!plane) return null;
  const slices = view.images.map(({ instanceId, frame }) => ({ instance_id: instanceId, frame }));
  return planeGround(plane, 2 * (view.halfThickness ?? 0.5), view.volume ? cutOf(view.volume.series.lattice, slices, plane) : null);
}

export function imageGround(image: SliceImage): Ground {
  const { instanceId, frame, columns, rows, header } = image;
  return {
    key: `${instanceId}:${frame}`, left: -0.5, top: -0.5, right: columns - 0.5, bottom: rows - 0.5, spacing: spacingOf(header),
    slice: { instance_id: instanceId, frame }, plane: null, cut: null, thickness: numbers(header, "00180050")[0] ?? 1,
  };
}

function planeGround(plane: PatientPlane, thickness: number, cut: Ground["cut"]): Ground {
  const told = [...plane.origin, ...plane.normal].map((value) => value.toFixed(2));
  return {
    key: told.join(), left: -Infinity, top: -Infinity, right: Infinity, bottom: Infinity,
    spacing: { x: 1, y: 1, isAtDetector: false }, slice: null, plane, cut, thickness,
  };
}
