"""Marks drawn by a real mouse return within one image pixel, boxes at every zoom, turn, flip and shape of pixels; saved
and reloaded they are the same numbers, and exported as COCO, too."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from typing import Any

from playwright.sync_api import Page

from tests.browser.conftest import Service
from tests.browser.marks import SPACINGS
from tests.browser.room import READY, Room
from tests.browser.shapes import SHAPES, Shape, placed

POINTER = 0.75
"""CSS pixels that a mouse may be off: it moves in whole ones."""
ZOOMS = (("-",), ("+", "+"), ("+", "+"))
"""Keys pressed one after the other: 0.8, 1.25 and 1.95 times the fitted image."""
BACK = ("-", "-", "-")
CELL = 20
"""Each box has a cell of the image to itself: a press near another one would take hold of that."""
FIRST = 78
VIEWS = (("g", "r", "-"), ("g", "h", "g", "r", "+"))
"""Of the kinds that are no boxes, a series each in turn: at 0.8 times the fitted image, flipped and turned at 1."""
LEFT, LINE, HIGH = 180, 52, 30
"""They stand beside the boxes, where the window shows them at every zoom."""
PLACE = "(at) => at.map(([x, y]) => radloop.imageToClient(x, y))"
LAST = "() => ({ count: radloop.content.regions.length, last: radloop.content.regions.at(-1).geometry })"
Box = dict[str, float]


def test_marks_lie_where_the_mouse_drew_them_and_come_back_as_they_were_saved(
    page: Page, new_page: Callable[..., Page], service: Service, sign_in: Callable[..., None]
) -> None:
    sign_in(page)
    one = Room(page, service, "Coordinates", "marks").open()
    one.press("g", "1", "ArrowRight", "t", "b")
    drawn = 0
    for series in range(len(SPACINGS)):
        page.evaluate("(n) => radloop.show(n, 0)", series)
        one.press("r")
        cells = iter(product(range(5), range(5)))
        for _ in range(2):
            one.press("g", "h")
            for _ in range(4):
                one.press("g", "r")
                for keys in ZOOMS:
                    one.press(*keys)
                    drawn += 1
                    draw_and_check(page, next(cells), drawn)
                one.press(*BACK)
        one.press("r")
        one.press(*VIEWS[series % 2])
        for line, shape in enumerate(SHAPES):
            draw_shape(one, shape, (LEFT, LINE + HIGH * line), SPACINGS[series])
            drawn += 1
        one.press("t", "b")
    one.wait_saved()
    said = one.content["regions"]
    assert len(said) == drawn == len(SPACINGS) * (2 * 4 * len(ZOOMS) + len(SHAPES))

    page.reload()
    page.wait_for_function(READY)
    assert one.content["regions"] == said
    one.press("Enter", "Space")
    page.wait_for_function("() => radloop.phase === 'empty'")
    page.evaluate("() => radloop.handedIn()")

    manager = new_page()
    sign_in(manager, "admin")
    exported = manager.request.get(f"{service.address}/api/projects/marks/export/coco/").json()
    rows = {row["radloop"]["track"]: row for row in exported["annotations"]}
    for mark in said:
        assert_exported(mark, rows[mark["track"]])


def draw_and_check(page: Page, cell: tuple[int, int], count: int) -> None:
    """One box, of whole image pixels, from corner to corner."""
    left, top = (FIRST + CELL * n for n in cell)
    truth = {"x": left, "y": top, "w": 12.0, "h": 9.0}
    start, end, origin, right, down = page.evaluate(
        PLACE, [[left, top], [left + 12, top + 9], [0, 0], [1, 0], [0, 1]]
    )
    page.mouse.move(*start)
    page.mouse.down()
    page.mouse.move((start[0] + end[0]) / 2, (start[1] + end[1]) / 2)
    page.mouse.move(*end)
    page.mouse.up()
    found = page.evaluate(LAST)
    assert found["count"] == count, f"no box was drawn at {cell}"
    side = min(abs(p[0] - origin[0]) + abs(p[1] - origin[1]) for p in (right, down))
    assert far(found["last"], truth) <= 1 + POINTER / side, (cell, found["last"], truth)


def draw_shape(one: Room, shape: Shape, corner: tuple[float, float], spacing: tuple[float, float]) -> None:
    """By clicks or by drags, and its points where the hand was."""
    before, mouse = len(one.content["regions"]), one.page.mouse
    one.press("t", shape.key)
    *hand, origin, right, down = one.page.evaluate(
        PLACE, [*placed(shape.hand, corner), [0, 0], [1, 0], [0, 1]]
    )
    for number, place in enumerate(hand):
        mouse.move(*place)
        if shape.by == "click":
            mouse.click(*place)
        elif number % 2 == 0:
            mouse.down()
        else:
            mouse.up()
    if shape.kind == "polygon":
        one.press("Enter")
    marks = one.content["regions"]
    assert len(marks) == before + 1, f"no {shape.kind} was drawn at {corner}"
    found, truth = shape.points(marks[-1]["geometry"]), shape.truth(corner, spacing)
    side = min(abs(p[0] - origin[0]) + abs(p[1] - origin[1]) for p in (right, down))
    apart = [abs(a - b) for pair in zip(found, truth, strict=True) for a, b in zip(*pair, strict=True)]
    assert max(apart) <= 1 + POINTER / side, (shape.kind, corner, found, truth)


def far(found: Box, truth: Box) -> float:
    """By how many pixels an edge lies off at most."""
    edges = [[box["x"], box["y"], box["x"] + box["w"], box["y"] + box["h"]] for box in (found, truth)]
    return max(abs(a - b) for a, b in zip(*edges, strict=True))


def assert_exported(mark: dict[str, Any], row: dict[str, Any]) -> None:
    """COCO counts from the image's edge, the room from the centre of its first pixel."""
    geometry = mark["geometry"]
    assert row["radloop"]["geometry"] == geometry
    if mark["kind"] == "box":
        x, y, w, h = (geometry[key] for key in "xywh")
        assert row["bbox"] == [x + 0.5, y + 0.5, w, h]
    if mark["kind"] == "polygon":
        assert row["segmentation"] == [[number + 0.5 for point in geometry["points"] for number in point]]
