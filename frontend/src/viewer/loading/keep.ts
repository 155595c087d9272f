/** Which studies may stay in memory: the open case, the one before it, those laid ready. All others go at each turn. */
import { cache } from "@cornerstonejs/core";
import dicomImageLoader from "@cornerstonejs/dicom-image-loader";

/** Study UID → the images whose headers are registered. */
const registered = new Map<string, Set<string>>();

/** An image's header was given to Cornerstone. */
export function noted(studyUid: string, imageId: string): void {
  const images = registered.get(studyUid) ?? new Set();
  registered.set(studyUid, images.add(imageId));
}

/** Pixels and headers of every other study are forgotten; an image of theirs has to be made anew before it is shown. */
export function keepStudies(uids: ReadonlySet<string>): void {
  for (const [uid, images] of registered) {
    if (uids.has(uid)) continue;
    registered.delete(uid);
    for (const imageId of images) {
      if (cache.getImageLoadObject(imageId)) cache.removeImageLoadObject(imageId);
      dicomImageLoader.wadors.metaDataManager.remove(imageId);
    }
  }
}
