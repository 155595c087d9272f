"""The reading room as a test sees it: opened by its list's name, driven by keys and mouse, asked through its handle."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Page

from tests.browser.conftest import Service

READY = "() => window.radloop && window.radloop.ready"
SAVED = "() => window.radloop.saved"


class Room:
    """One tab with the room in it."""

    def __init__(self, page: Page, service: Service, worklist: str, project: str = "thorax") -> None:
        self.page, self.service, self.project = page, service, project
        lists = page.request.get(f"{service.address}/api/projects/{project}/worklists/?page_size=100").json()
        rows = lists["results"] if isinstance(lists, dict) else lists
        self.worklist = next(row["id"] for row in rows if row["name"] == worklist)

    @property
    def address(self) -> str:
        return f"{self.service.address}/p/{self.project}/read/{self.worklist}/"

    def open(self, reading: int | None = None) -> Room:
        self.page.goto(self.address + (f"?reading={reading}" if reading else ""))
        self.page.wait_for_function(READY)
        return self

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)

    def ask(self, what: str) -> Any:
        return self.page.evaluate(f"() => window.radloop.{what}")

    @property
    def reading(self) -> int:
        return int(self.ask("reading"))

    @property
    def content(self) -> dict[str, Any]:
        content: dict[str, Any] = self.ask("content")
        return content

    def finding(self, code: str) -> int:
        """The finding's id, from the case as the API gives it."""
        return next(int(f["id"]) for f in self.case()["findings"] if f["code"] == code)

    def case(self) -> dict[str, Any]:
        case: dict[str, Any] = self.get(f"readings/{self.reading}/case/")
        return case

    def get(self, path: str) -> Any:
        return self.page.request.get(f"{self.service.address}/api/{path}").json()

    def drag(self, x0: float, y0: float, x1: float, y1: float, *, button: Any = "left") -> None:
        """A drag between two places of the image, in image pixels."""
        start, end = self.on_screen(x0, y0), self.on_screen(x1, y1)
        mouse = self.page.mouse
        mouse.move(*start)
        mouse.down(button=button)
        mouse.move((start[0] + end[0]) / 2, (start[1] + end[1]) / 2)
        mouse.move(*end)
        mouse.up(button=button)

    def on_screen(self, x: float, y: float) -> tuple[float, float]:
        place = self.page.evaluate("([x, y]) => window.radloop.imageToClient(x, y)", [x, y])
        return float(place[0]), float(place[1])

    def wait_saved(self) -> None:
        self.page.wait_for_function(SAVED)

    def submit(self) -> int:
        """Enter, "all instances are marked" where that is asked, and the next case; returns what was handed in."""
        before = self.reading
        self.press("Enter")
        while self.page.locator("[data-question=all-marked]").count():
            self.press("Space")
        self.page.wait_for_function(
            "(before) => radloop.phase === 'empty' || (radloop.ready && radloop.reading !== before)",
            arg=before,
        )
        # The next case is shown before the service has answered for this one.
        self.page.evaluate("() => radloop.handedIn()")
        return before
