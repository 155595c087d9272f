/** From a case's series to the images that Cornerstone loads; headers are registered first, or nothing would render. */
import dicomImageLoader from "@cornerstonejs/dicom-image-loader";

import type { CaseSeries } from "../../api/readings";
import { type Header, numbers, text } from "./header";
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
  return series.instances.flatMap((instance) => framesOf(instance as Source));
}

/** The same from a study's WADO-RS metadata: for what is fetched ahead of its case. */
export function imagesOfStudy(metadata: readonly Header[]): SliceImage[] {
  return metadata.flatMap((header) =>
    framesOf({
      id: 0, metadata: header, frames: numbers(header, "00280008")[0] ?? 1,
      rows: numbers(header, "00280010")[0] ?? 0, columns: numbers(header, "00280011")[0] ?? 0,
    }),
  );
}

function framesOf(source: Source): SliceImage[] {
  const header = drawable(source.metadata);
  const place = `${location.origin}/dicomweb/studies/${text(header, "0020000D")}/series/${text(header, "0020000E")}`;
  return Array.from({ length: source.frames }, (_, frame) => {
    const imageId = `wadors:${place}/instances/${text(header, "00080018")}/frames/${frame + 1}`;
    dicomImageLoader.wadors.metaDataManager.add(imageId, header as never);
    noted(text(header, "0020000D"), imageId);
    return { imageId, instanceId: source.id, frame, rows: source.rows, columns: source.columns, header };
  });
}

const SPACINGS = ["00280030", "00181164"];

/** A pixel spacing of nought, as some digitisers write it, would leave nothing to look at. */
function drawable(header: Header): Header {
  const wrong = SPACINGS.filter((tag) => header[tag] && !numbers(header, tag).every((value) => value > 0));
  return wrong.length ? Object.fromEntries(Object.entries(header).filter(([tag]) => !wrong.includes(tag))) : header;
}
