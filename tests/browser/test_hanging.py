"""Viewports: a case hangs by its protocol beside the earlier study, stacks are paged together, images are turned."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, expect

from tests.browser.conftest import Service
from tests.browser.room import READY, Room

SignIn = Callable[..., None]
BOTH_SHOWN = "() => window.radloop.views.length === 2 && window.radloop.views.every((view) => view.shown === 'shown')"


def _views(room: Room) -> list[dict[str, Any]]:
    views: list[dict[str, Any]] = room.ask("views")
    return views


def test_a_case_hangs_by_its_protocol_and_is_read_in_several_viewports(
    page: Page, service: Service, sign_in: SignIn, screenshot: Callable[[Page, str], Path]
) -> None:
    sign_in(page)
    room = Room(page, service, "Hanging", project="hanging").open()
    page.wait_for_function(BOTH_SHOWN)
    assert [(view["prior"], view["count"]) for view in _views(room)] == [(False, 8), (True, 6)]
    assert page.locator(".layouts summary").get_attribute("data-rule") == "CT beside the earlier one"
    expect(page.locator(".prior-note")).to_contain_text("2 years before")

    before = [view["index"] for view in _views(room)]
    room.press("ArrowDown")
    page.wait_for_function("(last) => window.radloop.views.every((view, n) => view.index === last[n] + 1)", arg=before)
    room.press("g", "k", "ArrowUp")
    page.wait_for_function("(last) => window.radloop.views[0].index === last[0]", arg=before)
    assert _views(room)[1]["index"] == before[1] + 1, "unlinked, the other one stays"

    screenshot(page, "viewports-ct")
    room.press("Shift+a")
    room.submit()
    page.wait_for_function(BOTH_SHOWN)
    assert page.locator(".layouts summary").get_attribute("data-rule") == "Frontal and lateral radiograph"
    assert [view["view"] for view in _views(room)] == ["PA", "LL"]
    room.press("g", "r", "g", "h")
    expect(page.locator(".pane.active .turned")).to_have_text("flipped left to right, turned 270°")
    _points_stay_where_they_are(room)
    room.press("Shift+PageDown", "g", "1")
    page.wait_for_function("() => window.radloop.views.length === 1 && window.radloop.ready")
    assert _views(room)[0]["view"] == "LL", "the active viewport stays"
    room.press("g", "0")
    page.wait_for_function(BOTH_SHOWN)
    expect(page.locator(".turned")).to_have_count(0)
    page.wait_for_function(READY)


def _points_stay_where_they_are(room: Room) -> None:
    """Turned by 270° after a flip, rows run upwards on the screen and columns to the left."""
    (x0, y0), (x1, y1), (x2, y2) = room.on_screen(10, 10), room.on_screen(200, 10), room.on_screen(10, 200)
    assert abs(x1 - x0) < 1, "along a row nothing moves sideways"
    assert y1 > y0
    assert x2 > x0
    assert abs(y2 - y0) < 1
