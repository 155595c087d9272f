import { existsSync, readdirSync, readFileSync } from "node:fs";
import { extname, join } from "node:path";
import type { Plugin } from "vite";

/** Names written as {% icon "name" %} in templates or icon("name") in scripts. */
const USED = [/\{%\s*icon\s+["']([\w-]+)["']/g, /\bicon\(["']([\w-]+)["']/g];

function* files(folder: string): Generator<string> {
  if (!existsSync(folder)) return;
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* files(path);
    else if ([".html", ".ts"].includes(extname(path))) yield path;
  }
}

function namesIn(folders: string[]): string[] {
  const names = new Set<string>();
  for (const path of folders.flatMap((folder) => [...files(folder)])) {
    const text = readFileSync(path, "utf8");
    for (const pattern of USED) for (const match of text.matchAll(pattern)) names.add(match[1] as string);
  }
  return [...names].sort();
}

function symbol(folder: string, name: string): string {
  const path = join(folder, `${name}.svg`);
  if (!existsSync(path)) throw new Error(`There is no Tabler icon called "${name}". See https://tabler.io/icons.`);
  const inside = readFileSync(path, "utf8").replace(/<!--[\s\S]*?-->/g, "").match(/<svg[^>]*>([\s\S]*)<\/svg>/)?.[1] ?? "";
  return `<symbol id="${name}" viewBox="0 0 24 24">${inside.replace(/\s*\n\s*/g, "")}</symbol>`;
}

/** One file, icons.svg, that holds exactly the icons in use. */
export function iconSprite(options: { icons: string; sources: string[] }): Plugin {
  return {
    name: "icon-sprite",
    generateBundle(): void {
      const symbols = namesIn(options.sources).map((name) => symbol(options.icons, name));
      const source = `<svg xmlns="http://www.w3.org/2000/svg">${symbols.join("")}</svg>`;
      this.emitFile({ type: "asset", fileName: "icons.svg", source });
    },
  };
}

/** A file taken into the build as it is, under a fixed name. */
export function copied(from: string, fileName: string): Plugin {
  return {
    name: `copied:${fileName}`,
    generateBundle(): void {
      this.emitFile({ type: "asset", fileName, source: readFileSync(from, "utf8").replace(/\/\/# sourceMappingURL.*\s*$/, "") });
    },
  };
}
