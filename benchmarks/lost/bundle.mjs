// The room as one script for a tab of node: images left out, and broken on purpose where that is asked for.
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const { rolldown } = createRequire(join(here, "../../frontend/package.json"))("rolldown");

/** What a broken saver does; a harness that does not notice proves nothing. */
export const FAULTS = {
  // No answer counts as an acknowledgement.
  "unanswered-is-saved": [
    "session/saver.ts", 'return this.apply({ kind: "unreachable", why: "no connection" });',
    'return void (this.apply({ kind: "acknowledged", version: this.state.version, at: 0 }), this.forget());',
  ],
  // Another tab's version is written over without a word.
  "silent-overwrite": [
    "session/autosave.ts", 'return [{ ...state, phase: "conflict", sending: null, theirs }, null];',
    "return keepMine({ ...state, theirs });",
  ],
  // What was typed while a save was under way is taken for saved with it.
  "typed-while-sending": [
    "session/autosave.ts", "const savedText = textOf(state.sending ?? state.current);", "const savedText = textOf(state.current);",
  ],
  // Nothing is kept in the browser.
  "no-copy": ["session/local-copy.ts", "localStorage.setItem(", "void ("],
};

const VIEWER = /viewer\/loading\/(images|load|keep)$|^@cornerstonejs\//;

/** Text of a script that leaves the room's classes in `lost`. Throws when a fault finds nothing to break. */
export async function bundle(fault, entry = join(here, "entry.ts")) {
  let broken = !fault;
  const [file, good, bad] = FAULTS[fault] ?? [];
  const build = await rolldown({
    input: entry,
    logLevel: "silent",
    plugins: [{
      name: "lost",
      resolveId: (id) => (VIEWER.test(id) ? join(here, "no-viewer.ts") : null),
      transform(code, id) {
        if (!fault || !id.endsWith(file) || !code.includes(good)) return null;
        broken = true;
        return code.replace(good, bad);
      },
    }],
  });
  const { output } = await build.generate({ format: "iife" });
  await build.close();
  if (!broken) throw new Error(`The fault ${fault} finds nothing to break in ${file}.`);
  return output[0].code;
}
