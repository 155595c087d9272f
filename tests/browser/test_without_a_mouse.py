"""Reading by keyboard alone, from the list of lists to the receipt; what a screen reader is told; and axe in the states
of the room that other tests do not look at."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from playwright.sync_api import Page, Route, TimeoutError, expect

from tests.browser.conftest import Service
from tests.browser.room import READY, Room
from tests.browser.test_accessibility import violations

SignIn = Callable[..., None]
MOST_TABS = 80
TURNED = "(before) => radloop.phase === 'empty' || (radloop.ready && radloop.reading !== before)"
FOCUSED = "() => (document.activeElement.getAttribute('aria-label') || document.activeElement.textContent).trim()"


def tab_to(page: Page, name: str) -> None:
    """As a person without a mouse looks for a link or button: by its accessible name."""
    for _ in range(MOST_TABS):
        page.keyboard.press("Tab")
        if page.evaluate(FOCUSED).startswith(name):
            return
    raise AssertionError(f"{name!r} is not reached by Tab")


def test_a_list_is_chosen_read_handed_in_looked_back_on_and_summed_up_by_keyboard_alone(
    page: Page, service: Service, sign_in: SignIn
) -> None:
    sign_in(page)
    page.goto(f"{service.address}/p/thorax/read/")
    tab_to(page, "Read By keyboard")
    page.keyboard.press("Enter")
    page.wait_for_url("**/p/thorax/read/*/")
    page.wait_for_function(READY)
    one = Room(page, service, "By keyboard")
    nodule, effusion = one.finding("nodule"), one.finding("effusion")

    one.press("n", "t", "Space", "Shift+ArrowRight", "e", "e", "Shift+C")
    one.press("/")
    page.keyboard.type("Seen from the keyboard.")
    one.press("Escape", "a")
    said = one.content
    assert said["findings"][str(nodule)]["state"] == "present"
    assert said["findings"][str(effusion)]["grade"] == 1
    assert [mark["finding_id"] for mark in said["regions"]] == [nodule]
    assert said["comment"] == "Seen from the keyboard."
    first = one.submit()
    assert one.get(f"readings/{first}/")["state"] == "submitted"

    one.press("Shift+A")
    second = one.submit()
    one.press("Shift+W")
    rows = page.locator(".my-list .row")
    expect(rows.filter(has_text="handed in")).to_have_count(2)
    expect(page.locator(".my-list")).to_contain_text("Seen from the keyboard.")
    one.press("Escape")
    one.press("Shift+R")
    expect(page.locator("dialog.receipt .headline")).to_contain_text("2 read")
    one.press("Escape")
    expect(page.locator("dialog.receipt")).to_have_count(0)
    assert first != second


def test_a_screen_reader_is_told_what_is_asked_what_was_said_and_what_happened(
    page: Page, service: Service, sign_in: SignIn
) -> None:
    sign_in(page)
    one = Room(page, service, "Looks").open()
    case = page.get_by_role("complementary", name="Case")
    for finding in one.case()["findings"]:
        group = case.get_by_role("group", name=f"{finding['name']}: not assessed")
        for state in ("absent", "equivocal", "present"):
            button = group.get_by_role("button", name=f"{finding['name']} {state}")
            expect(button).to_have_attribute("aria-pressed", "false")
    one.press("n")
    expect(case.get_by_role("group", name="Nodule: present")).to_be_visible()
    expect(case.get_by_role("button", name="Nodule present", exact=True)).to_have_attribute("aria-pressed", "true")
    one.press("t", "Space")
    marks = case.get_by_role("region", name="Marks").get_by_role("list", name="Marks of this case")
    expect(marks.get_by_role("listitem")).to_contain_text("Nodule")
    expect(case.get_by_role("textbox", name="Comment")).to_be_visible()
    expect(case.get_by_role("status").filter(has_text="Placed.")).to_be_visible()
    one.press("z", "z")
    expect(case.get_by_role("group", name="Nodule: not assessed")).to_be_visible()
    expect(page.get_by_role("main")).to_have_count(1)


def sure_of_an_effusion(route: Route) -> None:
    """What a model is sure of hangs on its training: here it is sure."""
    answer = route.fetch()
    case = answer.json()
    for one in case["suggestions"] or []:
        one.update({"calibrated": True, "probability": 0.97} if one["finding"] == "effusion" else {})
    route.fulfill(response=answer, json=case)


def asked_back(finding: int) -> Callable[[Route], None]:
    def act(route: Route) -> None:
        sent = route.request.post_data_json
        asked = {
            "finding_id": finding, "finding": "effusion", "said": "absent", "probability": 0.97, "model": "model 1",
            "suggestion": "1",
        }
        route.fulfill(json={"version": None, "draft_version": sent["base_version"], "second_look": [asked]})

    return act


RECORDING = {"id": 1, "source": "pointer", "sample_count": 9}


def test_no_state_beside_the_case_has_a_serious_barrier(page: Page, service: Service, sign_in: SignIn) -> None:
    sign_in(page)
    found: list[str] = []

    def look(shown: str) -> None:
        expect(page.locator(shown).first).to_be_visible()
        found.extend(f"{shown}: {line}" for line in violations(page))

    page.route("**/api/readings/*/case/", sure_of_an_effusion)
    one = Room(page, service, "Barriers").open()
    page.get_by_title("Window presets").click()
    look("dialog[open]")
    one.press("Escape", ";")
    look(".talk .composer")
    page.get_by_role("button", name="Discard").click()
    page.route("**/api/readings/*/gaze/", lambda route: route.fulfill(json=[RECORDING]))
    page.route("**/api/gaze/*/replay/**", lambda route: route.fulfill(json=[]))
    one.press("g", "e")
    look(".looked-bar")
    one.press("g", "e", "Shift+A")
    page.route("**/api/readings/*/submit/", asked_back(one.finding("effusion")))
    one.press("Enter")
    look(".second-look")

    page.unroute_all()
    linked = Room(page, service, "Links", project="links").open()
    if not page.locator(".report-text").is_visible():
        page.locator(".report summary").click()
    look(".report-text .mention")
    assert linked.ask("phase") == "reading"
    assert not found, "\n".join(found)


def test_undo_and_redo_go_through_saves_and_a_lock_and_never_change_what_was_handed_in(
    page: Page, service: Service, sign_in: SignIn
) -> None:
    sign_in(page)
    one = Room(page, service, "Undo").open()
    nodule = str(one.finding("nodule"))

    def states() -> list[str | None]:
        """Of the nodule: in the room, in the draft as saved."""
        one.wait_saved()
        draft: dict[str, Any] = one.case()["reading"]["draft"]
        return [content["findings"].get(nodule, {}).get("state") for content in (one.content, draft)]

    one.press("n")
    assert states() == ["present", "present"]
    one.press("z")
    assert states() == [None, None]
    one.press("Shift+Z", "a")
    assert states() == ["present", "present"]

    one.press("Enter")
    page.wait_for_selector(".suggestion")
    one.press("z", "z", "Shift+N")
    assert states() == ["absent", "absent"]
    one.press("a")
    first = settled_submit(one)
    kept = one.get(f"readings/{first}/")
    assert (kept["state"], kept["version"]) == ("submitted", 1)
    assert kept["draft"]["findings"][nodule]["state"] == "absent"

    one.press("[")
    page.wait_for_function("(first) => radloop.ready && radloop.reading === first", arg=first)
    one.press("z", "Shift+N")
    expect(page.locator(".notice")).to_contain_text("Press Enter to amend")
    one.press("Enter")
    expect(page.locator(".mode")).to_contain_text("Amending")
    one.press("n", "z", "Shift+Z")
    one.wait_saved()
    versions = one.get(f"readings/{first}/")
    assert (versions["state"], versions["version"]) == ("amending", 1)
    assert json.dumps(versions["draft"]["findings"][nodule]).count("present") == 1


def settled_submit(one: Room) -> int:
    """Enter means nothing for a moment after the lock: pressed until the next case comes."""
    before = one.reading
    while True:
        one.press("Enter")
        try:
            one.page.wait_for_function(TURNED, arg=before, timeout=1000)
        except TimeoutError:
            continue
        one.page.evaluate("() => radloop.handedIn()")
        return before
