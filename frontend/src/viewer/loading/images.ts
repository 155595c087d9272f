/** From a case's series to the images that Cornerstone loads; headers are registered first, or nothing would render. */
import dicomImageLoader from "@cornerstonejs/dicom-image-loader";

import type { CaseSeries } from "../../api/readings";
import { drawable, ofFrame, withUnitAxes } from "./frame-header";
import { type Header, text } from "./header";
import { noted } from "./keep";

export interface SliceImage {
  readonly imageId: string;
  readonly instanceId: number;
  readonly frame: number;
  readonly rows: number;
  readonly columns: number;
  readonly header: Header;
}

interface Source {
  id: number;
  frames: number;
  rows: number;
  columns: number;
  metadata: Header;
}

/** One entry per frame, in reading order. */
export function imagesOf(series: CaseSeries): SliceImage[] {
  return series.instances.flatMap((instance) => framesOf({ ...instance, metadata: { ...series.common, ...instance.metadata } as Header }));
}

function framesOf(source: Source): SliceImage[] {
  const whole = source.metadata;
  const place = `${location.origin}/dicomweb/studies/${text(whole, "0020000D")}/series/${text(whole, "0020000E")}`;
  return Array.from({ length: source.frames }, (_, frame) => {
    const imageId = `wadors:${place}/instances/${text(whole, "00080018")}/frames/${frame + 1}`;
    const header = withUnitAxes(ofFrame(whole, frame));
    dicomImageLoader.wadors.metaDataManager.add(imageId, drawable(header) as never);
    noted(text(whole, "0020000D"), imageId);
    return { imageId, instanceId: source.id, frame, rows: source.rows, columns: source.columns, header };
  });
}
