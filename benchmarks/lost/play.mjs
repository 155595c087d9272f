// One interleaving: a reader with one browser and up to three tabs, an unreliable network and a server that dies.
import { drawn } from "./random.mjs";
import { Record } from "./record.mjs";
import { Browser, PACE } from "./tab.mjs";

const STEPS = {
  type: 36, pause: 12, settle: 6, undo: 3, redo: 1, cut: 4, mend: 9, "lose-answer": 4, "second-tab": 4, "kill-tab": 4,
  "close-tab": 3, reload: 3, submit: 6, earlier: 2, resolve: 8, "kill-server": 0.4,
};
const MOST_TABS = 3;
const PATIENCE_MS = 40_000;

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

class Stuck extends Error {}

export class Play {
  tabs = [];
  words = 0;
  record = new Record();

  constructor({ seed, steps, kills, worklist, project, control, ...shared }) {
    Object.assign(this, { seed, steps, worklist, project, control, draw: drawn(seed) });
    this.weights = kills ? STEPS : { ...STEPS, "kill-server": 0 };
    this.browser = new Browser(shared);
  }

  async run() {
    try {
      await this.open();
      for (let n = 0; n < this.steps; n += 1) await this.step(this.draw.one(this.weights));
      await this.heal();
      return { seed: this.seed, ...this.record.verdict(await this.final()), log: this.record.log };
    } catch (error) {
      return { seed: this.seed, stuck: String(error.stack ?? error), log: this.record.log };
    } finally {
      for (const tab of this.tabs) tab.kill();
    }
  }

  get alive() {
    return this.tabs.filter((tab) => tab.isAlive);
  }

  async open(reading = null) {
    const tab = this.browser.open((...heard) => this.record.heard(...heard));
    tab.name = `tab${this.tabs.length}`;
    const settings = { person: "reader", project: this.project, worklist: this.worklist, mode: "concurrent", isOpen: true };
    tab.room = new tab.lost.Room(settings);
    tab.room.changed = () => queueMicrotask(() => this.record.look(this.tabs));
    this.tabs.push(tab);
    await this.within(reading === null ? tab.room.openNext() : tab.room.openReading(reading), `opening ${tab.name}`);
    return tab;
  }

  async within(promise, what) {
    let timer;
    const late = new Promise((_, reject) => (timer = setTimeout(() => reject(new Stuck(what)), PATIENCE_MS)));
    await Promise.race([promise, late]).finally(() => clearTimeout(timer));
  }

  async step(name) {
    const tab = this.alive[this.draw.below(this.alive.length)];
    const chance = this.draw.next();
    this.record.log.push(`${tab?.name ?? "none"} ${name}`);
    if (!tab) return void (await this.open());
    if (tab.room.state.phase === "broken") return void (await this.within(tab.room.openNext(), "trying again"));
    const acts = {
      type: () => this.type(tab, chance < 0.4), pause: () => sleep(chance * 1.5 * PACE), settle: () => this.settle(tab, 5 * PACE),
      undo: () => this.travel(tab, "undo"), redo: () => this.travel(tab, "redo"),
      cut: () => (tab.isOnline = false), mend: () => this.mend(tab), "lose-answer": () => (tab.losesAnswer = true),
      "second-tab": () => (this.alive.length < MOST_TABS ? this.open() : null), "kill-tab": () => tab.kill(),
      "close-tab": () => this.close(tab), reload: () => this.close(tab) ?? this.open(), submit: () => this.submit(tab),
      earlier: () => this.within(tab.room.openEarlier(-1), "going back"), resolve: () => this.resolve(tab, chance),
      "kill-server": () => fetch(`${this.control}/kill`),
    };
    await acts[name]();
  }

  isFree({ room }) {
    const { open, busy, phase } = room.state;
    return phase === "reading" && open && !busy && open.saver.state.phase !== "conflict";
  }

  comment(tab) {
    return tab.lost.contentOf(tab.room.state.open).comment;
  }

  async type(tab, isTyping) {
    if (!this.isFree(tab)) return;
    const { room, lost } = tab;
    const { open } = room.state;
    if (open.kase.reading.state === "submitted") await this.within(room.enter(), "amending");
    if (!this.isFree(tab) || room.state.open.kase.reading.id !== open.kase.reading.id) return;
    const content = lost.contentOf(room.state.open);
    const word = `w${(this.words += 1)}`;
    room.edit({ ...content, no_finding: true, comment: `${content.comment} ${word}`.trim() }, isTyping);
    if (!this.comment(tab).endsWith(word)) return;
    this.record.type(open.kase.reading.id, word);
    this.record.wanted(tab, this.comment(tab));
    this.record.log.push(`${tab.name} typed ${word} on ${open.kase.reading.id} [${this.comment(tab)}]`);
  }

  travel(tab, way) {
    if (!this.isFree(tab)) return;
    const before = this.comment(tab);
    tab.room[way]();
    this.record.wanted(tab, this.comment(tab));
    this.record.chose(tab, this.comment(tab), before);
  }

  async submit(tab) {
    if (this.isFree(tab)) await this.within(tab.room.enter(), "submitting");
  }

  /** The page is told that it goes: what waits is sent in a request that outlives it. */
  close(tab) {
    tab.room.state.open?.saver.flush();
    tab.kill();
  }

  mend(tab) {
    tab.isOnline = true;
    tab.room.state.open?.saver.flush();
  }

  async resolve(tab, chance) {
    const open = tab.room.state.open;
    const saver = open?.saver.state;
    if (saver?.phase !== "conflict" || tab.room.state.busy) return;
    this.record.look(this.tabs);
    const [mine, theirs] = [saver.current.comment, saver.theirs.content.comment];
    const choice = chance < 0.5 ? "mine" : "theirs";
    this.record.log.push(`${tab.name} chose ${choice} on ${open.kase.reading.id}: mine [${mine}] theirs [${theirs}] ${saver.theirs.state}`);
    await this.within(tab.room.resolve(choice), "resolving");
    const isDecided = tab.room.state.open !== open || open.saver.state.theirs !== saver.theirs;
    if (!isDecided) return;
    const [kept, dropped] = choice === "mine" ? [mine, theirs] : [theirs, mine];
    this.record.wanted(tab, kept);
    this.record.chose(tab, kept, dropped, choice === "theirs");
  }

  isQuiet(tab) {
    const { open, busy, phase } = tab.room.state;
    if (phase === "empty") return true;
    const saver = open?.saver.state;
    return phase === "reading" && !busy && saver?.phase === "idle" && !tab.lost.isDirty(saver);
  }

  async settle(tab, ms) {
    const end = performance.now() + ms;
    while (!this.isQuiet(tab) && performance.now() < end) await sleep(5);
  }

  /** All is well again: connections, server; every question is answered, everything kept in the browser is opened. */
  async heal() {
    this.record.log.push("heal");
    await fetch(`${this.control}/up`);
    for (const tab of this.alive) Object.assign(tab, { isOnline: true, losesAnswer: false });
    const end = performance.now() + PATIENCE_MS;
    for (;;) {
      if (performance.now() > end) throw new Stuck(`healing: ${JSON.stringify(this.alive.map((tab) => this.told(tab)))}`);
      for (const tab of this.alive) {
        if (tab.room.state.phase === "broken") await this.within(tab.room.openNext(), "trying again");
        await this.within(tab.room.turning.settled(), "settling");
        await this.resolve(tab, this.draw.next());
      }
      if (!this.alive.every((tab) => this.isQuiet(tab))) await sleep(10);
      else if (this.browser.kept.length) {
        const tab = await this.open(this.browser.kept[0]);
        await this.settle(tab, 2000);
      } else return;
    }
  }

  told(tab) {
    const { open, phase, busy, problem } = tab.room.state;
    const saver = open?.saver.state;
    return { tab: tab.name, phase, busy, problem, reading: open?.kase.reading.id, saver: saver?.phase, refusal: saver?.refusal };
  }

  async final() {
    const found = new Map();
    for (const reading of new Set(this.record.typed.values())) {
      found.set(reading, (await this.ask(`/api/readings/${reading}/`)).draft.comment ?? "");
    }
    return found;
  }

  /** Another interleaving may kill the server meanwhile. */
  async ask(path, tries = 20) {
    await fetch(`${this.control}/up`);
    try {
      const answer = await fetch(this.browser.base + path, { headers: { Cookie: `sessionid=${this.browser.session}` } });
      return await answer.json();
    } catch (error) {
      if (!tries) throw error;
      return this.ask(path, tries - 1);
    }
  }
}
