/** The image of the open case: loads its series, draws its boxes, and brings what the hand did back to the room. */
import * as boxes from "../session/boxes";
import type { Box, Region } from "../session/content";
import { isPending } from "../session/suggestions";
import { probabilityInWords } from "../session/wording";
import type { Drawing, OwnBox, ShownSuggestion } from "../viewer/boxes/layer";
import { rowsRunTo, sideOf } from "../viewer/boxes/side";
import type { SliceImage } from "../viewer/loading/images";
import { text } from "../viewer/loading/header";
import { load, loadAhead, prefetchStudies } from "../viewer/loading/load";
import { ImagePane } from "../viewer/pane";
import { presetsFor } from "../viewer/window/presets";
import * as acts from "./acts";
import type { Room } from "./room";
import { contentOf, findingOf, isEditable, type Open, suggestionOf } from "./state";

export class Stage {
  readonly pane: ImagePane;
  private stop = new AbortController();

  constructor(
    element: HTMLElement,
    private readonly room: Room,
  ) {
    this.pane = new ImagePane(element, {
      drawing: (image) => this.drawing(image),
      mayDraw: () => this.mayDraw(),
      mayChange: () => this.open !== null && isEditable(this.open) && !room.state.busy,
      label: () => findingOf(this.open as Open, this.open?.inHand ?? null)?.name ?? "",
      drawn: (image, box) => this.drawn(image, box),
      reshaped: (track, box) => this.reshaped(track, box),
      chosen: (track) => this.choose(track),
      suggestion: (finding, act) => acts.onSuggestion(room, finding, act),
      viewChanged: () => this.viewChanged(),
      failed: (error) => room.update({ image: { is: "failed", why: (error as Error).message } }),
    });
    room.opened = (open) => void this.show(open, 0);
  }

  private get open(): Open | null {
    return this.room.state.open;
  }

  /** Show a series of the case, from its middle unless `at` says where; then fetch the rest and what comes after the case. */
  async show(open: Open, seriesIndex: number, at: number | null = null): Promise<void> {
    this.stop.abort();
    const stop = (this.stop = new AbortController());
    open.seriesIndex = seriesIndex;
    open.slicesLoaded = 0;
    this.pane.clear();
    const images = open.series[seriesIndex] ?? [];
    const start = at ?? Math.floor(images.length / 2);
    const first = images[start];
    this.room.update({ image: { is: "loading", percent: null } });
    if (!first) return this.room.update({ image: { is: "failed", why: "This study holds no image." } });
    try {
      await load(first, (percent) => !stop.signal.aborted && this.room.update({ image: { is: "loading", percent } }));
      if (stop.signal.aborted) return;
      await this.pane.show(images, start);
      this.room.update({ image: { is: "shown" }, presets: this.presets(first) });
      await this.rest(open, images, start, stop.signal);
    } catch (error) {
      if (!stop.signal.aborted) this.room.update({ image: { is: "failed", why: (error as Error).message } });
    }
  }

  private async rest(open: Open, images: readonly SliceImage[], start: number, stop: AbortSignal): Promise<void> {
    const outwards = images.map((_, n) => n).sort((a, b) => Math.abs(a - start) - Math.abs(b - start));
    await loadAhead(outwards.map((n) => images[n] as SliceImage), stop, (count) => {
      if (stop.aborted) return;
      open.slicesLoaded = count;
      this.room.changed();
    });
    const others = open.series.filter((_, n) => n !== open.seriesIndex).flat();
    await loadAhead(others, stop);
    await prefetchStudies(this.room.ahead, stop);
  }

  private presets(image: SliceImage): ReturnType<typeof presetsFor> {
    const { stored, view } = this.pane;
    const full = view.range ?? stored;
    return stored && full ? presetsFor(text(image.header, "00080060"), stored, full) : [];
  }

  private drawing(image: SliceImage): Omit<Drawing, "live"> {
    const open = this.open;
    if (!open) return { own: [], suggested: [], chosen: null };
    const here = contentOf(open).regions.filter((one) => one.instance_id === image.instanceId && one.frame === image.frame);
    return { own: here.map((one) => this.ownBox(open, one)), suggested: this.suggested(open, image), chosen: open.chosen };
  }

  private ownBox(open: Open, region: Region): OwnBox {
    const name = findingOf(open, region.finding_id)?.name ?? "retired finding";
    const label = region.laterality ? `${name}, ${region.laterality}` : name;
    return { track: region.track, box: region.geometry, label };
  }

  private suggested(open: Open, image: SliceImage): ShownSuggestion[] {
    const pending = open.kase.findings.filter((finding) => isPending(contentOf(open), finding));
    return pending.flatMap((finding) => {
      const suggestion = suggestionOf(open, finding);
      const here = suggestion?.boxes.filter((one) => one.instance_id === image.instanceId && one.frame === image.frame) ?? [];
      return here.map((box) => ({
        id: box.id, finding: finding.id, box, isInHand: open.inHand === finding.id,
        label: `suggested: ${finding.name}, ${probabilityInWords(box.probability, suggestion?.calibrated ?? false)}`,
      }));
    });
  }

  private mayDraw(): boolean {
    const open = this.open;
    return open !== null && isEditable(open) && !this.room.state.busy && (findingOf(open, open.inHand)?.wants_boxes ?? false);
  }

  private drawn(image: SliceImage, box: Box): void {
    const open = this.open;
    const finding = open && findingOf(open, open.inHand);
    if (!open || !finding) return;
    const region: Region = {
      track: crypto.randomUUID(), finding_id: finding.id, instance_id: image.instanceId, frame: image.frame, kind: "box",
      geometry: box, laterality: finding.has_laterality ? sideOf(box, image.columns, image.header) : "", suggestion: null,
    };
    open.chosen = region.track;
    this.room.edit(boxes.addBox(contentOf(open), finding, region, open.kase.findings));
  }

  private reshaped(track: string, box: Box): void {
    const open = this.open;
    const region = open && contentOf(open).regions.find((one) => one.track === track);
    const finding = region && findingOf(open, region.finding_id);
    const image = this.pane.view.current;
    if (!finding || !image) return;
    open.chosen = track;
    const before = sideOf(region.geometry, image.columns, image.header);
    const side = region.laterality === before ? sideOf(box, image.columns, image.header) : region.laterality;
    this.room.edit(boxes.changeBox(contentOf(open), track, box, side, finding));
  }

  private choose(track: string | null): void {
    const open = this.open;
    if (!open) return;
    open.chosen = track;
    const region = contentOf(open).regions.find((one) => one.track === track);
    if (region) open.inHand = region.finding_id;
    this.room.changed();
  }

  private viewChanged(): void {
    const { view, gestures } = this.pane;
    this.room.update({
      view: {
        window: view.window, zoom: view.current ? view.zoomFactor : 1, index: view.index, count: view.images.length,
        isInverted: view.isInverted !== this.pane.isStoredInverted, leftWindows: gestures.leftWindows,
      },
    });
  }

  /** Where the image's left and right edges lie on the patient: ["R", "L"] as radiographs hang; empty when unknown. */
  edges(): [string, string] | null {
    const header = this.pane.view.current?.header;
    const towards = header ? rowsRunTo(header) : "";
    if (!towards) return null;
    return towards === "left" ? ["R", "L"] : ["L", "R"];
  }
}
