/** Millimetres per pixel, as the file says them. Pure. */
import { type Header, numbers, text } from "../loading/header";
import { regionSpacing } from "../scale/ultrasound";

export interface Spacing {
  /** From one column to the next. */
  readonly x: number;
  /** From one row to the next. */
  readonly y: number;
  /** Measured where the detector stands: what is inside the patient is smaller by an unknown magnification. */
  readonly isAtDetector: boolean;
}

const PROJECTIONS = new Set(["CR", "DX", "MG", "RG", "RF", "XA", "PX", "IO"]);

/** null where the file says none: then only pixels can be told. */
export function spacingOf(header: Header): Spacing | null {
  const inPatient = pairOf(header, "00280030");
  const atDetector = pairOf(header, "00181164");
  const inRegions = regionSpacing(header);
  if (!inPatient && inRegions) return { ...inRegions, isAtDetector: false };
  if (!inPatient) return atDetector && { ...atDetector, isAtDetector: true };
  // PS3.3 10.7: a radiograph whose two spacings are the same was not calibrated for the patient.
  const isSame = inPatient.x === atDetector?.x && inPatient.y === atDetector.y;
  const isCalibrated = text(header, "00280402") !== "" || (atDetector !== null && !isSame);
  return { ...inPatient, isAtDetector: PROJECTIONS.has(text(header, "00080060")) && !isCalibrated };
}

/** Row spacing comes first in the file: it counts downwards. */
function pairOf(header: Header, tag: string): { x: number; y: number } | null {
  const [y, x] = numbers(header, tag);
  return x !== undefined && y !== undefined && x > 0 && y > 0 ? { x, y } : null;
}
