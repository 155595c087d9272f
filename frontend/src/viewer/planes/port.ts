/** The drawing of one plane: a Cornerstone volume viewport, told everything at each drawing. */
import { Enums, type Types } from "@cornerstonejs/core";

import { renderingEngine } from "../setup";
import type { Volume } from "../volume/volume";
import type { WindowRange } from "../window/presets";
import type { Projection } from "./camera";
import { samplingOf, type Slab } from "./slab";

const BLENDS = {
  none: Enums.BlendModes.COMPOSITE, mip: Enums.BlendModes.MAXIMUM_INTENSITY_BLEND,
  minip: Enums.BlendModes.MINIMUM_INTENSITY_BLEND, mean: Enums.BlendModes.AVERAGE_INTENSITY_BLEND,
} as const;

/** What is drawn. */
export interface Scene {
  readonly projection: Projection;
  readonly window: WindowRange;
  readonly isInverted: boolean;
  readonly slab: Slab;
  /** Millimetres from one cut to the next. */
  readonly step: number;
}

let made = 0;

export class PlanePort {
  private readonly id = `plane-${(made += 1)}`;
  private readonly viewport: Types.IVolumeViewport;

  constructor(element: HTMLDivElement, private readonly volume: Volume) {
    const engine = renderingEngine();
    engine.enableElement({ viewportId: this.id, element, type: Enums.ViewportType.ORTHOGRAPHIC });
    this.viewport = engine.getViewport(this.id) as Types.IVolumeViewport;
  }

  begin(): Promise<void> {
    return this.viewport.setVolumes([{ volumeId: this.volume.id }], false, true);
  }

  draw({ projection, window, isInverted, slab, step }: Scene): void {
    const { viewport } = this;
    if (!viewport.getDefaultActor()) return;
    const { focalPoint, position, viewUp, viewPlaneNormal, parallelScale } = projection;
    viewport.setCamera({
      focalPoint: [...focalPoint], position: [...position], viewUp: [...viewUp],
      viewPlaneNormal: [...viewPlaneNormal], parallelScale,
    });
    const voiRange = { lower: window.lower, upper: window.upper };
    viewport.setProperties({ voiRange, invert: isInverted }, this.volume.id, true);
    viewport.setBlendMode(BLENDS[slab.mode]);
    const mapper = viewport.getDefaultActor().actor.getMapper() as { setSampleDistance?(mm: number): void };
    mapper.setSampleDistance?.(samplingOf(this.volume.lattice, step, slab));
    // Cornerstone reaches this far to either side of the plane.
    if (slab.mode === "none") viewport.resetSlabThickness();
    else viewport.setSlabThickness(slab.thickness / 2);
    viewport.render();
  }

  dispose(): void {
    renderingEngine().disableElement(this.id);
  }
}
