"""Marks drawn with the mouse lie where they were drawn, however the image lies, and come back as they were saved."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, expect

from tests.browser.conftest import Service
from tests.browser.room import READY, Room

SignIn = Callable[..., None]
POINTER = 0.75
"""CSS pixels that a mouse may be off: it moves in whole ones."""


def test_marks_lie_where_they_were_drawn_and_come_back(
    page: Page, service: Service, sign_in: SignIn, screenshot: Callable[[Page, str], Path]
) -> None:
    sign_in(page)
    one = Room(page, service, "Marks", "marks").open()
    one.press("ArrowRight")
    # Each is drawn after the keys beside it; turns and zooms add up.
    for keys in ((), ("g", "r", "+", "+"), ("g", "h", "+"), ("g", "f", "g", "r")):
        one.press("t", "b", *keys)
        _is_drawn(one, [(101, 97), (142, 128)], lambda g: [(g["x"], g["y"]), (g["x"] + g["w"], g["y"] + g["h"])])
        one.press("Delete")
    one.press("t", "l")
    _is_drawn(one, [(98, 120), (150, 101)], lambda g: [g["a"], g["b"]])
    one.press("t", "e")
    _is_drawn(one, [(105, 100), (147, 140)], _corners)
    one.press("t", "m")
    one.drag(120, 110, 130, 110)
    assert [mark["kind"] for mark in one.content["regions"]] == ["length", "ellipse", "mask"]
    one.press("z", "z")
    assert len(one.content["regions"]) == 1
    one.press("Shift+Z", "Shift+Z")

    one.press("r", "t", "p")
    for corner in ((90, 90), (120, 85)):
        page.mouse.click(*one.on_screen(*corner))
    one.wait_saved()
    before = one.content
    assert len(before["regions"]) == 3, "a polygon under way is not said yet"
    page.reload()
    page.wait_for_function(READY)
    assert one.content == before

    for corner in ((125, 120), (95, 118)):
        page.mouse.click(*one.on_screen(*corner))
    one.press("Enter")
    points = one.content["regions"][3]["geometry"]["points"]
    assert _far(points, [(90, 90), (120, 85), (125, 120), (95, 118)]) <= _tolerance(one)
    screenshot(page, "marks")

    one.press("t", "t", "Enter")
    question = page.locator("[data-question=all-marked]")
    expect(question).to_contain_text("are all instances marked?")
    one.press("Space")
    page.wait_for_function("() => window.radloop.phase === 'empty'")
    everything = one.get("projects/marks/readings/")["results"]
    (reading,) = [reading for reading in everything if reading["worklist_name"] == "Marks"]
    assert reading["state"] == "submitted"
    said = one.get(f"readings/{reading['id']}/")["draft"]
    assert [mark["kind"] for mark in said["regions"]] == ["length", "ellipse", "mask", "polygon"]
    assert [answer["all_marked"] for answer in said["findings"].values()] == [True]


def test_a_mark_is_copied_to_the_earlier_study_to_be_checked_there(
    page: Page, service: Service, sign_in: SignIn, screenshot: Callable[[Page, str], Path]
) -> None:
    sign_in(page)
    one = Room(page, service, "Copies", "hanging").open()
    page.wait_for_selector(".pane:nth-of-type(2)")
    one.press("ArrowRight", "t", "b")
    width = one.ask("image.columns")
    one.drag(width * 0.4, width * 0.4, width * 0.6, width * 0.6)
    one.press("t", "c")
    case, copy = one.content["regions"]
    assert copy["note"].startswith("Copied")
    assert copy["instance_id"] != case["instance_id"]
    one.wait_saved()
    screenshot(page, "marks-earlier-study")
    page.get_by_role("button", name="Copied here: it is right").click()
    one.wait_saved()
    assert [mark["note"] for mark in one.case()["reading"]["draft"]["regions"]] == ["", ""]


def _is_drawn(one: Room, truth: list[tuple[float, float]], points: Callable[[Any], list[Any]]) -> None:
    (x0, y0), (x1, y1) = truth
    before = len(one.content["regions"])
    one.drag(x0, y0, x1, y1)
    marks = one.content["regions"]
    assert len(marks) == before + 1
    assert _far(points(marks[-1]["geometry"]), truth) <= _tolerance(one)


def _corners(ellipse: dict[str, float]) -> list[tuple[float, float]]:
    x, y, rx, ry = (ellipse[key] for key in ("cx", "cy", "rx", "ry"))
    return [(x - rx, y - ry), (x + rx, y + ry)]


def _far(found: list[Any], truth: list[tuple[float, float]]) -> float:
    assert len(found) == len(truth)
    apart = [abs(a - b) for one, other in zip(found, truth, strict=True) for a, b in zip(one, other, strict=True)]
    return float(max(apart))


def _tolerance(one: Room) -> float:
    """One pixel of the image, and what a mouse can't tell: the shorter side of a pixel on the screen decides."""
    origin, right, down = (one.on_screen(*at) for at in ((0, 0), (1, 0), (0, 1)))
    side = min(abs(p[0] - origin[0]) + abs(p[1] - origin[1]) for p in (right, down))
    return 1 + POINTER / side
