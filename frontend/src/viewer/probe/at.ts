/** What the probe tells of a point of the screen. Pure. */
import { spacingOf } from "../marks/spacing";
import { type Point, toImage } from "../stack/placement";
import type { View } from "../view";
import { inPatient, patientWords, pixelAt, valueWords, whyNoSuv } from "./reading";

type Probed = Pick<View, "kind" | "images" | "current" | "placement" | "plane" | "valueAt">;

/** On a plane one picture unit is a millimetre. */
const MILLIMETRE = { x: 1, y: 1 };

/** Lines to show; none beside the image. The point is relative to the view's element. */
export function probed(view: Probed, point: Point): string[] {
  const placement = view.placement();
  if (!placement) return [];
  const at = toImage(placement, point);
  if (view.kind === "plane") return probedPlane(view, at);
  const image = view.current;
  const pixel = image && pixelAt(at, image.columns, image.rows);
  const value = pixel && view.valueAt?.(pixel);
  if (!pixel || value === null || value === undefined) return [];
  const [plane, spacing] = [view.plane(), spacingOf(image.header)];
  const place = plane && spacing ? patientWords(inPatient(plane, spacing, pixel)) : "";
  return [valueWords(image.header, value), `pixel ${pixel[0]}, ${pixel[1]}`, place, whyNoSuv(image.header)].filter(Boolean);
}

/** Between the slices the value is interpolated, and belongs to no pixel. */
function probedPlane(view: Probed, at: Point): string[] {
  const [plane, header, value] = [view.plane(), view.images[0]?.header, view.valueAt?.(at)];
  if (!plane || !header || value === null || value === undefined) return [];
  return [`${valueWords(header, value)}, interpolated`, patientWords(inPatient(plane, MILLIMETRE, at)), whyNoSuv(header)].filter(Boolean);
}
