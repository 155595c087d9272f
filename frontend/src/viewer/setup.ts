/** Cornerstone, started once per page. */
import { cache, init, RenderingEngine } from "@cornerstonejs/core";
import dicomImageLoader from "@cornerstonejs/dicom-image-loader";

import { cacheBytes } from "./loading/memory";

let engine: RenderingEngine | null = null;

export function renderingEngine(): RenderingEngine {
  if (engine) return engine;
  // One context instead of several saves up to a second where WebGL is drawn in software.
  init({ rendering: { webGlContextCount: 1 }, debug: {} });
  const cores = navigator.hardwareConcurrency || 2;
  dicomImageLoader.init({ maxWebWorkers: Math.min(4, Math.max(1, cores - 1)) });
  cache.setMaxCacheSize(cacheBytes((navigator as { deviceMemory?: number }).deviceMemory));
  // The loader leaves a second copy of each failed request unhandled; loading/load.ts deals with the first.
  window.addEventListener("unhandledrejection", (event) => {
    if (event.reason instanceof XMLHttpRequest) event.preventDefault();
  });
  engine = new RenderingEngine("reading-room");
  return engine;
}
