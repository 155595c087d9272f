"""A browser in the reading room: what is on the canvas at 100 % with the stored window."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from playwright.sync_api import Page, sync_playwright

CHROMIUM = "/usr/bin/chromium"
FLAGS = [
    "--no-sandbox", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update",
    "--disable-sync", "--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader",
    "--ignore-gpu-blocklist",
]
READY = "() => window.radloop && window.radloop.ready"
PATIENCE_MS = 120_000


@dataclass(frozen=True)
class Shown:
    """What the room says is drawn."""

    instance: int
    frame: int
    rows: int
    columns: int


@contextmanager
def browser_page(session: str, address: str, width: int = 1200, height: int = 900) -> Iterator[Page]:
    """A page signed in by a session's key."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        context = browser.new_context(viewport={"width": width, "height": height})
        context.set_default_timeout(PATIENCE_MS)
        context.add_cookies([{"name": "sessionid", "value": session, "url": address}])
        yield context.new_page()
        browser.close()


def show(page: Page, series: int, index: int) -> Shown | None:
    """Page to an image of the open case; None where there is none. Raises RuntimeError with the room's own words."""
    page.evaluate("([series, index]) => window.radloop.show(series, index)", [series, index])
    page.wait_for_function("() => window.radloop.ready || window.radloop.failure")
    failure = page.evaluate("() => window.radloop.failure")
    if failure:
        raise RuntimeError(failure)
    image = page.evaluate("() => window.radloop.image")
    return image and Shown(image["instance"], image["frame"], image["rows"], image["columns"])


def canvas(page: Page, shown: Shown) -> npt.NDArray[np.uint8]:
    """H x W x 3, put together from as many views as the image needs."""
    whole = np.zeros((shown.rows, shown.columns, 3), np.uint8)
    top = 0
    while top < shown.rows:
        left, high = 0, 1
        while left < shown.columns:
            part: Any = page.evaluate("([x, y]) => window.radloop.grey(x, y)", [left, top])
            pixels = np.frombuffer(base64.b64decode(part["rgb"]), np.uint8).reshape(part["rows"], part["columns"], 3)
            whole[top : top + part["rows"], left : left + part["columns"]] = pixels
            left, high = left + part["columns"], part["rows"]
        top += high
    return whole
