// A browser's tab in node: a realm of its own with clock, storage and network, which can be killed at any moment.
import vm from "node:vm";

/** A second of the room's clock takes so many milliseconds. */
export const PACE = 100;

/** What all tabs of one browser share. Its storage outlives them. */
export class Browser {
  constructor({ base, session, csrf, script }) {
    Object.assign(this, { base, session, csrf, script, stored: new Map() });
  }

  open(seen) {
    return new Tab(this, seen);
  }

  /** Readings of which something is kept and nobody has decided about. */
  get kept() {
    const keys = [...this.stored.keys()].filter((key) => key.startsWith("radloop:draft:"));
    return [...new Set(keys.map((key) => Number(key.split(":")[2])))];
  }
}

export class Tab {
  isAlive = true;
  isOnline = true;
  /** The next answer gets lost on its way, what was asked is done. */
  losesAnswer = false;
  timers = new Set();

  constructor(browser, seen) {
    Object.assign(this, { browser, seen });
    this.context = vm.createContext(this.globals());
    vm.runInContext(browser.script, this.context);
    this.lost = this.context.lost;
  }

  /** As kill -9 leaves it: no code runs any more, no answer arrives, nothing is written. */
  kill() {
    this.isAlive = false;
    for (const timer of this.timers) clearTimeout(timer);
  }

  globals() {
    const { browser } = this;
    const scaled = (act, ms = 0, ...given) => {
      const timer = setTimeout(() => this.isAlive && act(...given), (ms * PACE) / 1000);
      this.timers.add(timer);
      return timer;
    };
    const globals = {
      setTimeout: scaled, clearTimeout, queueMicrotask, requestAnimationFrame: (act) => scaled(act), console, URL, Headers,
      Response, AbortController, AbortSignal, EventTarget, Event, TextEncoder, TextDecoder, URLSearchParams, structuredClone, FormData, Blob,
      crypto, atob, btoa, Request: requestsFrom(browser.base), fetch: (request) => this.fetch(request),
      performance: { now: () => (performance.now() * 1000) / PACE }, location: { origin: browser.base },
      document: known({
        visibilityState: "visible", cookie: `csrftoken=${browser.csrf}`, querySelector: () => null, querySelectorAll: () => [],
        getElementById: () => null, activeElement: null,
      }),
      matchMedia: () => known({ matches: false }),
      localStorage: this.storage(), addEventListener() {}, removeEventListener() {},
    };
    const tab = this;
    globals.navigator = { get onLine() { return tab.isOnline; } };
    globals.window = globals;
    return globals;
  }

  storage() {
    const { stored } = this.browser;
    const tab = this;
    return {
      get length() { return stored.size; },
      key: (n) => [...stored.keys()][n] ?? null,
      getItem: (key) => stored.get(key) ?? null,
      setItem: (key, value) => void (tab.isAlive && stored.set(key, String(value))),
      removeItem: (key) => void (tab.isAlive && stored.delete(key)),
    };
  }

  async fetch(request) {
    const { browser } = this;
    if (!this.isAlive) return new Promise(() => {});
    if (!this.isOnline) throw new TypeError("Failed to fetch");
    const body = request.method === "GET" ? undefined : await request.text();
    const loses = this.losesAnswer && request.method !== "GET";
    if (loses) this.losesAnswer = false;
    let response;
    try {
      const cookie = `sessionid=${browser.session}; csrftoken=${browser.csrf}`;
      const headers = { "Content-Type": "application/json", "X-CSRFToken": browser.csrf, Cookie: cookie };
      const answer = await fetch(request.url, { method: request.method, headers, body });
      response = { status: answer.status, text: await answer.text(), headers: answer.headers };
    } catch {
      if (!this.isAlive) return new Promise(() => {});
      throw new TypeError("Failed to fetch");
    }
    if (!this.isAlive) return new Promise(() => {});
    if (loses || !this.isOnline) throw new TypeError("Failed to fetch");
    const { pathname } = new URL(request.url);
    this.seen(this, request.method, pathname, body && JSON.parse(body), response.status, response.text);
    return new Response(response.status === 204 ? null : response.text, { status: response.status, headers: response.headers });
  }
}

/** What is drawn concerns nobody here: whatever else is asked of it answers with more of the same. */
const nothing = new Proxy(function () {}, {
  get: (_, name) => (name === "then" ? undefined : name === Symbol.toPrimitive ? () => "" : name === Symbol.iterator ? [][name] : nothing),
  apply: () => nothing, construct: () => nothing, set: () => true, deleteProperty: () => true,
});

const known = (given) => new Proxy(given, { get: (of, name) => (name in of ? of[name] : nothing), set: () => true });

function requestsFrom(base) {
  return class extends Request {
    constructor(input, init) {
      super(typeof input === "string" ? new URL(input, base) : input, init && { ...init, duplex: "half" });
    }
  };
}
