/** Viewports that move together: what the reader does in one is done in the others, as far as it means the same there. */
import { counterpart } from "../viewer/linking/follow";
import { motionBetween } from "../viewer/linking/motion";
import { carried } from "../viewer/linking/windows";
import type { SliceImage } from "../viewer/loading/images";
import type { Placement, Point } from "../viewer/stack/placement";
import { isSame, type Turn } from "../viewer/turn";
import type { WindowRange } from "../viewer/window/presets";
import type { Cell } from "./cell";

export type Link = "scroll" | "zoom" | "window";
export const LINKS: readonly Link[] = ["scroll", "zoom", "window"];
type On = Readonly<Record<Link, boolean>>;

const STANDARD: On = { scroll: true, zoom: false, window: false };
const KEPT = "radloop.links";

/** How a viewport stood when it was last looked at. */
interface Seen {
  readonly images: readonly SliceImage[];
  readonly index: number;
  readonly placement: Placement | null;
  readonly size: Point;
  readonly turn: Turn;
  readonly window: WindowRange | null;
}

export class Links {
  on: On = kept();
  private readonly seen = new WeakMap<Cell, Seen>();
  /** Where a viewport is being paged to by another one. */
  private readonly led = new WeakMap<Cell, number>();
  private isLeading = false;

  constructor(private readonly cells: () => readonly Cell[]) {}

  toggle(link: Link): void {
    this.on = { ...this.on, [link]: !this.on[link] };
    localStorage.setItem(KEPT, JSON.stringify(this.on));
  }

  reset(): void {
    this.on = STANDARD;
    localStorage.removeItem(KEPT);
  }

  /** A viewport has changed: if it was the reader's doing, the others follow. */
  follow(cell: Cell): void {
    const before = this.seen.get(cell);
    const now = seenOf(cell);
    this.seen.set(cell, now);
    if (!before || this.isLeading || before.images !== now.images || cell.pane.view.kind !== "stack") return;
    const others = this.cells().filter((one) => one !== cell && one.shown.is === "shown" && one.pane.view.kind === "stack");
    if (this.arrives(cell, now.index)) return;
    this.isLeading = true;
    try {
      for (const other of others) this.lead(cell, before, now, other);
    } finally {
      this.isLeading = false;
    }
  }

  /** It is paged by another viewport: what it does until it is there is nobody's doing. */
  private arrives(cell: Cell, index: number): boolean {
    const target = this.led.get(cell);
    if (target === undefined) return false;
    if (target === index) this.led.delete(cell);
    return true;
  }

  private lead(cell: Cell, before: Seen, now: Seen, other: Cell): void {
    if (now.index !== before.index) {
      if (this.on.scroll) this.page(cell, now.index - before.index, other);
      return;
    }
    if (this.on.zoom) move(before, now, other);
    if (this.on.window && now.window && !isSameWindow(before.window, now.window)) window(cell, now.window, other);
  }

  private page(cell: Cell, by: number, other: Cell): void {
    const { view } = other.pane;
    const index = this.led.get(other) ?? view.index;
    const target = counterpart(cell.pane.view.plane(), by, view.images, index);
    if (target === null || target === index) return;
    this.led.set(other, target);
    view.goTo(target).catch(() => {
      // It stays where it is; its own next step will say why.
      if (this.led.get(other) === target) this.led.delete(other);
    });
  }
}

function move(before: Seen, now: Seen, { pane }: Cell): void {
  const isSameGround = before.size[0] === now.size[0] && before.size[1] === now.size[1] && isSame(before.turn, now.turn);
  if (!isSameGround || !before.placement || !now.placement) return;
  const motion = motionBetween(before.placement, now.placement, [now.size[0] / 2, now.size[1] / 2]);
  if (!motion) return;
  if (motion.zoom !== 1) pane.view.zoom(motion.zoom);
  pane.view.pan(motion.pan);
}

function window(cell: Cell, now: WindowRange, other: Cell): void {
  const modality = cell.hung?.series.modality ?? "";
  if (other.hung?.series.modality !== modality) return;
  other.pane.view.window = carried(modality, now, cell.pane.stored, other.pane.stored);
}

function seenOf({ pane, element }: Cell): Seen {
  const { view } = pane;
  return {
    images: view.images, index: view.index, placement: view.placement(), size: [element.clientWidth, element.clientHeight],
    turn: view.turn, window: view.window,
  };
}

const isSameWindow = (a: WindowRange | null, b: WindowRange): boolean => a?.lower === b.lower && a.upper === b.upper;

/** What the reader chose on this computer. */
function kept(): On {
  try {
    return { ...STANDARD, ...(JSON.parse(localStorage.getItem(KEPT) ?? "{}") as Partial<On>) };
  } catch {
    return STANDARD;
  }
}
