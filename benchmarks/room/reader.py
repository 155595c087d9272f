"""A reader in Chromium, driven by keys; what the canvas shows is judged by its checksum (benchmarks/room/probe.js)."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, CDPSession, Page, Playwright

from benchmarks.memory import resident_mb
from benchmarks.room.cases import block_centres, number_in

FLAGS = [
    "--no-sandbox", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update",
    "--disable-sync",
]
RENDERING = {
    # WebGL drawn by SwiftShader, as in a browser without a graphics card.
    "webgl": ["--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader", "--ignore-gpu-blocklist"],
    # No WebGL at all: Cornerstone draws by itself.
    "canvas": ["--disable-gpu", "--disable-3d-apis"],
}
SIZE = {"width": 1920, "height": 1080}
PATIENCE_MS = 60_000
READY = "() => window.radloop && window.radloop.ready"
SAVED = "() => window.radloop.saved"
PROBE = Path(__file__).with_name("probe.js")


def launch(playwright: Playwright, chromium: str, rendering: str) -> Browser:
    return playwright.chromium.launch(executable_path=chromium, args=[*FLAGS, *RENDERING[rendering]])


@dataclass
class Reader:
    """One tab in a context of its own: nothing cached when it begins."""

    context: BrowserContext
    page: Page
    base: str
    project: str

    @classmethod
    def arrive(cls, browser: Browser, base: str, known: dict[str, Any]) -> Reader:
        context = browser.new_context(viewport=SIZE)
        context.set_default_timeout(PATIENCE_MS)
        context.add_cookies([{"name": "sessionid", "value": known["session"], "url": base}])
        context.add_init_script(path=PROBE)
        return cls(context, context.new_page(), base, known["project"])

    def leave(self) -> None:
        self.context.close()

    def open(self, worklist: int) -> float:
        """Milliseconds from asking for the page to the first case drawn."""
        started = time.perf_counter()
        self.page.goto(f"{self.base}/p/{self.project}/read/{worklist}/")
        self.drawn()
        return (time.perf_counter() - started) * 1000

    def drawn(self) -> str:
        """Wait until a case is drawn and stays as it is; the canvas's checksum."""
        self.page.wait_for_function(READY)
        return str(self.page.evaluate("() => window.probe.still()"))

    @property
    def reading(self) -> int:
        return int(self.page.evaluate("() => window.radloop.reading"))

    def number(self) -> int | None:
        """Which picture the canvas shows, by the blocks in it."""
        return number_in(self.page.evaluate("(points) => window.probe.levels(points)", block_centres()))

    def answer(self) -> None:
        """Everything absent, acknowledged by the server."""
        self.page.keyboard.press("a")
        self.page.wait_for_function(SAVED)

    def turn(self, expected: str) -> float:
        """Submit; milliseconds from the key to the canvas that is `expected`, -1 when it never came."""
        self.page.evaluate("(sum) => { window.turned = window.probe.after('Enter', sum); }", expected)
        self.page.keyboard.press("Enter")
        return float(self.page.evaluate("() => window.turned")["ms"])

    def turn_by_reload(self) -> float:
        """The same by a page of its own for every case: the answer is submitted, then the page is asked for anew."""
        reading = self.reading
        started = time.perf_counter()
        self.page.evaluate(SUBMIT, reading)
        self.page.reload()
        self.drawn()
        return (time.perf_counter() - started) * 1000

    def saves(self, kind: str) -> list[float]:
        """Milliseconds of every acknowledged `draft` or `submit` of this page."""
        return [ms for one, ms in self.page.evaluate("() => window.probe.saves") if one == kind]


SUBMIT = """async (reading) => {
  const token = document.querySelector("input[name=csrfmiddlewaretoken]")?.value
    ?? document.cookie.split("; ").find((part) => part.startsWith("csrftoken="))?.slice(10);
  const draft = (await (await fetch(`/api/readings/${reading}/`)).json());
  const body = { base_version: draft.draft_version, content: draft.draft };
  const headers = { "Content-Type": "application/json", "X-CSRFToken": token };
  const said = { method: "POST", headers, body: JSON.stringify(body) };
  const answer = await fetch(`/api/readings/${reading}/submit/`, said);
  if (!answer.ok) throw new Error(`submit answered ${answer.status}`);
}"""


class Memory:
    """JavaScript heap after a collection, and resident memory of the page's own process."""

    def __init__(self, browser: Browser, page: Page) -> None:
        self._page: CDPSession = page.context.new_cdp_session(page)
        self._page.send("Performance.enable")
        self._pids = renderers(browser)
        self.heap: list[float] = []
        self.resident: list[float] = []

    def look(self) -> None:
        self._page.send("HeapProfiler.collectGarbage")
        metrics = {one["name"]: one["value"] for one in self._page.send("Performance.getMetrics")["metrics"]}
        self.heap.append(metrics["JSHeapUsedSize"] / 2**20)
        self.resident.append(max(resident_mb(pid) for pid in self._pids))


def renderers(browser: Browser) -> list[int]:
    """Process ids of the browser's pages."""
    session = browser.new_browser_cdp_session()
    processes = session.send("SystemInfo.getProcessInfo")["processInfo"]
    session.detach()
    return [int(one["id"]) for one in processes if one["type"] == "renderer"]
