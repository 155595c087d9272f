"""What the canvas shows is what the file holds: grey levels of every kind, the value under the pointer, the header."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from playwright.sync_api import Page, expect

from benchmarks.grey import kinds, look
from benchmarks.grey.reference import Reference
from benchmarks.grey_levels import ROUNDING, TOLERANCE
from imaging.dicom.reading import read_dicom
from tests.browser.conftest import Service
from tests.browser.lists import KINDS_LIST, KINDS_PROJECT
from tests.browser.room import Room


def test_every_kind_of_file_is_drawn_within_one_grey_level(
    page: Page, service: Service, sign_in: Callable[..., None]
) -> None:
    sign_in(page)
    room = Room(page, service, KINDS_LIST, KINDS_PROJECT).open()
    files = list(kinds.files())
    assert len(room.ask("series")) == len(files)
    wrong: dict[str, Any] = {}
    for place, (name, content) in enumerate(files):
        reference = Reference.of(read_dicom(content))
        for index in range(len(reference.frames)):
            try:
                shown = look.show(page, place, index)
            except RuntimeError as error:
                wrong[name] = str(error)
                continue
            assert shown is not None, name
            off = np.abs(look.canvas(page, shown) - reference.grey(shown.frame)).max()
            if off > TOLERANCE + ROUNDING:
                wrong[f"{name}, frame {shown.frame + 1}"] = float(off)
    assert wrong == {}, "off by so many of 256 levels"


def test_the_probe_tells_the_value_and_the_header_its_elements(
    page: Page, service: Service, sign_in: Callable[..., None]
) -> None:
    sign_in(page)
    room = Room(page, service, KINDS_LIST, KINDS_PROJECT).open()
    place = list(kinds.KINDS).index("signed, HU")
    look.show(page, place, 0)
    dataset = read_dicom(list(kinds.files())[place][1])
    room.press("t", "i")
    for turn in ((), ("g", "r"), ("g", "h")):
        room.press(*turn)
        x, y = room.ask("imageToClient(70, 33)")
        page.mouse.move(x, y)
        value = int(dataset.pixel_array[33, 70]) + int(dataset.RescaleIntercept)
        expect(page.locator("[data-probe]")).to_contain_text(f"{value} HU\npixel 70, 33")
    room.press("t", "i", "g", "i")
    page.get_by_role("searchbox", name="Search the header").fill("rescale intercept")
    expect(page.locator(".tags-table tbody tr")).to_have_count(1)
    expect(page.locator(".tags-value")).to_have_text(str(float(dataset.RescaleIntercept)))
