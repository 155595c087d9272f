/** On which side of the patient a box lies, where the image says so. Pure. */
import type { Box, Side } from "../../session/content";
import { type Header, numbers, text } from "../loading/header";

/** Standing views from the front or back; other views have no left and right. */
const FRONTAL = new Set(["AP", "PA", ""]);
const PROJECTIONS = new Set(["DX", "CR", "RG", "RF", "SC"]);

/** Where the rows run to: the patient's left or right; "" when neither or unknown. */
export function rowsRunTo(header: Header): "left" | "right" | "" {
  const cosine = numbers(header, "00200037")[0];
  if (cosine !== undefined) return Math.abs(cosine) < 0.7 ? "" : cosine > 0 ? "left" : "right";
  const direction = text(header, "00200020")[0];
  if (direction) return direction === "L" ? "left" : direction === "R" ? "right" : "";
  // Radiographs are hung as if one faced the patient.
  const isFrontal = PROJECTIONS.has(text(header, "00080060")) && FRONTAL.has(text(header, "00185101"));
  return isFrontal ? "left" : "";
}

export function sideOf(box: Box, columns: number, header: Header): Side {
  const towards = rowsRunTo(header);
  if (!towards) return "";
  const isFirstHalf = box.x + box.w / 2 < (columns - 1) / 2;
  return (towards === "left") === isFirstHalf ? "right" : "left";
}
