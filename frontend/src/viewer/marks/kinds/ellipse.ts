import type { Ellipse, Pair } from "../../../session/geometry";
import { furthest, type Ground, isInside, type Kind, MINIMUM, rounded } from "../kind";
import { area, lengths, lengthOf } from "../words";
import { boxMade } from "./box";

const STEPS = 96;
const RADIANS = Math.PI / 180;

/** The point at this angle, counted from the axis of `rx`. */
function at({ cx, cy, rx, ry, angle }: Ellipse, degrees: number): Pair {
  const [cosine, sine] = [Math.cos(angle * RADIANS), Math.sin(angle * RADIANS)];
  const [x, y] = [rx * Math.cos(degrees * RADIANS), ry * Math.sin(degrees * RADIANS)];
  return [cx + x * cosine - y * sine, cy + x * sine + y * cosine];
}

/** Largest extent from the middle along the rows and along the columns. */
export function reachOf({ rx, ry, angle }: Ellipse): Pair {
  const [cosine, sine] = [Math.cos(angle * RADIANS), Math.sin(angle * RADIANS)];
  return [Math.hypot(rx * cosine, ry * sine), Math.hypot(rx * sine, ry * cosine)];
}

export function isOn(ellipse: Ellipse, ground: Ground): boolean {
  const [x, y] = reachOf(ellipse);
  const { cx, cy } = ellipse;
  return isInside({ left: cx - x, right: cx + x, top: cy - y, bottom: cy + y }, ground);
}

/** Radii downwards, so that rounding never carries it out of the image. */
function tidy({ cx, cy, rx, ry, angle }: Ellipse): Ellipse {
  const down = (radius: number): number => Math.max(MINIMUM / 2, Math.floor(radius * 100 + 1e-6) / 100);
  const turn = ((angle % 180) + 180) % 180;
  return { cx: rounded(cx), cy: rounded(cy), rx: down(rx), ry: down(ry), angle: rounded(turn) % 180 };
}

/** Each end of an axis can be dragged: it lengthens the axis on both sides and turns the whole. */
const ENDS: Record<string, number> = { rx: 0, ry: 90, "-rx": 180, "-ry": 270 };

export const ellipseKind: Kind<Ellipse> = {
  word: "ellipse",
  needs: 2,
  isByClicks: false,
  grip: "size",
  made(points, ground) {
    const box = boxMade(points, ground);
    if (!box) return null;
    const whole = tidy({ cx: box.x + box.w / 2, cy: box.y + box.h / 2, rx: box.w / 2, ry: box.h / 2, angle: 0 });
    // At the edge, the rounded middle may have carried it out by half a hundredth.
    return isOn(whole, ground) ? whole : { ...whole, rx: whole.rx - 0.01, ry: whole.ry - 0.01 };
  },
  lines: (ellipse) => [{ points: Array.from({ length: STEPS }, (_, n) => at(ellipse, (360 * n) / STEPS)), isClosed: true }],
  handles: (ellipse) => Object.entries(ENDS).map(([part, degrees]) => ({ part, at: at(ellipse, degrees) })),
  shifted: (ellipse, dx, dy) => ({ ...ellipse, cx: rounded(ellipse.cx + dx), cy: rounded(ellipse.cy + dy) }),
  reshaped(ellipse, part, from, to, ground) {
    const make = (end: Pair): Ellipse => tidy(part === "size" ? sized(ellipse, end, from) : stretched(ellipse, part, end));
    return furthest(from, to, make, (made) => isOn(made, ground)) ?? ellipse;
  },
  measure(ellipse, ground) {
    const axis = (one: number): number => lengthOf(at(ellipse, one), at(ellipse, one + 180), ground);
    const axes = [axis(0), axis(90)].sort((a, b) => b - a);
    return `${lengths(axes, ground)}, area ${area(Math.PI * ellipse.rx * ellipse.ry, ground)}`;
  },
};

function stretched(ellipse: Ellipse, part: string, [x, y]: Pair): Ellipse {
  const [dx, dy] = [x - ellipse.cx, y - ellipse.cy];
  const angle = Math.atan2(dy, dx) / RADIANS - (ENDS[part] ?? 0);
  const radius = Math.hypot(dx, dy);
  return part.endsWith("rx") ? { ...ellipse, rx: radius, angle } : { ...ellipse, ry: radius, angle };
}

function sized(ellipse: Ellipse, [x, y]: Pair, [fx, fy]: Pair): Ellipse {
  return { ...ellipse, rx: ellipse.rx + (x - fx) / 2, ry: ellipse.ry + (y - fy) / 2 };
}

