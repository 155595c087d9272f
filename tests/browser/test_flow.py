"""What accompanies the reading: own keys on every machine, my list by keyboard, the receipt, the tour."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, Response, expect

from tests.browser.conftest import Service
from tests.browser.room import READY, Room
from tests.browser.test_accessibility import violations

SignIn = Callable[..., None]


@pytest.fixture
def opened(new_page: Callable[..., Page], service: Service, sign_in: SignIn) -> Callable[[str], Room]:
    """The radiologist's room on the list of this name, on another machine at every call."""

    def act(worklist: str) -> Room:
        page = new_page()
        sign_in(page)
        return Room(page, service, worklist)

    return act


@pytest.fixture
def set_up(new_page: Callable[..., Page], service: Service, sign_in: SignIn) -> Iterator[Callable[..., None]]:
    """Changes the radiologist's own set-up of the room; it is as before afterwards, for the other tests."""
    page = new_page()
    sign_in(page)

    def change(**wanted: Any) -> None:
        token = next(c["value"] for c in page.context.cookies() if c["name"] == "csrftoken")
        headers = {"X-CSRFToken": token, "Referer": service.address}
        answer = page.request.patch(f"{service.address}/api/me/room/", data=wanted, headers=headers)
        assert answer.ok, answer.text()

    yield change
    change(keys={}, tour="dismissed")


def kept(answer: Response, value: str) -> bool:
    """The server has acknowledged a set-up that holds this."""
    return answer.url.endswith("/api/me/room/") and f'"{value}"' in (answer.request.post_data or "")


def test_a_key_is_recorded_refused_where_it_collides_and_holds_on_another_machine(
    opened: Callable[[str], Room], set_up: Callable[..., None], screenshot: Callable[[Page, str], Path]
) -> None:
    one = opened("Flow").open()
    page = one.page
    one.press("?")
    page.click("[data-change-keys]")
    page.click("[data-action=skip] button:has-text('Record')")
    one.press("n")
    expect(page.locator("[data-told]")).to_contain_text("n belongs to Nodule")
    one.press("v")
    expect(page.locator("[data-told]")).to_contain_text("v is taken: invert")
    assert violations(page) == []
    screenshot(page, "room-keys")
    with page.expect_response(lambda answer: kept(answer, "q")):
        one.press("q")
    expect(page.locator("[data-action=skip] kbd")).to_have_text("q")
    one.press("Escape", "q")
    expect(page.locator("dialog.skip")).to_be_visible()

    other = opened("Flow").open()
    other.press("s")
    other.press("q")
    expect(other.page.locator("dialog.skip")).to_be_visible()


def test_my_list_is_walked_by_keyboard_and_the_receipt_counts_what_was_read(
    opened: Callable[[str], Room], screenshot: Callable[[Page, str], Path]
) -> None:
    one = opened("Flow").open()
    page = one.page
    one.press("n", "a")
    read = one.submit()
    one.press("Shift+W")
    rows = page.locator(".my-list .row")
    expect(rows.filter(has_text="handed in")).to_have_count(1)
    expect(rows.first).to_have_attribute("data-state", "open")
    assert violations(page) == []
    screenshot(page, "room-list")
    page.select_option(".my-list select[aria-label=State]", "submitted")
    expect(rows).to_have_count(1)
    page.locator(".my-list .rows").focus()
    one.press("Enter")
    page.wait_for_function("(wanted) => radloop.ready && radloop.reading === wanted", arg=read)
    expect(page.locator(".my-list")).to_have_count(0)

    one.press("Shift+R")
    expect(page.locator("dialog.receipt .headline")).to_contain_text("1 read, 0 corrected")
    expect(page.locator("dialog.receipt li").last).to_contain_text("No turn of the loop ended meanwhile")
    assert violations(page) == []
    screenshot(page, "room-receipt")


def test_the_tour_goes_on_by_doing_is_taken_up_elsewhere_and_stays_away_once_dismissed(
    opened: Callable[[str], Room], set_up: Callable[..., None], screenshot: Callable[[Page, str], Path]
) -> None:
    set_up(tour="new")
    one = opened("Tour").open()
    step = one.page.locator(".tour")
    expect(step).to_have_attribute("data-step", "image")
    with one.page.expect_response(lambda answer: kept(answer, "1")):
        one.press("v")
    expect(step).to_have_attribute("data-step", "present")
    middle = "() => document.elementFromPoint(innerWidth * 0.38, innerHeight / 2).closest('.tour')"
    assert one.page.evaluate(middle) is None
    assert violations(one.page) == []
    screenshot(one.page, "room-tour")

    other = opened("Tour").open()
    step = other.page.locator(".tour")
    expect(step).to_have_attribute("data-step", "present")
    other.press("n")
    expect(step).to_have_attribute("data-step", "undo")
    with other.page.expect_response(lambda answer: kept(answer, "dismissed")):
        step.get_by_role("button", name="Don't show again").press("Enter")
    expect(step).to_have_count(0)
    other.page.reload()
    other.page.wait_for_function(READY)
    expect(other.page.locator(".tour")).to_have_count(0)
