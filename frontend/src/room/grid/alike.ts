/** Which series of another study is the one to compare with. Pure. */

interface Described {
  readonly modality: string;
  readonly body_part: string;
  readonly view_position: string;
  readonly instances: readonly unknown[];
}

/** Its place, -1 where there is none: the same kind of image first, then body part and view, then the larger stack. */
export function mostAlike(series: readonly Described[], like: Described | null): number {
  const points = series.map((one) => {
    const same = (name: "modality" | "body_part" | "view_position", weight: number): number =>
      like && one[name] === like[name] ? weight : 0;
    return same("modality", 100) + same("body_part", 20) + same("view_position", 10) + Math.min(one.instances.length, 999) / 1000;
  });
  return points.length ? points.indexOf(Math.max(...points)) : -1;
}
