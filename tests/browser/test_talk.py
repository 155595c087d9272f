"""Two people talk about a case: one asks with a pin, the colleague finds the question, answers and resolves it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.conftest import Service
from tests.browser.room import Room

SignIn = Callable[..., None]


def lose_the_answer(route: Route) -> None:
    """What is posted arrives; what comes back does not."""
    if route.request.method == "POST":
        route.fetch()
        route.abort()
    else:
        route.continue_()


def test_a_pinned_question_survives_a_cut_is_found_answered_and_resolved(
    page: Page, new_page: Callable[..., Page], service: Service, sign_in: SignIn,
    screenshot: Callable[[Page, str], Path],
) -> None:
    sign_in(page)
    room = Room(page, service, "Talk, concurrent", project="talk").open()
    reading, study = room.reading, room.case()["study"]["uid"]
    room.press(";")
    page.keyboard.type("Vessel or nodule?")
    page.get_by_label("Ask a colleague").select_option("admin")
    page.get_by_role("button", name="Pin to a spot").click()
    page.mouse.click(*room.on_screen(30, 40))
    expect(page.get_by_role("button", name="Pinned")).to_be_visible()

    page.context.set_offline(True)
    page.keyboard.press("Control+Enter")
    expect(page.locator(".talk-problem")).to_contain_text("does not answer")
    page.context.set_offline(False)
    room.open(reading)
    expect(page.locator("#talk-text")).to_have_value("Vessel or nodule?")
    page.route("**/comments/", lose_the_answer)
    page.get_by_role("button", name="Send").click()
    expect(page.locator(".talk-problem")).to_contain_text("does not answer")
    page.unroute("**/comments/")
    page.get_by_role("button", name="Send").click()
    expect(page.locator("#talk-text")).to_have_count(0)
    expect(page.locator(".thread")).to_contain_text("Vessel or nodule?")
    (said,) = room.get(f"projects/talk/studies/{study}/comments/")
    assert (said["x"], said["y"]) == pytest.approx((30, 40), abs=1.0)
    assert (said["asked"], said["frame"]) == ("admin", 0)
    assert room.content["findings"] == {}

    colleague = new_page()
    sign_in(colleague, "admin")
    colleague.goto(f"{service.address}/p/talk/")
    colleague.get_by_role("link", name="Answer: Answer colleagues").click()
    colleague.get_by_role("link", name=f"Open study {study[-12:]}").click()
    colleague.get_by_label("Answer to radiologist").fill("A vessel, seen end on.")
    colleague.get_by_role("button", name="Answer", exact=True).click()
    colleague.get_by_role("button", name="Resolve").click()
    expect(colleague.locator("#talk")).to_contain_text("resolved by admin")

    room.open(reading)
    thread = page.locator(".thread")
    expect(thread).to_contain_text("A vessel, seen end on.")
    expect(thread).to_contain_text("Resolved by admin")
    page.get_by_role("button", name="Comment 1").click()
    expect(page.locator(".thread.chosen .pin-number")).to_have_text("1")
    screenshot(page, "reading-room-talk")


def test_what_a_colleague_said_appears_once_the_own_answer_is_locked(
    page: Page, new_page: Callable[..., Page], service: Service, sign_in: SignIn
) -> None:
    sign_in(page)
    room = Room(page, service, "Talk, second_reader", project="talk").open()
    colleague = new_page()
    sign_in(colleague, "admin")
    colleague.goto(f"{service.address}/p/talk/studies/{room.case()['study']['uid']}/")
    colleague.get_by_label("To colleagues, about this study").fill("A nodule behind the heart.")
    colleague.get_by_role("button", name="Send").click()
    expect(colleague.locator("#talk")).to_contain_text("behind the heart")

    room.open()
    expect(page.locator(".talk")).to_contain_text("appears once your answer is in")
    expect(page.locator(".thread")).to_have_count(0)
    room.press("Shift+A", "Enter")
    expect(page.locator(".thread")).to_contain_text("behind the heart")
    expect(page.locator(".talk")).not_to_contain_text("appears once")
