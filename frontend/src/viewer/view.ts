/** What a pane shows, whatever draws it: a stack of images, or a plane cut through a volume. */
import type { SliceImage } from "./loading/images";
import type { Placement, Point } from "./stack/placement";
import type { PixelValue } from "./probe/reading";
import type { Turn } from "./turn";
import type { WindowRange } from "./window/presets";

/** Millimetres in the patient's frame of reference (to the left, to the back, to the head). */
export type Point3 = readonly [number, number, number];

/** Where the picture lies in the patient. Points can be compared only within one frame of reference. */
export interface PatientPlane {
  readonly frameOfReference: string;
  /** The centre of the picture's first pixel. */
  readonly origin: Point3;
  /** Unit vectors: along a row, down a column, and through the picture (row × column). */
  readonly row: Point3;
  readonly column: Point3;
  readonly normal: Point3;
}

export interface View {
  readonly kind: "stack" | "plane";
  /** The images shown, or those that the volume is made of. */
  readonly images: readonly SliceImage[];
  /** Where one is among `count` positions: images of a stack, cuts of a plane. */
  readonly index: number;
  readonly count: number;
  /** The image on the screen; null while there is none, and on a plane that is nobody's image. */
  readonly current: SliceImage | null;
  /** Called after each drawing, and whenever the view has changed. */
  changed: () => void;

  /** Page to a position; the last one asked for wins. Throws LoadFailure. */
  goTo(index: number): Promise<void>;
  scroll(by: number): Promise<void>;

  /** null resets it to the stored window. */
  window: WindowRange | null;
  /** Least and greatest value, rescaled; null while nothing is shown. */
  readonly range: WindowRange | null;
  readonly isInverted: boolean;
  invert(): void;

  readonly zoomFactor: number;
  /** Zoom by a factor, keeping the point (CSS pixels in the element; else the middle) where it is. */
  zoom(by: number, around?: Point): void;
  /** CSS pixels. */
  pan(by: Point): void;

  /** How it is turned and flipped. */
  turn: Turn;
  /** Fitted, upright, with the stored window, not inverted. */
  resetView(): void;

  /** Where picture pixels lie on the screen, relative to the element; null while nothing is shown. */
  placement(): Placement | null;
  /** The value of a whole picture pixel, rescaled; null beside the picture. */
  valueAt?(pixel: Point): PixelValue | null;
  /** Where the picture lies in the patient; null where its header does not say, as for radiographs. */
  plane(): PatientPlane | null;
  /** Give back what it holds; it shows nothing any more. */
  dispose(): void;
}
