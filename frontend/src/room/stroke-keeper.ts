/** The stroke under way. No part of what is said, so autosave neither waits for it nor sees it; this browser keeps its points,
 *  so that a polygon half clicked outlives the tab. */
import type { Stroke } from "../viewer/marks/stroke";

const key = (reading: number): string => `radloop:stroke:${reading}`;

export class StrokeKeeper {
  stroke: Stroke | null = null;
  private reading: number | null = null;

  open(reading: number): void {
    if (reading === this.reading) return;
    this.reading = reading;
    this.stroke = found(reading);
  }

  keep(stroke: Stroke | null): void {
    const isSame = stroke?.points.length === this.stroke?.points.length;
    this.stroke = stroke;
    // The pointer alone is not worth writing down.
    if (isSame || this.reading === null) return;
    try {
      if (stroke) localStorage.setItem(key(this.reading), JSON.stringify({ ...stroke, hover: null, ground: finite(stroke) }));
      else localStorage.removeItem(key(this.reading));
    } catch {
      // A full or forbidden store only loses the second safety net.
    }
  }
}

/** JSON has no infinity: planes, which have no edges, are not kept. */
const finite = ({ ground }: Stroke): Stroke["ground"] | null => (ground.plane ? null : ground);

function found(reading: number): Stroke | null {
  try {
    const stroke = JSON.parse(localStorage.getItem(key(reading)) ?? "null") as Stroke | null;
    return stroke?.ground && stroke.points.length ? stroke : null;
  } catch {
    return null;
  }
}
