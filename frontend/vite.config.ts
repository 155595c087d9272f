import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

import { copied, iconSprite } from "./vite.icons.ts";

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** Every file in src/pages is a page's entry; templates name it with {% asset 'pages/NAME.ts' %}. */
const pages = readdirSync(here("src/pages")).filter((name) => name.endsWith(".ts") && !name.endsWith(".test.ts"));

export default defineConfig({
  root: here("src"),
  base: "/static/frontend/dist/",
  publicDir: false,
  resolve: {
    // Its production build crashes ("Class extends value undefined") and nothing here writes XML.
    alias: { xmlbuilder2: here("src/viewer/no-xml.ts") },
  },
  worker: { format: "es" },
  build: {
    outDir: here("static/frontend/dist"),
    emptyOutDir: true,
    manifest: "manifest.json",
    target: "es2022",
    chunkSizeWarningLimit: 4000,
    rolldownOptions: {
      input: pages.map((name) => here(`src/pages/${name}`)),
      // htmx holds an eval that base.ts switches off, and the content policy forbids.
      checks: { eval: false },
    },
  },
  plugins: [
    iconSprite({ icons: here("node_modules/@tabler/icons/icons/outline"), sources: [here("templates"), here("src")] }),
    copied(here("node_modules/@tabler/core/dist/js/tabler-theme.min.js"), "theme.js"),
  ],
  test: { environment: "node", include: ["**/*.test.ts"], css: true },
});
