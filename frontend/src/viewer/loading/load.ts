/** Loading pixels: one image with its progress and its failure, or many ahead of time. */
import { cache, Enums, eventTarget, imageLoader } from "@cornerstonejs/core";

import type { SliceImage } from "./images";
import { mostAhead, nearest } from "./memory";

// The viewport asks with the same options; without them the cache would hold values that aren't rescaled.
const OPTIONS = { preScale: { enabled: true }, priority: 0, requestType: Enums.RequestType.Interaction };
/** Without any byte of it for so long, an image counts as lost. */
const PATIENCE_MS = 30_000;

export class LoadFailure extends Error {}

/** Resolves when the image is in the cache. Throws LoadFailure with a sentence that says why it isn't. */
export async function load(image: SliceImage, progress: (percent: number) => void = () => undefined): Promise<void> {
  const end = new AbortController();
  try {
    await Promise.race([imageLoader.loadAndCacheImage(image.imageId, { ...OPTIONS }), failed(image, progress, end.signal)]);
  } catch (error) {
    // A failed load must not be kept: the next try has to ask again.
    if (cache.getImageLoadObject(image.imageId)) cache.removeImageLoadObject(image.imageId);
    throw error instanceof LoadFailure ? error : new LoadFailure(because(error));
  } finally {
    end.abort();
  }
}

/** Rejects when Cornerstone reports a failure that its promise does not, or after a long silence. */
function failed(image: SliceImage, progress: (percent: number) => void, end: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    let timer: ReturnType<typeof setTimeout>;
    const listen = <Detail>(name: string, act: (detail: Detail) => void): void => {
      const heard = (event: globalThis.Event): void => {
        const { detail } = event as CustomEvent<Detail & { imageId: string }>;
        if (detail.imageId === image.imageId) act(detail);
      };
      eventTarget.addEventListener(name, heard as EventListener);
      end.addEventListener("abort", () => eventTarget.removeEventListener(name, heard as EventListener));
    };
    const wait = (): void => {
      clearTimeout(timer);
      timer = setTimeout(() => reject(new LoadFailure("It did not arrive.")), PATIENCE_MS);
    };
    for (const name of [Enums.Events.IMAGE_LOAD_FAILED, Enums.Events.IMAGE_LOAD_ERROR]) {
      listen<{ error: unknown }>(name, ({ error }) => reject(new LoadFailure(because(error))));
    }
    listen<{ percentComplete?: number }>("cornerstoneimageloadprogress", ({ percentComplete }) => {
      wait();
      if (percentComplete !== undefined) progress(percentComplete);
    });
    end.addEventListener("abort", () => clearTimeout(timer));
    wait();
  });
}

function because(error: unknown): string {
  const inner = (error as { error?: unknown })?.error ?? error;
  if (inner instanceof XMLHttpRequest) {
    return inner.status ? `The service answered ${inner.status} for its pixels.` : "The service does not answer.";
  }
  const message = inner instanceof Error ? inner.message : String(inner);
  return `Its pixels cannot be decoded (${message.slice(0, 120)}).`;
}

/** Fetch images in this order, a few at a time, until told to stop. Failures are left for the moment of showing. */
export async function loadAhead(
  images: readonly SliceImage[], stop: AbortSignal, loaded: (count: number) => void = () => undefined, lanes = 3,
): Promise<void> {
  const waiting = [...images];
  let count = 0;
  const lane = async (): Promise<void> => {
    for (let image = waiting.shift(); image && !stop.aborted; image = waiting.shift()) {
      await load(image).catch(() => undefined);
      loaded((count += 1));
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
}

/**
 * Fetch a stack, always what lies nearest to where the reader is now, until told to stop or what fits into memory is there.
 * Who leaps to another slice waits for no more than the few images that are on their way.
 */
export async function loadAround(
  images: readonly SliceImage[], where: () => number, stop: AbortSignal, loaded: (count: number) => void, lanes = 3,
): Promise<void> {
  const waiting = new Set(images.keys());
  const most = images[0] ? mostAhead(images[0], cache.getMaxCacheSize()) : 0;
  let count = 0;
  const lane = async (): Promise<void> => {
    while (!stop.aborted && images.length - waiting.size < most) {
      const next = nearest(waiting, where());
      if (next === null) return;
      waiting.delete(next);
      await load(images[next] as SliceImage).catch(() => undefined);
      loaded((count += 1));
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
}
