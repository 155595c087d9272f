/** Tools and marks of the open case: what is in hand, what the hand made, and what that says. */
import type { Content, Region, Side } from "../session/content";
import type { Mask } from "../session/geometry";
import type { Command } from "../session/keys";
import * as marks from "../session/marks";
import { isOnImage, type RegionOf } from "../session/regions";
import { type Ground, moved } from "../viewer/marks/kind";
import { kindOf, type Shape } from "../viewer/marks/kinds/table";
import { extentOf } from "../viewer/marks/rle";
import * as strokes from "../viewer/marks/stroke";
import { toolOf, type ToolName } from "../viewer/marks/tools";
import { AllMarked } from "./all-marked";
import { BrushSettings } from "./brush";
import { Measures } from "./measures";
import { Places } from "./places";
import type { Room } from "./room";
import { contentOf, findingOf, isEditable, type Open } from "./state";
import { StrokeKeeper } from "./stroke-keeper";
import { paintedThrough } from "./through-slices";

export class Marks {
  /** Chosen by the reader; null: what the finding in hand asks for. */
  chosenTool: ToolName | null = null;
  readonly brush = new BrushSettings();
  readonly measures = new Measures();
  readonly under = new StrokeKeeper();
  readonly places: Places;
  readonly question: AllMarked;

  constructor(private readonly room: Room) {
    this.places = new Places(room);
    this.question = new AllMarked(room);
  }

  private get open(): Open | null {
    return this.room.state.open;
  }

  /** Another case: passing measurements go, a stroke that this browser kept for it comes back. */
  begin(open: Open): void {
    this.measures.clear();
    this.under.open(open.kase.reading.id);
    if (this.under.stroke) this.chosenTool = this.under.stroke.tool;
  }

  get tool(): ToolName | null {
    if (this.chosenTool) return this.chosenTool;
    const { open } = this;
    return open && isEditable(open) && findingOf(open, open.inHand)?.wants_boxes ? "box" : null;
  }

  take(tool: ToolName | null): void {
    if (this.under.stroke?.tool !== tool) this.finish();
    this.chosenTool = tool;
    this.room.tell(tool ? `${toolOf(tool).words}. t t puts it away.` : "");
  }

  /** Whether this tool may begin on this ground; says why not. */
  mayBegin(tool: ToolName, ground: Ground, isOfCase: boolean): boolean {
    // What is under way on another image is closed before it would be out of sight for good.
    this.finish();
    if (toolOf(tool).isPassing) return true;
    if (!this.room.mayEdit()) return false;
    const why = this.hindrance(tool, ground, isOfCase);
    if (why) this.room.tell(why);
    return !why;
  }

  private hindrance(tool: ToolName, ground: Ground, isOfCase: boolean): string {
    if (!isOfCase) return "On an earlier study marks come by copying: choose one on the case, then t c.";
    if (!this.open || !findingOf(this.open, this.open.inHand)) return "Take a finding in hand first: its key, ← → or a click.";
    return this.places.fits(toolOf(tool).kind, ground) ? "" : "Its slices stand oblique to this plane. Here: box, polygon, ellipse, point, length or two diameters.";
  }

  /** Enter or a double click: the stroke under way becomes a mark. Returns whether there was one. */
  finish(): boolean {
    const { stroke } = this.under;
    if (!stroke) return false;
    this.under.keep(null);
    const shape = strokes.finished(stroke);
    if (shape) this.made(stroke.tool, shape, stroke.ground, stroke.finding);
    this.room.changed();
    return true;
  }

  /** What Enter does before the case is handed in: close what is under way, ask what is open. */
  holdsBack(open: Open): boolean {
    if (this.finish()) this.room.tell("The mark under way is closed. Press Enter again to go on.");
    else return !this.question.passes(open);
    return true;
  }

  /** Keys that a stroke or a question takes before anybody else. */
  hears(command: Command): boolean {
    if (command.do === "submit" || command.do === "submit-rest" || command.do === "accept-last") return this.finish();
    if (command.do === "undo") return this.back();
    if (command.do === "press") return this.question.toggle(command.finding);
    if (command.do === "reject") return this.back() || this.question.answer(false);
    return command.do === "accept" && this.question.answer(true);
  }

  /** Takes back the last point of the stroke under way. Returns whether there was one. */
  back(): boolean {
    const { stroke } = this.under;
    if (stroke) this.under.keep(strokes.shortened(stroke));
    if (stroke) this.room.changed();
    return stroke !== null;
  }

  /** Esc: the stroke, then the tool, then passing measurements. Returns whether there was anything. */
  letGo(): boolean {
    const was = this.under.stroke !== null;
    this.under.keep(null);
    if (was || this.question.letGo()) return true;
    const had = this.chosenTool !== null;
    this.chosenTool = null;
    return had || this.measures.clear();
  }

  made(tool: ToolName, geometry: Shape, ground: Ground, findingId: number | null): void {
    if (toolOf(tool).isPassing) return this.measures.add(tool, geometry, ground);
    const { open } = this;
    const finding = open && findingOf(open, findingId);
    const region = finding && this.places.region(toolOf(tool).kind, geometry, ground, finding);
    if (!open || !region) return;
    open.inHand = finding.id;
    open.chosen = region.track;
    this.room.edit(marks.addMark(contentOf(open), finding, region, open.kase.findings));
  }

  reshaped(track: string, shape: Shape, ground: Ground): void {
    if (this.measures.has(track)) return this.measures.change(track, shape);
    this.change(track, (region, content) => {
      const geometry = this.places.geometry(region, shape, ground);
      return marks.changeMark(content, track, geometry, this.sideAfter(region, shape, ground), this.finding(region));
    });
  }

  /** The side follows the mark, unless the reader had said another. */
  private sideAfter(region: Region, shape: Shape, ground: Ground): Side {
    const before = this.places.shapeOn(region, ground);
    if (!before || region.laterality !== this.places.side(region.kind, before, ground)) return region.laterality;
    return this.places.side(region.kind, shape, ground);
  }

  /** The mask of the finding in hand on this image, which the brush goes on with. */
  maskOn(ground: Ground): RegionOf<"mask"> | null {
    const { open } = this;
    if (!open) return null;
    const here = contentOf(open).regions.filter((one): one is RegionOf<"mask"> => one.kind === "mask" && isOnImage(one))
      .filter((one) => one.instance_id === ground.slice?.instance_id && one.frame === ground.slice.frame);
    return here.find((one) => one.track === open.chosen) ?? here.find((one) => one.finding_id === open.inHand) ?? null;
  }

  painted(mask: Mask, ground: Ground): void {
    if (ground.cut) return paintedThrough(this.room, mask, ground.cut);
    const before = this.maskOn(ground);
    const isEmpty = extentOf(mask) === null;
    if (!before) return isEmpty ? undefined : this.made("mask", mask, ground, this.open?.inHand ?? null);
    if (isEmpty) return this.remove(before.track);
    this.reshaped(before.track, mask, ground);
  }

  choose(track: string | null): void {
    const { open } = this;
    if (!open) return;
    open.chosen = track;
    const region = contentOf(open).regions.find((one) => one.track === track);
    if (region) open.inHand = region.finding_id;
    this.room.changed();
  }

  get chosen(): Region | null {
    const { open } = this;
    return (open && contentOf(open).regions.find((one) => one.track === open.chosen)) ?? null;
  }

  remove(track: string): void {
    this.change(track, (region, content) => marks.removeMark(content, track, this.finding(region)));
  }

  describe(track: string, attributes: marks.Attributes, isTyping = false): void {
    this.change(track, (region, content) => marks.describeMark(content, track, attributes, this.finding(region)), isTyping);
  }

  /** The reader looked at a copied mark and leaves it. */
  check(track: string): void {
    this.change(track, (region, content) => marks.checkMark(content, track, this.finding(region)));
  }

  /** By units of the ground, or with `part` that part of it. */
  nudge(region: Region, ground: Ground, dx: number, dy: number, isResizing: boolean): void {
    const shape = this.places.shapeOn(region, ground);
    const kind = kindOf(region.kind);
    if (!shape || region.kind === "mask" || (isResizing && !kind.grip)) return;
    const part = kind.handles(shape).find((one) => one.part === kind.grip);
    const from = part?.at ?? [0, 0];
    this.reshaped(region.track, isResizing
      ? kind.reshaped(shape, kind.grip, from, [from[0] + dx, from[1] + dy], ground)
      : moved(kind, shape, dx, dy, ground), ground);
  }

  /** Each edit of a mark by its track: only while the case may be changed. */
  change(track: string, act: (region: Region, content: Content) => Content, isTyping = false): void {
    const { open } = this;
    const region = open && contentOf(open).regions.find((one) => one.track === track);
    if (!open || !region || !this.room.mayEdit()) return;
    open.chosen = track;
    this.room.edit(act(region, contentOf(open)), isTyping);
  }

  /** A mark of a retired finding can still be moved. */
  finding(region: Region): { id: number; grades: readonly string[]; has_laterality?: boolean } {
    return (this.open && findingOf(this.open, region.finding_id)) ?? { id: region.finding_id, grades: [] };
  }
}
