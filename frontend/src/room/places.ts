/** Where marks lie: between a region of the case and its shape on the ground that a viewport shows. */
import type { CaseFinding } from "../api/readings";
import { PLAIN_MARK, type Region, type Side } from "../session/content";
import type { Box, OnPlane, Slice } from "../session/geometry";
import { type ImageRegion, isInWorld, type WorldKind } from "../session/regions";
import { newTrack } from "../session/track";
import { sideOf } from "../viewer/boxes/side";
import type { SliceImage } from "../viewer/loading/images";
import { boundsOf, type Ground } from "../viewer/marks/kind";
import { kindOf, type MarkKind, type Shape } from "../viewer/marks/kinds/table";
import { fromPlane, type ImagePlane, imagePlane, isWorldKind, ofImage, onImage, onPlane } from "../viewer/marks/on-plane";
import { extentOf } from "../viewer/marks/rle";
import type { PatientPlane } from "../viewer/view";
import type { Room } from "./room";
import type { Open } from "./state";
import { boxFrom, isOnSlices, seenOn } from "./through-slices";

/** An image of the case: which series it is in, and where. */
export interface Place {
  readonly series: number;
  readonly index: number;
  readonly image: SliceImage;
}

export function placeOf(open: Open, { instance_id, frame }: Slice): Place | null {
  for (const [series, images] of open.series.entries()) {
    const index = images.findIndex((one) => one.instanceId === instance_id && one.frame === frame);
    const image = images[index];
    if (image) return { series, index, image };
  }
  return null;
}

/** Where to page to for a mark; a 3-D box stands on its first slice; null for one on a plane. */
export const placeOfMark = (open: Open, region: Region): Place | null =>
  isInWorld(region) ? null : placeOf(open, { instance_id: region.instance_id, frame: region.frame });

export class Places {
  /** Images of earlier studies that hang beside the case. */
  others: () => readonly SliceImage[] = () => [];

  constructor(private readonly room: Room) {}

  private get open(): Open | null {
    return this.room.state.open;
  }

  fits(kind: MarkKind, ground: Ground): boolean {
    return ground.plane === null || isWorldKind(kind) || ground.cut !== null;
  }

  /** A new mark of the finding; null where its kind cannot lie on this ground. */
  region(kind: MarkKind, shape: Shape, ground: Ground, finding: CaseFinding): Region | null {
    const laterality = finding.has_laterality ? this.side(kind, shape, ground) : "";
    const said = { ...PLAIN_MARK, track: newTrack(), finding_id: finding.id, laterality };
    if (ground.plane && isWorldKind(kind)) {
      const series_id = this.seriesOf(ground.plane);
      return { ...said, kind, instance_id: null, series_id, geometry: onPlane(kind, shape, ground.plane) };
    }
    if (ground.cut && kind === "box3d" && this.open) {
      const geometry = boxFrom(this.open, shape as Box, ground.cut, null);
      return geometry && { ...said, ...geometry.first, kind, series_id: this.seriesWith(geometry.first), geometry } as Region;
    }
    if (!ground.slice || kind === "angle") return null;
    const series_id = kind === "box3d" ? this.seriesWith(ground.slice) : null;
    return { ...said, ...ground.slice, kind, series_id, geometry: shape } as Region;
  }

  private seriesWith(slice: Slice): number | null {
    const place = this.open && placeOf(this.open, slice);
    return place ? (this.open?.kase.series[place.series]?.id ?? null) : null;
  }

  /** The series that the plane was cut through: the shown one of the same frame of reference. */
  private seriesOf({ frameOfReference }: PatientPlane): number {
    const { open } = this;
    const isCut = (n: number): boolean => open?.series[n]?.[0]?.header["00200052"]?.Value?.[0] === frameOfReference;
    const place = [open?.seriesIndex ?? 0, ...(open?.series.keys() ?? [])].find(isCut);
    return open?.kase.series[place ?? 0]?.id ?? 0;
  }

  /** The region's shape on this ground; null where it does not lie on it. Planes and the slices in them show each other's. */
  shapeOn(region: Region, ground: Ground): Shape | null {
    if (isInWorld(region)) return this.fromWorld(region.kind, region.geometry, ground);
    const { slice } = ground;
    if (!slice) return isOnSlices(region) ? seenOn(region, ground) : this.ofSlice(region, ground);
    if (region.kind === "box3d") {
      return this.isWithin(region.geometry.first, region.geometry.last, slice) ? region.geometry : null;
    }
    return region.instance_id === slice.instance_id && region.frame === slice.frame ? region.geometry : null;
  }

  private fromWorld(kind: WorldKind, mark: OnPlane, { plane, slice, thickness }: Ground): Shape | null {
    if (plane) return fromPlane(kind, mark, plane, thickness);
    const image = slice && this.planeOf(slice);
    return image ? onImage(kind, mark, image, thickness) : null;
  }

  private ofSlice(region: ImageRegion, { plane, thickness }: Ground): Shape | null {
    const image = isWorldKind(region.kind) ? this.planeOf(region) : null;
    return image && plane && isWorldKind(region.kind)
      ? fromPlane(region.kind, ofImage(region.kind, region.geometry, image), plane, thickness) : null;
  }

  private planeOf(slice: Slice): ImagePlane | null {
    const image = this.image(slice);
    return image && imagePlane(image);
  }

  /** Whether a slice lies between two others of its series, in either order. */
  private isWithin(first: Slice, last: Slice, slice: Slice): boolean {
    const places = [first, slice, last].map((one) => this.open && placeOf(this.open, one));
    const [a, at, b] = places;
    if (!a || !at || !b || at.series !== a.series) return false;
    return at.index >= Math.min(a.index, b.index) && at.index <= Math.max(a.index, b.index);
  }

  /** The region's own geometry for a shape on this ground. */
  geometry(region: Region, shape: Shape, ground: Ground): Region["geometry"] {
    if (isInWorld(region)) {
      const image = ground.slice && this.planeOf(ground.slice);
      if (ground.plane) return onPlane(region.kind, shape, ground.plane);
      return image ? ofImage(region.kind, shape, image) : region.geometry;
    }
    if (region.kind === "box3d" && ground.cut && this.open) {
      return boxFrom(this.open, shape as Box, ground.cut, region.geometry) ?? region.geometry;
    }
    if (ground.slice || !ground.plane || !isWorldKind(region.kind)) return shape as Region["geometry"];
    const image = this.planeOf(region);
    return ((image && onImage(region.kind, onPlane(region.kind, shape, ground.plane), image, 2 * ground.thickness)) ??
      region.geometry) as Region["geometry"];
  }

  /** Of the case, or of an earlier study that hangs beside it. */
  image(slice: Slice): SliceImage | null {
    const own = this.open && placeOf(this.open, slice);
    return own?.image ?? this.others().find((one) => one.instanceId === slice.instance_id && one.frame === slice.frame) ?? null;
  }

  /** On which side of the patient the middle of a shape lies, where the image says so. */
  side(kind: MarkKind, shape: Shape, ground: Ground): Side {
    const image = ground.slice && this.image(ground.slice);
    const extent = "rle" in shape ? extentOf(shape) : boundsOf(kindOf(kind).lines(shape));
    if (!image || !extent) return "";
    const { left, top, right, bottom } = extent;
    return sideOf({ x: left, y: top, w: right - left, h: bottom - top }, image.columns, image.header);
  }
}
