/** What can be hung, one by one: radiographs image by image, other series as stacks. Pure. */
import type { CaseSeries } from "../../api/readings";
import { text } from "../../viewer/loading/header";
import type { SliceImage } from "../../viewer/loading/images";
import type { Hung, PriorStudy } from "../cell";

/** As on the server (imaging.hanging.facts): every image of these hangs for itself. */
const PROJECTIONS = new Set(["CR", "DX", "IO", "MG", "PX", "RG"]);
/** A series with more radiographs than this is paged like a stack. */
const MOST_SINGLE = 12;

export interface Item {
  /** Names it while it is dragged. */
  readonly key: string;
  readonly hung: Hung;
  /** Which image of the series; null: the stack, from its middle. */
  readonly at: number | null;
  readonly label: string;
  /** The same where there is little room. */
  readonly short: string;
  /** What stands for it in small. */
  readonly image: SliceImage;
}

export function shelfOf(
  series: readonly CaseSeries[], images: readonly (readonly SliceImage[])[], prior: PriorStudy | null,
): Item[] {
  return series.flatMap((one, place) => {
    const stack = images[place] ?? [];
    const hung: Hung = { series: one, images: stack, place: prior ? null : place, prior };
    const isSingle = PROJECTIONS.has(one.modality) && stack.length <= MOST_SINGLE;
    const places = isSingle ? [...stack.keys()] : stack.length ? [Math.floor(stack.length / 2)] : [];
    return places.map((n): Item => ({
      key: `${prior?.uid ?? ""}/${one.uid}/${isSingle ? n : ""}`, hung, at: isSingle ? n : null, image: stack[n] as SliceImage,
      ...labelsOf(one, stack[n] as SliceImage, isSingle ? 1 : stack.length),
    }));
  });
}

function labelsOf(series: CaseSeries, { header }: SliceImage, count: number): { label: string; short: string } {
  const view = viewOf(header, series.view_position);
  const what = view || text(header, "0008103E").toLowerCase();
  const number = series.number === null ? "" : `series ${series.number}`;
  const images = count > 1 ? `${count} images` : "";
  return {
    label: [series.modality, what || series.body_part, number, images].filter(Boolean).join(", "),
    short: [what || series.modality, count > 1 ? count : ""].filter(Boolean).join(" "),
  };
}

/** Side and view of a radiograph: "R CC", "PA"; an unpaired part has no side. */
export function viewOf(header: SliceImage["header"], otherwise: string): string {
  const side = text(header, "00200062") || text(header, "00200060");
  return [["L", "R", "B"].includes(side) ? side : "", text(header, "00185101") || otherwise].filter(Boolean).join(" ");
}

/** Whether this is what hangs there. */
export function isHung(item: Item, hung: Hung | null, index: number): boolean {
  return hung?.series === item.hung.series && (item.at === null || item.at === index);
}
