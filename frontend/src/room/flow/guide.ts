/** The guided tour over the real room: one step at a time, gone on by doing, left and taken up at will. */
import { type Scene, type Step, stepFrom, STEPS } from "../../session/flow/tour";
import { keyOf } from "../hints";
import { contentOf, type Open, suggestionOf } from "../state";
import type { Room } from "../room";
import type { Flow } from "./flow";

export class Guide {
  /** Place of the step shown; null: no tour on the screen. */
  at: number | null = null;
  private from: number | null = null;
  private isOffered = false;

  constructor(
    private readonly room: Room,
    private readonly flow: Flow,
  ) {}

  get step(): Step | null {
    return this.at === null ? null : (STEPS[this.at] ?? null);
  }

  get words(): string {
    return this.step?.says(this.scene()) ?? "";
  }

  /** On the demo it begins by itself until it was walked through or dismissed, where it was left. */
  follow(): void {
    const { settings, phase, image } = this.room.state;
    if (phase !== "reading" || image.is !== "shown") return;
    if (!this.isOffered) {
      this.isOffered = true;
      const { tour } = this.flow.preferences;
      if (settings.isDemo && !["done", "dismissed"].includes(tour)) this.begin(Number(tour) || 0);
    }
    if (this.step?.isDone(this.scene())) this.next();
    this.point();
  }

  /** A ring around what the step speaks of, which the drawing of the room may have taken away. */
  private point(): void {
    const target = this.step?.at ? document.querySelector(this.step.at) : null;
    for (const one of document.querySelectorAll(".toured")) if (one !== target) one.classList.remove("toured");
    target?.classList.add("toured");
  }

  begin(at = 0): void {
    this.go(stepFrom(at, this.scene()));
  }

  /** The key of the tour: begins it, or goes on. */
  next(): void {
    if (this.at === null) return this.begin();
    this.go(stepFrom(this.at + 1, this.scene()));
  }

  back(): void {
    if (this.at !== null && this.at > 0) this.go(this.at - 1);
  }

  private go(at: number | null): void {
    const isOver = at === null && this.at !== null;
    this.at = at;
    this.from = this.room.state.open?.kase.reading.id ?? null;
    this.room.changed();
    void this.flow.prefer({ tour: isOver ? "done" : String(at ?? 0) });
    if (isOver) this.room.tell("That was the tour. It begins again from the map of keys.");
  }

  /** Away for now: the next visit takes it up where it was. */
  hide(): boolean {
    const was = this.at !== null;
    this.at = null;
    if (was) this.room.changed();
    return was;
  }

  dismiss(): void {
    this.at = null;
    this.room.changed();
    void this.flow.prefer({ tour: "dismissed" });
  }

  private scene(): Scene {
    const { open, view, dialog } = this.room.state;
    const first = open?.kase.findings.find((finding) => finding.shortcut);
    return {
      reading: open?.kase.reading.id ?? null, from: this.from, content: open ? contentOf(open) : null, isInverted: view.isInverted,
      hasSuggestions: Boolean(open && open.kase.findings.some((finding) => suggestionOf(open as Open, finding))),
      hasFuture: (open?.history.future.length ?? 0) > 0, dialog: dialog?.is ?? "", isListOpen: this.flow.list.isOpen,
      letter: first?.shortcut ?? "", findingName: first?.name ?? "",
      key: (action) => keyOf(this.room, action) || "no key of yours",
    };
  }
}
