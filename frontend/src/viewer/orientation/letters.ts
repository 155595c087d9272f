/** Which side of the patient lies at which edge of the screen, however the picture is turned, flipped or cut. Pure. */
import { rowsRunTo } from "../boxes/side";
import { type Header, text } from "../loading/header";
import type { Placement, Point } from "../stack/placement";
import type { Point3 } from "../view";

export interface Edges {
  readonly left: string;
  readonly right: string;
  readonly top: string;
  readonly bottom: string;
}

/** Towards the patient's left, back and head, as the axes of the frame of reference run; and their opposites. */
const TOWARDS = ["L", "P", "H"];
const OPPOSITE: Record<string, string> = { L: "R", R: "L", P: "A", A: "P", H: "F", F: "H" };
/** A part of the direction smaller than this (15°) is not named. */
const LEAST = 0.26;

/** The letters of a direction in the patient, the greatest part first: `PH` runs mostly back and somewhat up. */
export function lettersOf(direction: Point3): string {
  const length = Math.hypot(...direction);
  if (!length) return "";
  return direction
    .map((part, axis) => ({ part: part / length, letter: TOWARDS[axis] as string }))
    .filter(({ part }) => Math.abs(part) >= LEAST)
    .sort((a, b) => Math.abs(b.part) - Math.abs(a.part))
    .map(({ part, letter }) => (part > 0 ? letter : opposite(letter)))
    .join("");
}

export function opposite(letters: string): string {
  return [...letters].map((letter) => OPPOSITE[letter] ?? "").join("");
}

/** How much of the picture's rightward and downward direction leads straight to the right of the screen, and down. */
function along({ right, down }: Placement, [x, y]: Point): Point {
  const across = (right[0] * x + right[1] * y) / Math.hypot(...right);
  const downwards = (down[0] * x + down[1] * y) / Math.hypot(...down);
  return [across, downwards];
}

/** Edges of a picture that lies in the patient along `row` and `column`. */
export function edgesOfPlane(row: Point3, column: Point3, placement: Placement): Edges {
  const towards = (screen: Point): string => {
    const [across, downwards] = along(placement, screen);
    return lettersOf(row.map((part, n) => part * across + (column[n] as number) * downwards) as unknown as Point3);
  };
  return { left: towards([-1, 0]), right: towards([1, 0]), top: towards([0, -1]), bottom: towards([0, 1]) };
}

/** Edges of a radiograph from Patient Orientation; without one only a frontal view tells left from right. */
export function edgesOfRadiograph(header: Header, placement: Placement): Edges | null {
  const isSaid = text(header, "00200020", 0) !== "" && text(header, "00200020", 1) !== "";
  const rows = isSaid ? text(header, "00200020", 0) : { left: "L", right: "R", "": "" }[rowsRunTo(header)];
  const columns = isSaid ? text(header, "00200020", 1) : "";
  if (!rows && !columns) return null;
  const towards = (screen: Point): string => {
    const [across, downwards] = along(placement, screen);
    const [letters, part] = Math.abs(across) >= Math.abs(downwards) ? [rows, across] : [columns, downwards];
    return part > 0 ? letters : opposite(letters);
  };
  return { left: towards([-1, 0]), right: towards([1, 0]), top: towards([0, -1]), bottom: towards([0, 1]) };
}
