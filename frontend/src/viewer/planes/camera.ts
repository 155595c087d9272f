/** How a plane lies on the screen: its middle, its scale and how it is turned. Pure. */
import type { Placement, Point } from "../stack/placement";
import { axes, type Turn } from "../turn";
import type { PatientPlane, Point3 } from "../view";
import { toPlane } from "../volume/plane-frame";
import { along, cross, plus, times } from "../volume/vectors";

/** CSS pixels. */
export interface Extent {
  readonly width: number;
  readonly height: number;
}

export interface Camera {
  /** The point of the patient in the middle of the screen. */
  readonly centre: Point3;
  readonly mmPerPixel: number;
  readonly turn: Turn;
}

/** Parallel projection as Cornerstone takes it. */
export interface Projection {
  readonly focalPoint: Point3;
  readonly position: Point3;
  readonly viewUp: Point3;
  /** Towards who looks. */
  readonly viewPlaneNormal: Point3;
  /** Half the height of the screen, in millimetres. */
  readonly parallelScale: number;
}

/** Millimetres; any distance outside the volume does. */
const AWAY = 2000;

/** Directions of the screen's right and down in the patient. */
function screenAxes({ row, column }: PatientPlane, turn: Turn): { right: Point3; down: Point3 } {
  const { right, down } = axes(turn);
  const mixed = (n: 0 | 1): Point3 => plus(times(row, right[n]), times(column, down[n]));
  return { right: mixed(0), down: mixed(1) };
}

export function projectionOf(plane: PatientPlane, camera: Camera, { height }: Extent): Projection {
  const { right, down } = screenAxes(plane, camera.turn);
  const viewUp = times(down, -1);
  const viewPlaneNormal = cross(right, viewUp);
  const { depth } = toPlane(plane, camera.centre);
  const focalPoint = along(camera.centre, plane.normal, -depth);
  return {
    focalPoint, position: along(focalPoint, viewPlaneNormal, AWAY), viewUp, viewPlaneNormal,
    parallelScale: (height * camera.mmPerPixel) / 2,
  };
}

export function placementOf(
  plane: PatientPlane, { centre, mmPerPixel, turn }: Camera, { width, height }: Extent,
): Placement {
  const { right, down } = axes(turn);
  const { at: [u, v] } = toPlane(plane, centre);
  const scaled = ([x, y]: Point): Point => [x / mmPerPixel, y / mmPerPixel];
  const [dx, dy] = scaled([u * right[0] + v * down[0], u * right[1] + v * down[1]]);
  return { origin: [width / 2 - dx, height / 2 - dy], right: scaled(right), down: scaled(down) };
}

/** What has to be the middle, so that the plane moves by so many screen pixels. */
export function panned(plane: PatientPlane, camera: Camera, [dx, dy]: Point): Camera {
  const { right, down } = screenAxes(plane, camera.turn);
  const centre = along(along(camera.centre, right, -dx * camera.mmPerPixel), down, -dy * camera.mmPerPixel);
  return { ...camera, centre };
}

/** Scaled about a point of the screen, which stays where it is. */
export function zoomed(
  plane: PatientPlane, camera: Camera, by: number, around: Point, { width, height }: Extent,
): Camera {
  const [dx, dy] = [around[0] - width / 2, around[1] - height / 2];
  const moved = panned(plane, camera, [-dx, -dy]);
  return panned(plane, { ...moved, mmPerPixel: camera.mmPerPixel / by }, [dx, dy]);
}
