"""Tabs of Chromium whose process is killed in the middle of typing; the next tab has to have it all."""

from __future__ import annotations

import contextlib
import os
import random
import shutil
import signal
import time

from playwright.sync_api import Browser, BrowserContext, Error, Page, sync_playwright

from benchmarks.lost.server import Served
from benchmarks.results import result
from benchmarks.room.reader import launch, renderers

OPEN = "() => window.radloop && window.radloop.phase === 'reading' && window.radloop.content !== null"
SAID = "() => [window.radloop.content.comment, window.radloop.saved]"


class Tab:
    def __init__(self, context: BrowserContext, address: str) -> None:
        self.page: Page = context.new_page()
        self.page.goto(address)
        self.page.wait_for_function(OPEN)

    def type(self, word: str) -> None:
        """As a person does: into the comment, at its end."""
        comment = self.page.locator("#comment")
        comment.focus()
        comment.press("End")
        comment.press_sequentially(f" {word}")

    @property
    def said(self) -> tuple[str, bool]:
        comment, is_saved = self.page.evaluate(SAID)
        return comment, is_saved

    def die(self, browser: Browser) -> None:
        """kill -9 of the page's process: no event, no last request. Only one page is open at a time."""
        crashed: list[Page] = []
        self.page.once("crash", lambda page: crashed.append(page))
        for pid in renderers(browser):
            os.kill(pid, signal.SIGKILL)
        deadline = time.monotonic() + 30
        while not crashed and time.monotonic() < deadline:
            with contextlib.suppress(Error):
                self.page.wait_for_timeout(20)
        with contextlib.suppress(Error):
            self.page.close()


def kill_tabs(served: Served, worklists: list[int], seed: int) -> None:
    """One case per worklist: words, a kill at a random moment, a new tab; three times over."""
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        raise SystemExit("No Chromium on this machine; apt-get install chromium.")
    missing = unacknowledged = unacknowledged_missing = typed = 0
    with sync_playwright() as playwright:
        browser = launch(playwright, chromium, "canvas")
        for number, worklist in enumerate(worklists):
            draw = random.Random(seed + number)
            context = browser.new_context()
            context.add_cookies([{"name": "sessionid", "value": served.known["session"], "url": served.base}])
            address = f"{served.base}/p/{served.known['project']}/read/{worklist}/"
            acknowledged: set[str] = set()
            words: list[str] = []
            for _ in range(3):
                tab = Tab(context, address)
                for _ in range(draw.randint(1, 3)):
                    words.append(f"w{len(words)}")
                    tab.type(words[-1])
                    tab.page.wait_for_timeout(draw.choice([0, 0, 0, 1500]))
                comment, is_saved = tab.said
                acknowledged |= set(comment.split()) if is_saved else set()
                tab.die(browser)
            last = Tab(context, address)
            last.page.wait_for_function("() => window.radloop.saved")
            found = set(last.said[0].split())
            missing += len(acknowledged - found)
            unacknowledged += len(set(words) - acknowledged)
            unacknowledged_missing += len(set(words) - acknowledged - found)
            typed += len(words)
            context.close()
        browser.close()
    result("lost_work.chromium.cases", len(worklists), "cases")
    result("lost_work.chromium.edits", typed, "words")
    result("lost_work.chromium.acknowledged_missing", missing, "words", "0")
    result("lost_work.chromium.unacknowledged", unacknowledged, "words")
    result("lost_work.chromium.unacknowledged_missing", unacknowledged_missing, "words", "0")
