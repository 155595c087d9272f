"""A person who manages nothing yet begins a project, drops a folder, and reads its first case."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.browser.conftest import Service
from tests.factories import phantom_file

IMAGES = 20
THREE_MINUTES = 180.0


def scan(folder: Path) -> Path:
    """A folder as it comes from a disc: two levels, files of no use among the images, one of them broken."""
    for index in range(IMAGES):
        phantom_file(folder / "scan" / f"series{index % 2}", index, size=256, seed=11)
    (folder / "scan" / "series0" / "broken.dcm").write_bytes(b"")
    (folder / "scan" / "README.txt").write_text("made for a test")
    return folder / "scan"


def drop(page: Page, folder: Path) -> None:
    """What the operating system does when a folder is let go over the page."""
    zone = page.locator("[data-drop][data-listening]").bounding_box()
    assert zone is not None
    browser = page.context.new_cdp_session(page)
    for kind in ("dragEnter", "dragOver", "drop"):
        data = {"items": [], "files": [str(folder)], "dragOperationsMask": 1}
        place = {"x": zone["x"] + 40, "y": zone["y"] + 40}
        browser.send("Input.dispatchDragEvent", {"type": kind, **place, "data": data})


def test_a_new_project_with_a_dropped_folder_has_its_first_case_read_within_three_minutes(
    page: Page, service: Service, sign_in: Callable[..., None], screenshot: Callable[[Page, str], Path], tmp_path: Path
) -> None:
    folder = scan(tmp_path)
    sign_in(page, "radiologist")
    begun = time.monotonic()

    page.goto(f"{service.address}/")
    page.locator("main").get_by_role("link", name="New project").click()
    page.get_by_label("Name").fill("Chest triage")
    page.get_by_label("Question").fill("Which radiographs can wait until tomorrow?")
    page.get_by_role("button", name="Create project").click()

    page.get_by_role("button", name="Add these 5").click()
    expect(page.get_by_role("heading", name="In this project")).to_be_visible()
    page.get_by_role("link", name="Next: Images").click()

    drop(page, folder)
    expect(page.get_by_role("heading", name=f"{IMAGES} images stored, 1 refused")).to_be_visible()
    screenshot(page, "new-project-images")
    page.get_by_role("link", name="Next: First worklist").click()

    page.get_by_role("button", name="Draw the sets and make the worklist").click()
    page.wait_for_url("**/start/members/")
    page.get_by_label("Username").fill("researcher")
    page.get_by_label("Role", exact=True).select_option("researcher")
    page.get_by_role("button", name="Add to the project").click()
    expect(page.locator("#messages")).to_contain_text("researcher is now researcher.")

    page.get_by_role("link", name="Read the first case").click()
    page.wait_for_url("**/read/")
    page.keyboard.press("Enter")
    page.wait_for_function("() => window.radloop && window.radloop.ready")
    first = page.evaluate("() => radloop.reading")
    page.keyboard.press("a")
    page.keyboard.press("Enter")
    page.wait_for_function(
        "(first) => radloop.phase === 'empty' || (radloop.ready && radloop.reading !== first)", arg=first
    )
    page.evaluate("() => radloop.handedIn()")
    assert time.monotonic() - begun < THREE_MINUTES

    page.goto(f"{service.address}/p/chest-triage/readings/")
    expect(page.locator("tbody tr").filter(has_text="submitted")).to_have_count(1)


def test_what_became_of_each_file_is_told_to_its_uploader(
    page: Page, service: Service, sign_in: Callable[..., None], tmp_path: Path
) -> None:
    folder = tmp_path / "again"
    phantom_file(folder, 0, size=128, seed=12)
    (folder / "broken.dcm").write_bytes(b"")
    sign_in(page, "admin")
    page.goto(f"{service.address}/p/thorax/import/")
    page.set_input_files("#choose-folder", folder)
    page.wait_for_url("**/p/thorax/import/*/")
    expect(page.locator("tbody tr").first).to_contain_text("The file is empty (0 bytes).")
    page.get_by_label("Verdict").select_option("stored")
    expect(page.locator("tbody tr")).to_have_count(1)
    expect(page.locator("tbody tr").first).to_contain_text("dx0000.dcm")
