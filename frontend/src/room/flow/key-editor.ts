/** Changing keys: one action at a time records what is pressed; what collides is refused in words. */
import {
  type Action, ACTIONS, fromFile, type KeyPress, PREFIXES, refusal, shownStroke, strokesOf, toFile, withKeys,
} from "../../session/keys";
import { isHandled } from "../commands";
import type { Room } from "../room";
import type { Flow } from "./flow";

export class KeyEditor {
  isOpen = false;
  /** The action whose key is being recorded. */
  recording: string | null = null;
  /** The first stroke of a chord that is being recorded. */
  first = "";
  /** What was done, or why not. */
  told = "";
  isRefused = false;

  constructor(
    private readonly room: Room,
    private readonly flow: Flow,
  ) {}

  get actions(): readonly Action[] {
    return ACTIONS.filter((action) => !action.isFixed && isHandled(action.command.do));
  }

  isOwn(action: Action): boolean {
    return action.id in this.flow.preferences.keys;
  }

  toggle(isOpen: boolean): void {
    this.isOpen = isOpen;
    this.stop();
    this.say("");
  }

  record(action: Action): void {
    this.recording = action.id;
    this.first = "";
    this.say(`Press the key for “${action.words}”. Esc: leave it as it is.`);
  }

  private stop(): void {
    this.recording = null;
    this.first = "";
  }

  private say(told: string, isRefused = false): void {
    this.told = told;
    this.isRefused = isRefused;
    this.room.changed();
  }

  /** A press in the dialog: whether it was recorded, and must do nothing else. */
  heard(press: KeyPress): boolean {
    const action = ACTIONS.find((one) => one.id === this.recording);
    if (!action) return false;
    if (press.key === "Escape") {
      this.stop();
      this.say("Left as it is.");
      return true;
    }
    const stroke = strokesOf(press)[0];
    if (stroke === undefined) return true;
    if (!this.first && stroke in PREFIXES) {
      this.first = stroke;
      this.say(`${stroke} and …?`);
      return true;
    }
    this.take(action, this.first ? `${this.first} ${stroke}` : stroke);
    return true;
  }

  private take(action: Action, sequence: string): void {
    const why = refusal(sequence, action, this.room.keys.actions, this.room.state.open?.kase.findings ?? []);
    this.first = "";
    if (why) return this.say(`${why} Press another one, or Esc.`, true);
    this.stop();
    this.say(`“${action.words}” is ${shownStroke(sequence)} now.`);
    this.keep(withKeys(this.flow.preferences.keys, action.id, [sequence]));
  }

  reset(action: Action): void {
    this.stop();
    const held = action.keys.filter((key) => (this.room.keys.actions.get(key)?.id ?? action.id) !== action.id);
    if (held.length) {
      const holder = this.room.keys.actions.get(held[0] ?? "");
      return this.say(`${shownStroke(held[0] ?? "")} is taken: ${holder?.words ?? ""}. Change that one first.`, true);
    }
    this.say(`“${action.words}” has its key of the beginning again.`);
    this.keep(withKeys(this.flow.preferences.keys, action.id, null));
  }

  clear(action: Action): void {
    this.stop();
    this.say(`“${action.words}” has no key now.`);
    this.keep(withKeys(this.flow.preferences.keys, action.id, []));
  }

  resetAll(): void {
    this.stop();
    this.say("All keys are those of the beginning again.");
    this.keep({});
  }

  exported(): void {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([toFile(this.flow.preferences.keys)], { type: "application/json" }));
    link.download = "radloop-keys.json";
    link.click();
    URL.revokeObjectURL(link.href);
    this.say("Written to radloop-keys.json.");
  }

  async imported(file: File | undefined): Promise<void> {
    if (!file) return;
    try {
      const { own, left } = fromFile(await file.text(), this.room.state.open?.kase.findings ?? []);
      this.say(left.length ? `Taken, but for: ${left.join(" ")}` : "The keys of the file hold now.", left.length > 0);
      this.keep(own);
    } catch (error) {
      this.say((error as Error).message, true);
    }
  }

  private keep(keys: Parameters<typeof toFile>[0]): void {
    void this.flow.prefer({ keys });
  }
}
