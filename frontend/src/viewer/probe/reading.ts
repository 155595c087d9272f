/** What stands under the pointer: value in the unit that the file gives it, and the place in image and patient. Pure. */
import { type Header, numbers, text } from "../loading/header";
import type { Point } from "../stack/placement";
import type { PatientPlane, Point3 } from "../view";

/** A value after rescaling, or red, green and blue. */
export type PixelValue = number | readonly [number, number, number];

const SUV_UNIT = "{SUVbw}g/ml";
const UNITS: Record<string, string> = { BQML: "Bq/ml", CNTS: "counts", GML: "g/ml", CPS: "counts/s", PROPCPS: "∝ counts/s", PROPCNTS: "∝ counts" };

/** SUV by body weight per unit of the rescaled value; null where the server could not work it out. */
export function suvFactor(header: Header): number | null {
  const mappings = (header["00409096"]?.Value ?? []) as Header[];
  const mapping = mappings.find((one) => text(((one["004008EA"]?.Value ?? []) as Header[])[0] ?? {}, "00080100") === SUV_UNIT);
  const slope = mapping && numbers(mapping, "00409225")[0];
  const rescale = numbers(header, "00281053")[0] ?? 1;
  return slope && rescale ? slope / rescale : null;
}

/** Why there is no SUV, as the server found; "" for what isn't PET, and where there is one. */
export function whyNoSuv(header: Header): string {
  if (text(header, "00080060") !== "PT" || suvFactor(header) !== null) return "";
  return text(header, "00082111") || "SUVbw is not given: the file was stored before it was worked out.";
}

/** `40 HU`, `SUVbw 2.41 (8123 Bq/ml)`, `1840, stored value`, `R 12 G 40 B 200`. */
export function valueWords(header: Header, value: PixelValue): string {
  if (typeof value !== "number") return `R ${value[0]} G ${value[1]} B ${value[2]}`;
  const factor = suvFactor(header);
  if (text(header, "00080060") === "PT") {
    const unit = UNITS[text(header, "00541001")] ?? "";
    const plain = unit ? `${short(value)} ${unit}` : `${short(value)}, no unit given`;
    return factor === null ? plain : `SUVbw ${(value * factor).toFixed(2)} (${plain})`;
  }
  const kind = text(header, "00281054");
  const isRescaled = header["00281053"] !== undefined || header["00281052"] !== undefined;
  if (kind === "HU" || (text(header, "00080060") === "CT" && isRescaled && (kind === "" || kind === "US"))) return `${short(value)} HU`;
  if (kind === "OD") return `${short(value / 1000)} optical density`;
  if (isRescaled && !isIdentity(header)) return `${short(value)}, rescaled value without a unit`;
  return `${short(value)}, stored value`;
}

function isIdentity(header: Header): boolean {
  return (numbers(header, "00281053")[0] ?? 1) === 1 && (numbers(header, "00281052")[0] ?? 0) === 0;
}

function short(value: number): string {
  return Number.isInteger(value) ? String(value) : Number(value.toPrecision(5)).toString();
}

/** Whole pixel under an image point, null beside the image. The centre of the first pixel is 0, 0. */
export function pixelAt([x, y]: Point, columns: number, rows: number): Point | null {
  const [column, row] = [Math.round(x), Math.round(y)];
  return column >= 0 && row >= 0 && column < columns && row < rows ? [column, row] : null;
}

/** The pixel's centre in the patient, mm. `spacing`: from column to column, and from row to row. */
export function inPatient({ origin, row, column }: PatientPlane, spacing: { x: number; y: number }, [x, y]: Point): Point3 {
  const at = (axis: 0 | 1 | 2): number => origin[axis] + x * spacing.x * row[axis] + y * spacing.y * column[axis];
  return [at(0), at(1), at(2)];
}

/** `L 12.3 P 45.0 H 100.2 mm`: how far to the left, back and head of the frame of reference's origin. */
export function patientWords([x, y, z]: Point3): string {
  const part = (length: number, positive: string, negative: string): string =>
    `${length < 0 ? negative : positive} ${Math.abs(length).toFixed(1)}`;
  return `${part(x, "L", "R")} ${part(y, "P", "A")} ${part(z, "H", "F")} mm`;
}
