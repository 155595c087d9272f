/** Whether a series is a volume, and which; else why not, in words with their numbers. Pure. */
import { numbers } from "../loading/header";
import type { SliceImage } from "../loading/images";
import type { Point3 } from "../view";
import type { Lattice } from "./lattice";
import { type Place, placeOf } from "./places";
import { along, angle, cross, dot, length, minus, times } from "./vectors";

export interface SeriesVolume {
  readonly lattice: Lattice;
  readonly frameOfReference: string;
  /** In the order of the lattice's slices. */
  readonly images: readonly SliceImage[];
}

export interface NoVolume {
  readonly why: string;
}

/** Slices that a volume needs at least: two make no third dimension worth looking at. */
const FEWEST = 3;
/** Share of the distance between slices by which one may lie off a regular grid: the worst error in any place. */
const TOLERANCE = 0.1;
/** Degrees. */
const SAME_DIRECTION = 0.1;

interface Placed {
  readonly image: SliceImage;
  readonly place: Place;
}

export function volumeOf(images: readonly SliceImage[]): SeriesVolume | NoVolume {
  const why = notEven(images);
  if (why) return { why };
  const placed = images.flatMap((image) => {
    const place = placeOf(image);
    return place ? [{ image, place }] : [];
  });
  if (placed.length < images.length) return { why: unplaced(images, images.length - placed.length) };
  return lookingOneWay(placed) ?? stacked(placed);
}

export const isVolume = (found: SeriesVolume | NoVolume): found is SeriesVolume => "lattice" in found;

/** What needs no geometry. "" when there is nothing against it. */
function notEven(images: readonly SliceImage[]): string {
  const count = images.length;
  if (count < FEWEST) {
    const few = count === 1 ? "a single image" : `${count} images`;
    return `This series has ${few}; planes need at least ${FEWEST} slices.`;
  }
  const isColour = images.some(({ header }) => (numbers(header, "00280002")[0] ?? 1) > 1);
  if (isColour) return "These are colour images; planes are cut through grey ones.";
  const sizes = [...new Set(images.map(({ rows, columns }) => `${columns} × ${rows}`))];
  return sizes.length > 1 ? `The images differ in size: ${some(sizes)}.` : "";
}

function unplaced(images: readonly SliceImage[], missing: number): string {
  const frames = images.filter(({ frame }) => frame > 0).length;
  if (frames) {
    return `The file does not say where its ${images.length} frames lie in the patient: `
      + "they follow each other in time, or their places are missing.";
  }
  const { length: all } = images;
  const which = missing === all ? "The images do not say" : `${missing} of ${all} images do not say`;
  return `${which} where they lie in the patient (position, orientation or pixel spacing is missing).`;
}

function lookingOneWay(placed: readonly Placed[]): NoVolume | null {
  const [first] = placed as [Placed];
  const turned = placed.map(({ place: { row, column } }) =>
    Math.max(angle(row, first.place.row), angle(column, first.place.column)));
  const most = Math.max(...turned);
  if (most > SAME_DIRECTION) {
    const others = turned.filter((degrees) => degrees > SAME_DIRECTION).length;
    const kind = most > 45 ? "localizers" : "a fan of slices";
    const turn = `turned by up to ${most.toFixed(1)}° (${kind})`;
    return { why: `The orientation varies: ${others} of ${placed.length} images are ${turn}.` };
  }
  const spacings = [...new Set(placed.map(({ place }) => place.spacing.map((mm) => mm.toFixed(3)).join(" × ")))];
  if (spacings.length > 1) return { why: `The pixel spacing varies: ${some(spacings)} mm.` };
  const references = new Set(placed.map(({ place }) => place.frameOfReference)).size;
  // One of its own for every image is an anonymiser's doing: whether they belong together is seen by their positions.
  const isShared = references === 1 || references === placed.length;
  if (isShared) return null;
  return { why: `The images belong to ${references} frames of reference, so they cannot be stacked.` };
}

function stacked(placed: readonly Placed[]): SeriesVolume | NoVolume {
  const { row, column, spacing, frameOfReference } = (placed[0] as Placed).place;
  const normal = cross(row, column);
  const at = ({ place }: Placed): number => dot(place.origin, normal);
  const ordered = [...placed].sort((a, b) => at(a) - at(b));
  const steps = ordered.slice(1).map((one, n) => at(one) - at(ordered[n] as Placed));
  const why = repeated(placed.length, steps) || uneven(steps);
  if (why) return { why };
  const [first, last] = [ordered[0] as Placed, ordered.at(-1) as Placed];
  const step = times(minus(last.place.origin, first.place.origin), 1 / steps.length);
  const offs = ordered.map(({ place }, n) => length(minus(place.origin, along(first.place.origin, step, n))));
  const [off, between] = [Math.max(...offs), length(step)];
  if (off > TOLERANCE * between) {
    const words = `one is ${off.toFixed(2)} mm off, at ${between.toFixed(2)} mm between slices`;
    return { why: `The slices do not lie in a row: ${words}.` };
  }
  const { rows, columns } = first.image;
  const lattice = {
    size: [columns, rows, ordered.length] as Point3, origin: first.place.origin,
    // Pixel spacing names rows first: what it says second lies between columns, along a row.
    steps: [times(row, spacing[1]), times(column, spacing[0]), step] as const,
  };
  return { lattice, frameOfReference, images: ordered.map(({ image }) => image) };
}

function repeated(count: number, steps: readonly number[]): string {
  const places = 1 + steps.filter((mm) => mm > 1e-3).length;
  if (places === count) return "";
  const shared = `${count} images share ${places} position${places === 1 ? "" : "s"}`;
  return `${shared}: several phases, echoes or repeats in one series.`;
}

function uneven(steps: readonly number[]): string {
  const [least, most] = [Math.min(...steps), Math.max(...steps)];
  const usual = [...steps].sort((a, b) => a - b)[Math.floor(steps.length / 2)] as number;
  const wrong = steps.filter((mm) => Math.abs(mm - usual) > TOLERANCE * usual).length;
  if (!wrong) return "";
  const first = steps.findIndex((mm) => Math.abs(mm - usual) > TOLERANCE * usual);
  return `The spacing is irregular: ${least.toFixed(2)} to ${most.toFixed(2)} mm, usually ${usual.toFixed(2)} mm, `
    + `with ${wrong} uneven step${wrong === 1 ? "" : "s"}, the first after slice ${first + 1} of ${steps.length + 1}.`;
}

function some(values: readonly string[]): string {
  const shown = values.slice(0, 3).join(", ");
  return values.length > 3 ? `${shown} and ${values.length - 3} more` : shown;
}
