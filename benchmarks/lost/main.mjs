// node main.mjs '{base, control, session, csrf, project, worklists, first, steps, kills, lanes, fault}': a line each.
import { bundle } from "./bundle.mjs";
import { Play } from "./play.mjs";

// What a killed tab was waiting for never comes; what a broken room throws is part of the play.
process.on("unhandledRejection", () => undefined);
const { worklists, first, lanes, fault, ...shared } = JSON.parse(process.argv[2]);
const script = await bundle(fault);
const waiting = worklists.map((worklist, n) => ({ worklist, seed: first + n }));
const lane = async () => {
  for (let next = waiting.shift(); next; next = waiting.shift()) {
    console.log(JSON.stringify(await new Play({ ...shared, ...next, script }).run()));
  }
};
await Promise.all(Array.from({ length: lanes }, lane));
process.exit(0);
