"""The report beside the image: words tied to a mark, followed both ways, there again on another day."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.browser.conftest import Service
from tests.browser.room import Room

SignIn = Callable[..., None]


def test_words_are_tied_to_a_mark_and_lead_there_and_back(
    page: Page, service: Service, sign_in: SignIn, screenshot: Callable[[Page, str], Path],
) -> None:
    sign_in(page)
    room = Room(page, service, "Links", project="links").open()
    reading = room.reading
    text = page.locator(".report-text")
    page.locator(".report summary").click()
    expect(text.locator(".mention.present", has_text="Nodule").first).to_be_visible()

    # The reference in the text goes to its image; the mark is drawn there.
    text.locator(".image-link").click()
    page.wait_for_function("() => radloop.image.index === radloop.image.count - 1")
    text.locator(".mention", has_text="Nodule").first.click()
    room.drag(8, 8, 18, 18)
    expect(page.locator(".marks li.chosen")).to_have_count(1)

    # By keyboard alone: into the text at the finding's sentence, three words more, tied.
    page.keyboard.press('"')
    expect(text).to_be_focused()
    expect(text.locator(".picked")).to_have_text("Nodule")
    for _ in range(3):
        page.keyboard.press("Shift+ArrowRight")
    page.keyboard.press("Enter")
    expect(text.locator(".own-link.chosen").first).to_be_visible()
    (link,) = room.content["links"]
    assert link["quote"] == "Nodule of 8 mm"
    room.wait_saved()

    room.open(reading)
    assert room.content["links"] == [link]
    page.locator(".report summary").click() if not text.is_visible() else None
    page.keyboard.press("Escape")
    page.keyboard.press("Home")
    page.wait_for_function("() => radloop.image.index === 0")
    text.locator(".own-link").first.click()
    page.wait_for_function("() => radloop.image.index === radloop.image.count - 1")
    expect(page.locator(".marks li.chosen")).to_have_count(1)
    page.get_by_role("button", name="In the report: Nodule of 8 mm").click()
    expect(text).to_be_focused()
    screenshot(page, "report-links")

    # The mark goes and takes the link along; undo brings both.
    page.keyboard.press("Delete")
    expect(text.locator(".own-link")).to_have_count(0)
    page.keyboard.press("z")
    expect(text.locator(".own-link").first).to_be_visible()
    assert room.content["links"] == [link]
