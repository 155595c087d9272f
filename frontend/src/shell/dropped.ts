/** Files out of a drop or a file chooser, each with its path inside the folder that was dropped. */
export interface Dropped {
  file: File;
  name: string;
}

const SYSTEM = new Set([".DS_Store", "Thumbs.db", "desktop.ini"]);

function keep(name: string): boolean {
  return !SYSTEM.has(name.split("/").at(-1) ?? "");
}

export function chosen(files: FileList | File[]): Dropped[] {
  return [...files].map((file) => ({ file, name: file.webkitRelativePath || file.name })).filter(({ name }) => keep(name));
}

function children(folder: FileSystemDirectoryEntry): Promise<FileSystemEntry[]> {
  const reader = folder.createReader();
  const found: FileSystemEntry[] = [];
  return new Promise((resolve, reject) => {
    // The browser hands out a folder in portions of a hundred; an empty portion is the end.
    const more = (): void =>
      reader.readEntries((portion) => {
        if (!portion.length) return resolve(found);
        found.push(...portion);
        more();
      }, reject);
    more();
  });
}

async function walk(entry: FileSystemEntry, into: Dropped[], onFound: (count: number) => void): Promise<void> {
  if (entry.isDirectory) {
    for (const child of await children(entry as FileSystemDirectoryEntry)) await walk(child, into, onFound);
    return;
  }
  const name = entry.fullPath.replace(/^\//, "");
  if (!keep(name)) return;
  const file = await new Promise<File>((resolve, reject) => (entry as FileSystemFileEntry).file(resolve, reject));
  into.push({ file, name });
  onFound(into.length);
}

/** Everything below what was dropped, folders included. The entries have to be taken before the first await. */
export async function dropped(transfer: DataTransfer, onFound: (count: number) => void): Promise<Dropped[]> {
  const entries = [...transfer.items].map((item) => item.webkitGetAsEntry()).filter((entry) => entry !== null);
  if (!entries.length) return chosen(transfer.files);
  const found: Dropped[] = [];
  for (const entry of entries) await walk(entry, found, onFound);
  return found;
}

/** Light the zone while something is held over it, and hand on what is dropped. */
export function dropZone(zone: HTMLElement, onDrop: (transfer: DataTransfer) => void): void {
  for (const kind of ["dragenter", "dragover"] as const) {
    zone.addEventListener(kind, (event) => {
      event.preventDefault();
      zone.classList.add("over");
    });
  }
  zone.addEventListener("dragleave", (event) => {
    if (!zone.contains(event.relatedTarget as Node | null)) zone.classList.remove("over");
  });
  zone.addEventListener("drop", (event) => {
    event.preventDefault();
    zone.classList.remove("over");
    if (event.dataTransfer) onDrop(event.dataTransfer);
  });
  // What is dropped before this is opened by the browser: whoever drives the page can wait for it.
  zone.dataset["listening"] = "";
}

/** Portions that one request carries: at most `files` files and, unless a single file is larger, `bytes` bytes. */
export function portions(all: Dropped[], files = 40, bytes = 24 * 2 ** 20): Dropped[][] {
  const result: Dropped[][] = [];
  let current: Dropped[] = [];
  let size = 0;
  for (const one of all) {
    if (current.length && (current.length >= files || size + one.file.size > bytes)) {
      result.push(current);
      current = [];
      size = 0;
    }
    current.push(one);
    size += one.file.size;
  }
  if (current.length) result.push(current);
  return result;
}
