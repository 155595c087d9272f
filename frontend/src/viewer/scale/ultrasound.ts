/** Millimetres of an ultrasound picture, from its regions. Pure. */
import type { Header } from "../loading/header";

const PLANE = 1;
const CENTIMETRES = 3;

/** null where the regions differ or measure something other than length: then no length can be told. */
export function regionSpacing(header: Header): { x: number; y: number } | null {
  const regions = ((header["00186011"]?.Value ?? []) as Header[]).filter((one) => number(one, "00186012") === PLANE);
  const found = regions.map((one) => {
    const isLength = number(one, "00186024") === CENTIMETRES && number(one, "00186026") === CENTIMETRES;
    return isLength ? { x: 10 * Math.abs(number(one, "0018602C")), y: 10 * Math.abs(number(one, "0018602E")) } : null;
  });
  const first = found[0];
  const isSame = found.every((one) => one && first && one.x === first.x && one.y === first.y);
  return first && isSame && first.x > 0 && first.y > 0 ? first : null;
}

function number(region: Header, tag: string): number {
  return Number(region[tag]?.Value?.[0] ?? 0);
}
