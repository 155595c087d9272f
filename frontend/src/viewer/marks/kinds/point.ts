import type { Spot } from "../../../session/geometry";
import { type Kind, rounded, roundedPair, within } from "../kind";

export const pointKind: Kind<Spot> = {
  word: "point",
  needs: 1,
  isByClicks: true,
  grip: "",
  made([at], ground) {
    if (!at) return null;
    const [x, y] = roundedPair(within(at, ground));
    return { x, y };
  },
  lines: ({ x, y }) => [{ points: [[x, y]], isClosed: false }],
  handles: ({ x, y }) => [{ part: "at", at: [x, y] }],
  shifted: ({ x, y }, dx, dy) => ({ x: rounded(x + dx), y: rounded(y + dy) }),
  reshaped(spot, _, from, to, ground) {
    const [x, y] = roundedPair(within([spot.x + to[0] - from[0], spot.y + to[1] - from[1]], ground));
    return { x, y };
  },
  measure: () => "",
};
