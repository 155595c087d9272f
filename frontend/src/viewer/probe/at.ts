/** What the probe tells of a point of the screen. Pure. */
import { spacingOf } from "../marks/spacing";
import { type Point, toImage } from "../stack/placement";
import type { View } from "../view";
import { inPatient, patientWords, pixelAt, valueWords, whyNoSuv } from "./reading";

type Probed = Pick<View, "current" | "placement" | "plane" | "valueAt">;

/** Lines to show; none beside the image. The point is relative to the view's element. */
export function probed(view: Probed, point: Point): string[] {
  const [image, placement] = [view.current, view.placement()];
  if (!image || !placement) return [];
  const pixel = pixelAt(toImage(placement, point), image.columns, image.rows);
  const value = pixel && view.valueAt?.(pixel);
  if (!pixel || value === null || value === undefined) return [];
  const [plane, spacing] = [view.plane(), spacingOf(image.header)];
  const place = plane && spacing ? patientWords(inPatient(plane, spacing, pixel)) : "";
  return [valueWords(image.header, value), `pixel ${pixel[0]}, ${pixel[1]}`, place, whyNoSuv(image.header)].filter(Boolean);
}
