// node desk.mjs FILE: every job of the file keyed into the room itself, a line of JSON each: what was handed in.
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import vm from "node:vm";

import { bundle } from "../lost/bundle.mjs";
import { Browser, Tab } from "../lost/tab.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const NOWHERE = "http://desk.invalid";
const MODIFIERS = { Shift: "shiftKey", Alt: "altKey", Ctrl: "ctrlKey" };

/** A tab whose service is a few lines: it takes what is handed in, and asks back as the server would. */
class Desk extends Tab {
  handedIn = null;
  job = null;

  async fetch(request) {
    const { pathname } = new URL(request.url);
    const body = request.method === "GET" ? null : JSON.parse(await request.text());
    const headers = { "Content-Type": "application/json" };
    const answer = (data) => new Response(JSON.stringify(data), { status: 200, headers });
    const version = { draft_version: (body?.base_version ?? 0) + 1, saved_at: new Date().toISOString() };
    if (pathname.endsWith("/next/")) return answer({ reading: null, ahead: [], progress: null, draft_version: 0 });
    if (pathname.endsWith("/lock/")) return answer({ ...this.kase(true).reading, ...version });
    if (pathname.endsWith("/case/")) return answer(this.kase(true));
    if (!pathname.endsWith("/submit/")) return answer(version);
    const second_look = body.second_look === "ask" ? this.contradictions(body.content) : [];
    if (second_look.length) return answer({ ...version, version: null, second_look });
    this.handedIn = body.content;
    return answer({ ...version, version: 1, second_look: [] });
  }

  contradictions({ findings }) {
    const sure = this.job.suggestions.filter((one) => one.calibrated && one.probability >= this.job.sure);
    const idOf = (code) => this.job.findings.find((one) => one.code === code).id;
    return sure.map((one) => ({ finding_id: idOf(one.finding), probability: one.probability }))
      .filter((one) => findings[one.finding_id]?.state === "absent");
  }

  kase(isLocked) {
    const { mode, findings, suggestions } = this.job;
    const reading = {
      id: 1, state: "draft", mode, is_locked: isLocked, draft: {}, draft_version: isLocked ? 1 : 0,
      version: 0, saved_at: "",
    };
    const isShown = mode === "concurrent" || (mode === "second_reader" && isLocked);
    return {
      reading, findings, suggestions: isShown ? suggestions : null, series: [], priors: [], study: { uid: "1" },
      progress: null, hanging: null,
    };
  }
}

const script = await bundle(null, join(here, "entry.ts"));
const browser = new Browser({ base: NOWHERE, session: "", csrf: "", script });
/** The images' owner: whatever is asked of it answers with more of the same. */
const nobody = new Proxy(function () {}, {
  get: (_, name) => (name === Symbol.toPrimitive ? () => "" : name === "then" ? undefined : nobody),
  apply: () => nobody,
});
const pause = () => new Promise((done) => setImmediate(done));

/** Each look at the clock is a second later: no pause that guards against reflexes holds anybody up. */
const CLOCK = "{ let now = 1e12; Date.now = () => (now += 1000); performance.now = () => (now += 1000); }";

async function play(job) {
  const tab = new Desk(browser, () => undefined);
  tab.job = job;
  vm.runInContext(CLOCK, tab.context);
  const { Room, onKey, contentOf } = tab.lost;
  const room = new Room({ person: "reader", project: "p", worklist: 1, mode: job.mode, isOpen: true });
  const image = { imageId: "1", instanceId: 1, frame: 0, rows: job.size, columns: job.size, header: job.header };
  room.turnTo({ kase: tab.kase(false), series: [[image]] });
  room.update({ image: { is: "shown" } });
  const edge = job.size - 0.5;
  const ground = {
    key: "1:0", left: -0.5, top: -0.5, right: edge, bottom: edge, spacing: null, slice: { instance_id: 1, frame: 0 },
    plane: null, thickness: 1,
  };
  for (const step of job.steps) {
    if (typeof step === "string") onKey(pressed(step), room, nobody);
    else drag(room, ground, step);
    await settled(room);
  }
  const said = tab.handedIn;
  const left = room.state.open ? contentOf(room.state.open) : null;
  tab.kill();
  return { said, left, notice: room.state.notice };
}

function drag(room, ground, box) {
  const isDrawing = room.marks.tool === "box" && room.marks.mayBegin("box", ground, true);
  if (!isDrawing) throw new Error("a drag would draw nothing");
  room.marks.made("box", box, ground, room.state.open.inHand);
}

/** What was asked of the service is answered before the next key, as for a person. */
async function settled(room) {
  do await pause(); while (room.state.busy);
}

function pressed(step) {
  const parts = step.split("+");
  const named = parts.pop();
  const held = Object.fromEntries(parts.map((part) => [MODIFIERS[part], true]));
  const key = named === "Space" ? " " : held.shiftKey ? named.toUpperCase() : named;
  const code = /^[a-z]$/.test(named) ? `Key${named.toUpperCase()}` : named;
  const target = { matches: () => false, closest: () => null };
  const loose = { shiftKey: false, altKey: false, ctrlKey: false, metaKey: false, repeat: false };
  return { key, code, ...loose, ...held, target, preventDefault() {} };
}

process.on("unhandledRejection", () => undefined);
for (const line of readFileSync(process.argv[2], "utf8").split("\n").filter(Boolean)) {
  const told = await play(JSON.parse(line)).catch((error) => ({ stuck: String(error.stack ?? error) }));
  console.log(JSON.stringify(told));
}
process.exit(0);
