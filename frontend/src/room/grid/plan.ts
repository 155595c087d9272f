/** From the server's decision how a case hangs to what each viewport shows. Pure. */
import type { Shape } from "../../api/client";
import type { Case } from "../../api/readings";
import type { SliceImage } from "../../viewer/loading/images";
import { type Layout, named, ONE } from "./layouts";

type Pane = Shape["HungPane"];

/** What a viewport shows: a series of the case at an image (null: its middle), one of an earlier study, or nothing. */
export type Wanted =
  | { readonly is: "case"; readonly place: number; readonly at: number | null; readonly why: string }
  | { readonly is: "prior"; readonly study: string; readonly series: string; readonly image: string | null; readonly why: string }
  | { readonly is: "nothing"; readonly why: string };

export interface Plan {
  readonly layout: Layout;
  readonly wanted: readonly Wanted[];
}

type Series = readonly (readonly SliceImage[])[];

export function planOf({ series, hanging }: Pick<Case, "series" | "hanging">, images: Series): Plan {
  const wanted = hanging.panes.map((pane) => wantedOf(pane, series, images, reasonOf(hanging.rule, pane)));
  const layout = named(hanging.rows, hanging.columns);
  if (layout.count !== wanted.length || !wanted.some((one) => one.is === "case")) {
    return { layout: ONE, wanted: [{ is: "case", place: 0, at: null, why: "" }] };
  }
  return { layout, wanted };
}

/** "Hung by rule …" as it stands on hover. */
function reasonOf(rule: string, { why }: Pane): string {
  return why ? `Hung by rule “${rule}”: ${why}` : `Hung by rule “${rule}”`;
}

function wantedOf(pane: Pane, series: Case["series"], images: Series, why: string): Wanted {
  if (pane.study === null || pane.series === null) {
    return { is: "nothing", why: pane.is_prior ? "The rule asks for an earlier study; none fits." : "No image of the study fits what the rule asks for." };
  }
  if (pane.is_prior) return { is: "prior", study: pane.study, series: pane.series, image: pane.image, why };
  const place = series.findIndex((one) => one.uid === pane.series);
  const instance = series[place]?.instances.find((one) => one.sop_uid === pane.image);
  const at = instance ? (images[place]?.findIndex((one) => one.instanceId === instance.id) ?? -1) : -1;
  return place < 0 ? { is: "nothing", why: "The series is no longer there." } : { is: "case", place, at: at < 0 ? null : at, why };
}

/** The images that the case begins with, in the order of its viewports. */
export function firstImages(plan: Plan, images: Series): SliceImage[] {
  return plan.wanted.flatMap((one) => {
    if (one.is !== "case") return [];
    const stack = images[one.place] ?? [];
    const image = stack[one.at ?? Math.floor(stack.length / 2)];
    return image ? [image] : [];
  });
}
