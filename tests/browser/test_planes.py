"""Planes through a CT: the crosshair shows what the file holds, slabs reach as far as they say, cine stops."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import FLAGS, PATIENCE_MS, Service
from tests.browser.planes import Voxel, reference
from tests.browser.room import Room

SignIn = Callable[..., None]
PLANES = ("axial", "coronal", "sagittal")


def lung_grey(value: float) -> float:
    """What the preset on key 1 makes of HU: black at -1350, white at 149."""
    return min(255 * (value + 1350) / 1499, 255)


class Planes:
    """The planes of an open case."""

    def __init__(self, room: Room) -> None:
        self.room = room
        self.reference = reference()
        room.press("g", "m")
        room.page.wait_for_function("() => radloop.planes.ready")

    def ask(self, what: str) -> Any:
        return self.room.ask(f"planes.{what}")

    def click(self, plane: str, voxel: Voxel) -> None:
        where = [plane, self.reference.world(voxel)]
        self.room.page.mouse.click(*self.room.page.evaluate("([o, w]) => radloop.planes.toClient(o, w)", where))

    def cross(self, voxel: Voxel) -> None:
        """Two clicks lead anywhere: one in the axial plane, one in the coronal."""
        self.click("axial", voxel)
        self.click("coronal", voxel)

    def is_at(self, voxel: Voxel) -> bool:
        return bool(self.ask("crossing") == pytest.approx(self.reference.world(voxel), abs=0.01))

    def grey(self, plane: str, voxel: Voxel) -> int:
        grey = self.room.page.evaluate("([o, w]) => radloop.planes.grey(o, w)", [plane, self.reference.world(voxel)])
        return int(grey)


def test_the_crosshair_shows_the_files_voxel_on_every_plane_and_slabs_reach_as_far_as_they_say(
    page: Page, service: Service, sign_in: SignIn, screenshot: Callable[[Page, str], Path]
) -> None:
    sign_in(page)
    room = Room(page, service, "Planes", project="planes").open()
    planes, lesion = Planes(room), reference().lesion
    value = reference().value(lesion)

    planes.cross(lesion)
    for plane in PLANES:
        planes.click(plane, lesion)
        assert planes.is_at(lesion)
        assert planes.ask("value") == value
        expect(page.locator("[data-voxel]")).to_have_text(f"Crosshair {value} HU")
    room.press("1")
    assert [planes.grey(plane, lesion) for plane in PLANES] == pytest.approx([lung_grey(value)] * 3, abs=4)
    screenshot(page, "planes")

    below = (lesion[0] + 1, *lesion[1:])
    planes.click("axial", lesion)
    room.press("ArrowDown")
    assert planes.is_at(below)
    assert planes.ask("value") == reference().value(below)

    spot = reference().beside_tissue
    planes.cross(spot)
    assert planes.grey("axial", spot) == pytest.approx(lung_grey(reference().value(spot)), abs=6)
    room.press("g", "s")
    assert planes.ask("slabs") == ["MIP 10 mm"] * 3
    assert planes.grey("axial", spot) == pytest.approx(lung_grey(reference().brightest(spot, 5)), abs=6)
    room.press("}", "}", "}")
    expect(page.locator("[data-slab=mip]").first).to_have_text("MIP 30 mm")
    assert planes.grey("axial", spot) == pytest.approx(lung_grey(reference().brightest(spot, 15)), abs=6)
    screenshot(page, "planes-mip")

    room.press("g", "m")
    page.wait_for_function("() => radloop.ready && radloop.planes.crossing === null")
    assert room.ask("image")["index"] == spot[0]
    assert planes.ask("volumes") == 0

    room.press("g", "c")
    page.wait_for_function("(before) => radloop.image.index !== before", arg=spot[0])
    expect(page.locator("[data-cine]")).to_have_text("▶ 15 frames/s, round and round")
    room.press("v")
    expect(page.locator("[data-cine]")).to_have_count(0)


def test_without_webgl_slices_are_read_and_planes_say_why_not(
    chromium: str, browser: Browser, service: Service, page: Page, sign_in: SignIn
) -> None:
    sign_in(page)
    flags = [flag for flag in FLAGS if "gl" not in flag and "gpu" not in flag] + ["--disable-gpu", "--disable-3d-apis"]
    without = browser.browser_type.launch(executable_path=chromium, args=flags)
    context = without.new_context(storage_state=page.context.storage_state())
    context.set_default_timeout(PATIENCE_MS)
    room = Room(context.new_page(), service, "Without WebGL", project="planes").open()
    room.press("g", "m")
    expect(room.page.locator(".notice")).to_contain_text("this browser draws without WebGL")
    assert room.ask("image")["count"] == reference().volume.hu.shape[0]
    without.close()
