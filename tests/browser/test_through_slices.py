"""Masks that a model suggests, and marks of slices drawn across them on planes: seen, saved and seen again."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.browser.conftest import Service
from tests.browser.planes import Voxel, reference
from tests.browser.room import READY, Room
from tests.browser.test_planes import Planes

EDGES = """() => {
  const canvas = document.querySelector("canvas.masks");
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  const found = { suggested: 0, own: 0 };
  for (let at = 0; at < data.length; at += 4) {
    if (data[at + 3] > 150) found[data[at] > data[at + 2] ? "suggested" : "own"] += 1;
  }
  return found;
}"""
"""Pixels of masks' edges on the screen, by colour: amber is a suggestion, blue the reader's own."""


def test_a_suggested_mask_has_a_dashed_edge_until_it_is_accepted(
    page: Page, service: Service, sign_in: Callable[..., None], screenshot: Callable[[Page, str], Path]
) -> None:
    sign_in(page)
    one = Room(page, service, "Suggested masks", "masks").open()
    one.press("ArrowRight")
    expect(page.locator(".suggestion-tag")).to_contain_text("suggested: Nodule")
    dashed = page.evaluate(EDGES)
    screenshot(page, "mask-suggested")
    one.press("Space")
    (mark,) = one.content["regions"]
    assert (mark["kind"], mark["suggestion"]["act"]) == ("mask", "accepted")
    whole = page.evaluate(EDGES)
    assert dashed["own"] == whole["suggested"] == 0
    assert 0.3 < dashed["suggested"] / whole["own"] < 0.7


def test_a_box_and_paint_across_slices_lie_where_the_hand_was_and_come_back(
    page: Page, service: Service, sign_in: Callable[..., None], screenshot: Callable[[Page, str], Path]
) -> None:
    sign_in(page)
    room = Room(page, service, "Marks on planes", project="planes").open()
    room.press("ArrowRight")
    planes = Planes(room)
    planes.cross((11, 32, 32))
    room.press("t", "3")
    drag(planes, "coronal", (8, 32, 18), (14, 32, 28))
    slices = [image["id"] for image in room.case()["series"][0]["instances"]]
    box = room.content["regions"][0]["geometry"]
    assert abs(box["x"] - 18) + abs(box["x"] + box["w"] - 28) < 1
    first, last = (slices.index(box[end]["instance_id"]) for end in ("first", "last"))
    assert abs(first - 8) <= 1
    assert abs(last - 14) <= 1
    room.press("t", "m")
    drag(planes, "sagittal", (6, 24, 32), (16, 40, 32))
    painted = sorted(slices.index(mark["instance_id"]) for mark in room.content["regions"][1:])
    assert painted == list(range(painted[0], painted[-1] + 1))
    assert {6, 16} <= set(painted)
    # The box is not on this plane, and the painted volume says its name once.
    expect(page.locator(".pane").nth(2).locator("svg text")).to_have_count(1)
    screenshot(page, "marks-on-planes")
    room.wait_saved()
    said = room.content
    page.reload()
    page.wait_for_function(READY)
    assert room.content == said


def drag(planes: Planes, plane: str, start: Voxel, end: Voxel) -> None:
    """With the tool in hand, between the centres of two voxels of the plane."""
    page = planes.room.page
    places = [
        page.evaluate("([o, w]) => radloop.planes.toClient(o, w)", [plane, reference().world(voxel)])
        for voxel in (start, end)
    ]
    page.mouse.move(*places[0])
    page.mouse.down()
    page.mouse.move(*places[1], steps=4)
    page.mouse.up()
