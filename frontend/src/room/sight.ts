/** How the reader looks at images and room: the probe, the header beside the image, dark or light. */
import { type HeaderRow, storedHeader } from "../api/headers";
import { text } from "../viewer/loading/header";
import type { SliceImage } from "../viewer/loading/images";
import type { Room } from "./room";

const THEME = "radloop.room.theme";
const PROBE = "radloop.room.probe";

export type Theme = "dark" | "light";

/** The header of the image for which the dialog was opened. */
export interface Tags {
  readonly title: string;
  query: string;
  rows: readonly HeaderRow[];
  problem: string;
  isLoading: boolean;
  /** What was copied last, told once. */
  copied: string;
}

export class Sight {
  isProbing = localStorage.getItem(PROBE) === "on";
  theme: Theme = localStorage.getItem(THEME) === "light" ? "light" : "dark";
  tags: Tags | null = null;

  constructor(private readonly room: Room) {
    this.paint();
  }

  toggleProbe(): void {
    this.isProbing = !this.isProbing;
    localStorage.setItem(PROBE, this.isProbing ? "on" : "off");
    this.room.tell(this.isProbing ? "Probe: value and place under the pointer. t i ends it." : "");
  }

  /** The images' ground stays black whatever the room's colours are. */
  toggleTheme(): void {
    this.theme = this.theme === "dark" ? "light" : "dark";
    localStorage.setItem(THEME, this.theme);
    this.paint();
    this.room.changed();
  }

  private paint(): void {
    document.documentElement.dataset.theme = this.theme;
  }

  /** Open the header of this image. */
  async openTags(image: SliceImage): Promise<void> {
    const frames = Number(text(image.header, "00280008")) || 1;
    const tags: Tags = {
      title: frames > 1 ? `frame ${image.frame + 1} of ${frames}` : "", query: this.tags?.query ?? "", rows: [], problem: "",
      isLoading: true, copied: "",
    };
    this.tags = tags;
    this.room.update({ dialog: { is: "tags" } });
    try {
      tags.rows = (await storedHeader(text(image.header, "00080018"), image.frame)).rows;
    } catch (error) {
      tags.problem = (error as Error).message;
    }
    tags.isLoading = false;
    this.room.changed();
  }

  async copy(row: HeaderRow): Promise<void> {
    const { tags } = this;
    if (!tags) return;
    tags.copied = (await copied(row.value)) ? `Copied: ${row.name}.` : "This browser does not let the page copy. Select the value instead.";
    this.room.changed();
  }
}

/** Browsers give the clipboard to pages of https and of this machine alone. */
async function copied(value: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(value);
    return true;
  } catch {
    return false;
  }
}
