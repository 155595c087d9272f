"""A reader at work: cases by keyboard, boxes by hand, suggestions judged; nothing lost whatever becomes of the tab."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser.conftest import Service
from tests.browser.room import Room

SignIn = Callable[..., None]


@pytest.fixture
def room(page: Page, service: Service, sign_in: SignIn) -> Callable[[str], Room]:
    """A signed-in radiologist's room on the list of this name."""

    def opened(worklist: str) -> Room:
        sign_in(page)
        return Room(page, service, worklist).open()

    return opened


def test_three_cases_by_keyboard_with_box_and_suggestions_judged(
    room: Callable[[str], Room], screenshot: Callable[[Page, str], Path]
) -> None:
    one = room("Keyboard")
    nodule, effusion = one.finding("nodule"), one.finding("effusion")

    one.press("n")
    one.drag(40, 50, 90, 110)
    one.press("e", "e", "Shift+C", "Alt+P")
    one.wait_saved()
    screenshot(one.page, "reading-room")
    said = one.content
    assert [said["findings"][str(f)]["state"] for f in (nodule, effusion)] == ["present", "present"]
    assert said["findings"][str(effusion)]["grade"] == 1
    (box,) = said["regions"]
    assert box["finding_id"] == nodule
    assert box["laterality"] == "right"
    geometry = box["geometry"]
    assert [geometry[k] for k in "xywh"] == pytest.approx([40, 50, 50, 60], abs=1.0)
    one.press("a")
    first = one.submit()

    one.press("ArrowRight", "Space", "ArrowRight", "Backspace")
    accepted, rejected = (one.content["findings"][str(f)] for f in (nodule, effusion))
    assert [accepted["suggestion"]["act"], rejected["suggestion"]["act"]] == ["accepted", "rejected"]
    suggested = {s["finding"]: s["state"] for s in one.case()["suggestions"]}
    assert accepted["state"] == suggested["nodule"]
    assert rejected["state"] != suggested["effusion"]
    one.press("a")
    second = one.submit()

    one.press("Shift+A")
    third = one.submit()
    history = {row["id"]: row for row in one.get("projects/thorax/readings/?page_size=100")["results"]}
    assert [history[r]["state"] for r in (first, second, third)] == ["submitted"] * 3
    assert all(history[r]["version"] == 1 for r in (first, second, third))
    assert history[first]["active_seconds"] > 0


def test_a_suggestion_counts_as_nothing_until_the_reader_acts(room: Callable[[str], Room]) -> None:
    one = room("Looks")
    assert one.page.locator(".suggestion.pending").count() == len(one.case()["findings"])
    assert one.content["findings"] == {}
    one.press("Enter")
    expect(one.page.locator(".notice")).to_contain_text("Nothing has been said")


def test_a_killed_tab_loses_nothing_acknowledged(
    room: Callable[[str], Room], new_page: Callable[..., Page], sign_in: SignIn, service: Service
) -> None:
    one = room("Killed tab")
    for _ in range(2):
        one.press("Shift+A")
        one.submit()
    one.press("n")
    one.drag(60, 60, 100, 100)
    one.press("Shift+E")
    one.wait_saved()
    reading, content = one.reading, one.content
    one.page.context.close()

    other = new_page()
    sign_in(other)
    again = Room(other, service, "Killed tab").open()
    assert again.reading == reading
    assert again.content == content


def test_what_was_typed_at_the_last_moment_survives_the_tab(room: Callable[[str], Room]) -> None:
    one = room("Killed tab")
    one.press("p", "Shift+H")
    content, reading = one.content, one.reading
    one.page.reload()  # before the pause that autosave waits for
    one.page.wait_for_function("() => window.radloop && window.radloop.ready")
    assert (one.reading, one.content) == (reading, content)
    one.wait_saved()
    assert one.case()["reading"]["draft"] == content


def test_a_stale_tab_is_asked_which_version_to_keep(
    room: Callable[[str], Room], service: Service, screenshot: Callable[[Page, str], Path]
) -> None:
    here = room("Stale tab")
    there = Room(here.page.context.new_page(), service, "Stale tab").open()
    there.press("n")
    there.wait_saved()

    here.press("Shift+E")
    dialog = here.page.locator("dialog[data-dialog=conflict]")
    expect(dialog).to_be_visible()
    expect(dialog).to_contain_text("Nodulenot assessedpresent")
    expect(dialog).to_contain_text("Pleural effusionabsentnot assessed")
    screenshot(here.page, "reading-room-conflict")
    dialog.locator("[data-keep=mine]").click()
    here.wait_saved()
    assert here.case()["reading"]["draft"]["findings"].keys() == {str(here.finding("effusion"))}

    there.press("Shift+H")
    dialog = there.page.locator("dialog[data-dialog=conflict]")
    expect(dialog).to_be_visible()
    dialog.locator("[data-keep=theirs]").click()
    there.wait_saved()
    assert there.content == here.content


def test_an_unaided_list_shows_no_suggestion_and_no_reason(room: Callable[[str], Room]) -> None:
    one = room("Unaided")
    case = one.case()
    assert (case["suggestions"], case["reading"]["reason"], case["report"]) == (None, None, None)
    assert one.page.locator(".suggestion, rect.suggested, .why").count() == 0
    expect(one.page.locator(".mode")).to_contain_text("unaided")


def test_a_second_reader_locks_an_answer_before_suggestions_appear(room: Callable[[str], Room]) -> None:
    one = room("Second reader")
    assert one.page.locator(".suggestion").count() == 0
    one.press("n", "a", "Enter")
    one.page.wait_for_selector(".suggestion")
    assert one.case()["reading"]["is_locked"]
    assert one.case()["reading"]["state"] == "draft"


def test_two_quick_enters_lock_and_do_not_submit(room: Callable[[str], Room]) -> None:
    one = room("Two enters")
    one.press("Shift+A", "Enter", "Enter")
    one.page.wait_for_selector(".suggestion")
    assert one.case()["reading"]["version"] == 0


def test_going_back_amends_and_double_enter_is_one_version(room: Callable[[str], Room]) -> None:
    one = room("Amend")
    one.press("Shift+A")
    first = one.submit()
    one.press("[")
    one.page.wait_for_function("(first) => window.radloop.ready && window.radloop.reading === first", arg=first)
    one.press("h")
    expect(one.page.locator(".notice")).to_contain_text("Press Enter to amend")
    one.press("Enter")
    expect(one.page.locator(".mode")).to_contain_text("Amending")
    one.press("h", "Enter", "Enter")
    one.page.wait_for_function("(first) => window.radloop.ready && window.radloop.reading !== first", arg=first)
    one.page.evaluate("() => radloop.handedIn()")
    amended = one.get(f"readings/{first}/")
    assert (amended["state"], amended["version"]) == ("submitted", 2)


def test_a_box_is_moved_resized_nudged_deleted_and_comes_back(room: Callable[[str], Room]) -> None:
    one = room("Boxes")
    one.press("n")
    one.drag(100, 100, 140, 150)
    one.drag(120, 125, 140, 115)
    assert _geometry(one) == pytest.approx([120, 90, 40, 50], abs=1.5)
    one.drag(160, 140, 180, 170)
    assert _geometry(one) == pytest.approx([120, 90, 60, 80], abs=1.5)
    one.press("Shift+ArrowLeft", "Shift+ArrowDown")
    assert _geometry(one) == pytest.approx([119, 91, 60, 80], abs=1.5)
    one.drag(150, 130, 400, 130)
    x, _, w, _ = _geometry(one)
    assert x + w == pytest.approx(255.5, abs=0.02), "a box stays inside the image"
    one.press("Delete")
    assert one.content["regions"] == []
    one.press("z")
    assert len(one.content["regions"]) == 1
    one.press("n")
    assert one.content["regions"] == []
    one.press("z", "Shift+Z", "z")
    one.wait_saved()
    assert len(one.case()["reading"]["draft"]["regions"]) == 1


def _geometry(one: Room) -> list[float]:
    (region,) = one.content["regions"]
    return [region["geometry"][k] for k in "xywh"]


def test_after_a_click_enter_still_submits(room: Callable[[str], Room]) -> None:
    one = room("Clicks")
    one.page.get_by_label("Nodule present", exact=True).click()
    one.page.get_by_label("Cardiomegaly absent", exact=True).click()
    first = one.submit()
    said = one.get(f"readings/{first}/")["draft"]["findings"]
    assert sorted(answer["state"] for answer in said.values()) == ["absent", "present"]


def test_the_room_and_its_dialogs_have_no_serious_barrier(room: Callable[[str], Room]) -> None:
    one = room("Looks")
    one.press("ArrowRight")
    found = []
    for key in ("", "?", "x", "s"):
        if key:
            one.press(key)
            one.page.wait_for_selector("dialog[open]")
        found += [
            f"{key} {rule['id']}: {rule['nodes'][0]['html'][:120]}"
            for rule in Axe().run(one.page).response["violations"] if rule["impact"] in ("serious", "critical")
        ]
        one.press("Escape")
        one.page.wait_for_selector("dialog", state="detached")
    assert found == []


def test_without_a_connection_the_room_says_so_and_saves_later(room: Callable[[str], Room]) -> None:
    one = room("Offline")
    one.page.context.set_offline(True)
    one.press("n", "Shift+E")
    expect(one.page.locator(".save")).to_contain_text("Not saved")
    one.page.context.set_offline(False)
    one.wait_saved()
    expect(one.page.locator(".save")).to_contain_text("Saved")
    assert len(one.case()["reading"]["draft"]["findings"]) == 2


def test_an_image_that_does_not_load_says_why_and_offers_a_way_on(
    page: Page, service: Service, sign_in: SignIn
) -> None:
    sign_in(page)
    page.route("**/frames/*", lambda route: route.fulfill(status=500, body="broken"))
    page.goto(Room(page, service, "Looks").address)
    failed = page.locator(".waiting[role=alert]")
    expect(failed).to_contain_text("The service answered 500")
    page.unroute("**/frames/*")
    failed.get_by_text("Try again").click()
    page.wait_for_function("() => window.radloop.ready")


def test_the_image_has_three_quarters_of_the_screen(
    new_page: Callable[..., Page], service: Service, sign_in: SignIn, screenshot: Callable[[Page, str], Path]
) -> None:
    for width, height in ((1366, 768), (1440, 900), (1920, 1080)):
        page = new_page(width, height)
        sign_in(page)
        Room(page, service, "Looks").open()
        box = page.locator(".stage").bounding_box()
        assert box is not None
        assert box["width"] * box["height"] >= 0.75 * width * height
        screenshot(page, f"reading-room-{width}")
