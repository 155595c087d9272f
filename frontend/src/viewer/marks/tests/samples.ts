import type { Ground } from "../kind";
import type { Spacing } from "../spacing";

export const ground = (columns: number, rows: number, spacing: Spacing | null = null): Ground => ({
  key: "7:0", left: -0.5, top: -0.5, right: columns - 0.5, bottom: rows - 0.5, spacing, slice: { instance_id: 7, frame: 0 }, plane: null, cut: null, thickness: 1,
});
