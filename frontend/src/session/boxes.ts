/** Boxes as part of the content: drawn, moved, deleted, with the side they lie on. Pure. */
import { mark } from "./answers";
import type { Answer, Box, BoxRegion, Content, FindingRule, Region, Side } from "./content";
import { isBox } from "./regions";

/** Image pixels; smaller boxes are slips of the hand (the server refuses them, too). */
export const MINIMUM = 2;

/** The box within the image (edges at -0.5 and size - 0.5); null when less than the minimum is left of it. */
export function clamped(box: Box, columns: number, rows: number): Box | null {
  const left = Math.max(-0.5, box.x);
  const top = Math.max(-0.5, box.y);
  const right = Math.min(columns - 0.5, box.x + box.w);
  const bottom = Math.min(rows - 0.5, box.y + box.h);
  if (right - left < MINIMUM || bottom - top < MINIMUM) return null;
  return { x: rounded(left), y: rounded(top), w: rounded(right - left), h: rounded(bottom - top) };
}

/** The box shifted, kept whole inside the image. */
export function moved(box: Box, dx: number, dy: number, columns: number, rows: number): Box {
  const x = Math.min(Math.max(box.x + dx, -0.5), columns - 0.5 - box.w);
  const y = Math.min(Math.max(box.y + dy, -0.5), rows - 0.5 - box.h);
  return { ...box, x: rounded(x), y: rounded(y) };
}

/** Hundredths of a pixel, downwards, so that rounding never carries an edge out of the image. */
function rounded(value: number): number {
  return Math.floor(value * 100 + 1e-6) / 100;
}

export function addBox(content: Content, finding: FindingRule, region: Region, all: readonly FindingRule[]): Content {
  const present = mark(content, finding, "present", all);
  return sided({ ...present, regions: [...present.regions, region] }, finding, content.regions);
}

export function changeBox(content: Content, track: string, geometry: Box, side: Side, finding: FindingRule): Content {
  const regions = content.regions.map((region) => (region.track === track && isBox(region) ? reshaped(region, geometry, side) : region));
  return sided({ ...content, regions }, finding, content.regions);
}

function reshaped(region: BoxRegion, geometry: Box, side: Side): BoxRegion {
  const suggestion = region.suggestion ? { ...region.suggestion, act: "corrected" as const } : null;
  return { ...region, geometry, laterality: side, suggestion };
}

export function removeBox(content: Content, track: string, finding: FindingRule): Content {
  const regions = content.regions.filter((region) => region.track !== track);
  return sided({ ...content, regions }, finding, content.regions);
}

/** The side that boxes together say. */
export function sideOfAll(regions: readonly Region[], finding: number): Side {
  const sides = new Set(regions.filter((region) => region.finding_id === finding).map((region) => region.laterality));
  sides.delete("");
  if (sides.has("both") || sides.size > 1) return "both";
  return [...sides][0] ?? "";
}

/** The finding's side follows its boxes until the reader has chosen another. */
function sided(content: Content, finding: FindingRule, before: readonly Region[]): Content {
  const answer = content.findings[finding.id];
  if (!finding.has_laterality || !answer || answer.state === "absent") return content;
  const followed = answer.laterality === "" || answer.laterality === sideOfAll(before, finding.id);
  const laterality = sideOfAll(content.regions, finding.id);
  if (!followed || !laterality || laterality === answer.laterality) return content;
  const next: Answer = { ...answer, laterality };
  return { ...content, findings: { ...content.findings, [finding.id]: next } };
}
