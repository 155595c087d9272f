/** The hand on one view: gestures become strokes, changed marks and paint. What they mean for the case is the room's. */
import type { Pair } from "../../session/geometry";
import type { Grab } from "../pointer/gestures";
import { type Placement, type Point, toImage } from "../stack/placement";
import type { View } from "../view";
import type { MarkEvents } from "./events";
import { groundOf } from "./ground";
import { around, cursorOf, hit, type Hit } from "./hit";
import { painting, reshaping, type Surface } from "./grabs";
import type { Ground } from "./kind";
import { kindOf, type Shape } from "./kinds/table";
import { type Drawing, type Live, MarkLayer, STILL } from "./layer";
import { colourOf } from "./masks";
import { ringOf } from "./painting";
import type { Mark } from "./placed";
import * as strokes from "./stroke";
import type { Stroke } from "./stroke";
import { toVoxels } from "./through";
import { toolOf, type ToolName } from "./tools";

const NEW = "new";
const NOTHING: Drawing = { own: [], suggested: [], chosen: null };

export class MarkHand {
  readonly layer: MarkLayer;
  private live: Live = STILL;
  private placement: Placement | null = null;
  private ground: Ground | null = null;

  constructor(
    private readonly element: HTMLElement,
    private readonly view: () => View,
    private readonly events: MarkEvents,
  ) {
    this.layer = new MarkLayer(element, (finding, act) => events.suggestion(finding, act));
  }

  draw(): void {
    this.placement = this.view().placement();
    this.ground = groundOf(this.view());
    const drawing = this.ground ? this.events.drawing(this.ground) : NOTHING;
    this.layer.draw(drawing, this.sketched(), this.ground && this.placement, this.ground?.cut);
  }

  /** The stroke under way belongs to its own ground; elsewhere it waits unseen. */
  private stroke(): Stroke | null {
    const stroke = this.events.stroke();
    return stroke && stroke.ground.key === this.ground?.key ? stroke : null;
  }

  private sketched(): Live {
    const stroke = this.stroke();
    if (!stroke) return this.live;
    const seen = strokes.sketched(stroke);
    return "line" in seen ? { ...this.live, line: seen.line } : { ...this.live, mark: this.asMark(stroke, seen.shape) };
  }

  private asMark(stroke: Stroke, geometry: Shape): Mark {
    const { kind, isPassing } = toolOf(stroke.tool);
    const size = kindOf(kind).measure(geometry, stroke.ground);
    return { track: NEW, kind, geometry, label: this.events.label(stroke), size, isPassing: isPassing ?? false };
  }

  private at(point: Point): Pair {
    return toImage(this.placement as Placement, point);
  }

  private found(at: Point): Hit | null {
    const marks = this.layer.screen.filter((one) => one.isPassing || this.events.mayChange());
    const chosen = this.ground ? this.events.drawing(this.ground).chosen : null;
    return hit(marks, chosen, at);
  }

  /** What a drag from here does; null where it is none of the marks' business. */
  grab(from: Point): Grab | null {
    const tool = this.events.tool();
    if (!this.placement || !this.ground) return null;
    if (tool && toolOf(tool).paints !== undefined) return this.paints(tool, from, this.ground);
    if (this.stroke()) return this.follows(from);
    const found = this.found(from);
    if (found) return this.reshapes(found, from, this.ground);
    return tool && this.events.mayBegin(tool, this.ground) ? this.follows(from) : null;
  }

  /** Whether a press here would be the marks' business. */
  isTaken(at: Point): boolean {
    return this.placement !== null && this.ground !== null && (this.events.tool() !== null || this.found(at) !== null);
  }

  private follows(from: Point): Grab {
    const stroke = this.stroke() ?? this.begin();
    const isFree = strokes.needsOf(stroke) === Infinity;
    const path: Pair[] = [this.at(from)];
    return {
      drag: (points, isDone) => {
        path.push(...points.map((point) => this.at(point)));
        const last = path.at(-1) as Pair;
        const drawn = isFree ? strokes.extended(stroke, ...path) : strokes.dragged(stroke, path[0] as Pair, last);
        this.keep(drawn);
        // A line that was only dragged closes when it is let go; clicked corners go on.
        if (isDone && (strokes.isComplete(drawn) || (isFree && !stroke.points.length))) this.finish(drawn);
      },
      cancel: () => this.keep(stroke.points.length ? stroke : null),
    };
  }

  private begin(): Stroke {
    return this.events.begun(this.events.tool() as ToolName, this.ground as Ground);
  }

  private keep(stroke: Stroke | null): void {
    this.events.keepStroke(stroke);
    this.draw();
  }

  private finish(stroke: Stroke): void {
    const shape = strokes.finished(stroke);
    this.events.keepStroke(null);
    if (shape) this.events.made(stroke, shape);
    this.draw();
  }

  private reshapes({ track, part }: Hit, from: Point, ground: Ground): Grab | null {
    const mark = this.layer.screen.find((one) => one.track === track);
    if (!mark || mark.kind === "mask") return null;
    return reshaping(this.surface(ground), mark, part, from, (shape) => this.events.reshaped(track, shape, ground));
  }

  private paints(tool: ToolName, from: Point, ground: Ground): Grab | null {
    const brush = this.events.mayBegin(tool, ground) ? this.events.brush(ground) : null;
    const colour = colourOf(this.element, "--own");
    return brush && painting(this.surface(ground), brush, colour, from, (mask) => this.events.painted(mask, ground));
  }

  private surface(ground: Ground): Surface {
    return {
      ground,
      at: (point) => this.at(point),
      show: (live) => {
        this.live = live;
        this.draw();
      },
      release: (then) => this.release(then),
    };
  }

  private release(then: () => void = () => undefined): void {
    this.live = STILL;
    then();
    this.draw();
  }

  /** A press without a drag. */
  click(at: Point): void {
    const tool = this.events.tool();
    const { ground } = this;
    if (!this.placement || !ground) return;
    if (tool && toolOf(tool).paints !== undefined) return this.paints(tool, at, ground)?.drag([at], true);
    const stroke = this.stroke();
    if (stroke) return this.add(stroke, at);
    if (tool && kindOf(toolOf(tool).kind).isByClicks && !this.found(at)) {
      if (this.events.mayBegin(tool, ground)) this.add(this.begin(), at);
      return;
    }
    const passing = this.layer.screen.filter((one) => one.isPassing);
    const found = around(this.layer.screen, at);
    if (!passing.some((one) => one.track === found)) this.events.chosen(found);
  }

  private add(stroke: Stroke, at: Point): void {
    const point = this.at(at);
    const isNear = (other: Pair | undefined): boolean => other !== undefined && this.pixelsApart(other, point) <= NEAR;
    // The second press of a double click stands where the first did.
    if (isNear(stroke.points.at(-1))) return;
    if (strokes.needsOf(stroke) === Infinity && stroke.points.length > 2 && isNear(stroke.points[0])) return this.finish(stroke);
    const next = strokes.extended(stroke, point);
    if (strokes.isComplete(next)) this.finish(next);
    else this.keep(next);
  }

  private pixelsApart(a: Pair, b: Pair): number {
    const { right, down } = this.placement as Placement;
    const [x, y] = [a[0] - b[0], a[1] - b[1]];
    return Math.hypot(x * right[0] + y * down[0], x * right[1] + y * down[1]);
  }

  /** A double click closes what is under way. */
  close(): void {
    const stroke = this.stroke();
    if (stroke) this.finish(stroke);
  }

  /** The pointer moves over the view; returns the cursor, "" for the view's own. */
  hover(at: Point | null): string {
    const tool = this.events.tool();
    if (!this.placement || !this.ground) return "";
    const isPainting = tool !== null && toolOf(tool).paints !== undefined;
    const brush = isPainting && at && this.events.mayChange() ? this.events.brush(this.ground) : null;
    const { cut } = this.ground;
    const ring = brush && at ? ringOf(brush, cut ? toVoxels(cut, this.at(at)) : this.at(at), cut) : [];
    const stroke = this.stroke();
    if (stroke) this.events.keepStroke({ ...stroke, hover: at && this.at(at) });
    if (ring.length || this.live.ring.length || stroke) {
      this.live = { ...this.live, ring };
      this.draw();
    }
    if (brush) return "none";
    const found = at && !stroke ? this.found(at) : null;
    return cursorOf(this.layer.screen, found) || (tool ? "crosshair" : "");
  }
}

/** CSS pixels: two clicks as near as this are one place. */
const NEAR = 6;
