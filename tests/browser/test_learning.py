"""A researcher trains and watches; ten readings set off a turn, and the open page tells what came of it."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Service

SignIn = Callable[..., None]
Screenshot = Callable[[Page, str], Path]
LONG_MS = 240_000
"""For trainings on a busy machine."""
READINGS = 10
EPOCHS = 200
"""Enough that no machine trains them between two looks of the page (half a second)."""
INTERVAL = re.compile(r"0\.\d{3} \(0\.\d{3} to [01]\.\d{3}\)")


@pytest.fixture
def researcher(page: Page, service: Service, sign_in: SignIn) -> Page:
    sign_in(page, "researcher")
    page.goto(f"{service.address}/p/thorax/train/")
    return page


def test_a_preset_is_trained_and_its_curve_grows_while_one_watches(
    researcher: Page, screenshot: Screenshot
) -> None:
    page = researcher
    page.get_by_role("link", name=re.compile("^quick")).click()
    expect(page.locator("#plan")).to_contain_text("about")
    page.locator("#section-optimiser > summary").click()
    page.fill("[name='optimiser.max_epochs']", "0")
    page.locator("[name='optimiser.max_epochs']").blur()
    expect(page.locator("#error-optimiser-max_epochs")).to_contain_text("greater than or equal to 1")
    expect(page.get_by_role("button", name="Start training")).to_be_disabled()
    page.fill("[name='optimiser.max_epochs']", str(EPOCHS))
    page.fill("[name='optimiser.patience']", "0")
    page.locator("[name='optimiser.patience']").blur()
    expect(page.locator("#error-optimiser-max_epochs")).to_have_text("")
    screenshot(page, "train")
    page.get_by_role("button", name="Start training").click()

    page.wait_for_url("**/runs/*/")
    page.evaluate("window.neverLoadedAgain = true")
    rows = page.locator("[data-epoch-table] tbody tr")
    expect(rows.first).to_be_attached(timeout=LONG_MS)
    early = rows.count()
    expect(page.locator("#run-state")).to_have_attribute("data-state", "done", timeout=LONG_MS)
    expect(rows).to_have_count(EPOCHS)
    assert early < EPOCHS, "the whole curve came at once: nobody could watch it grow"
    expect(page.locator("#curves canvas")).to_have_count(2)
    expect(page.locator("#results-gate")).to_contain_text("95 % intervals by patient")
    expect(page.locator("#results-held-out")).to_contain_text("Predictions, CSV")
    assert page.evaluate("window.neverLoadedAgain"), "the page was loaded again"
    screenshot(page, "run")


def test_a_training_under_way_can_be_cancelled(researcher: Page) -> None:
    page = researcher
    page.locator("#section-optimiser > summary").click()
    page.fill("[name='optimiser.max_epochs']", "1000")
    page.fill("[name='optimiser.patience']", "0")
    page.locator("[name='optimiser.patience']").blur()
    page.get_by_role("button", name="Start training").click()
    page.wait_for_url("**/runs/*/")
    expect(page.locator("[data-epoch-table] tbody tr").first).to_be_attached(timeout=LONG_MS)
    page.locator("#run-state [data-job-cancel]").click()
    expect(page.locator("#run-state")).to_have_attribute("data-state", "cancelled")
    expect(page.locator("#run-state")).to_contain_text("Nothing of it is used")
    expect(page.get_by_role("button", name="Try again")).to_be_visible()


def test_a_term_of_art_explains_itself(researcher: Page) -> None:
    button = researcher.locator("[aria-label='What is meant by: Gate set']").first
    button.focus()
    researcher.keyboard.press("Enter")
    expect(researcher.get_by_text("nothing is ever trained on them").first).to_be_visible()
    researcher.keyboard.press("Escape")
    expect(researcher.get_by_text("nothing is ever trained on them").first).to_be_hidden()


@pytest.fixture
def loop_of_ten(service: Service, new_page: Callable[..., Page], sign_in: SignIn) -> Any:
    """The project's loop takes a turn after ten corrections; afterwards it is as patient as before."""
    admin = new_page()
    sign_in(admin, "admin")
    call(admin, service, "projects/thorax/loop/", {"corrections_per_turn": READINGS})
    yield call(admin, service, "projects/thorax/loop/")
    call(admin, service, "projects/thorax/loop/", {"corrections_per_turn": 1000})


def call(page: Page, service: Service, path: str, data: Any = None) -> Any:
    """The API as this page's person: GET, or POST when there is something to say."""
    if data is None:
        answer = page.request.get(f"{service.address}/api/{path}")
    else:
        token = next(c["value"] for c in page.context.cookies() if c["name"] == "csrftoken")
        headers = {"X-CSRFToken": token, "Referer": service.address}
        answer = page.request.post(f"{service.address}/api/{path}", data=data, headers=headers)
    assert answer.ok, answer.text()
    return answer.json()


def read(page: Page, service: Service, worklist: int, count: int) -> None:
    """A reader reads the next cases and finds nothing in the odd ones, everything in the even ones."""
    findings = call(page, service, "projects/thorax/findings/")
    codes = [f["id"] for f in (findings["results"] if isinstance(findings, dict) else findings)]
    for number in range(count):
        reading = call(page, service, f"worklists/{worklist}/next/", {})["reading"]
        version = call(page, service, f"readings/{reading}/")["draft_version"]
        state = "present" if number % 2 else "absent"
        content = {
            "findings": {str(code): {"state": state} for code in codes}, "regions": [], "not_assessable": None,
            "no_finding": False, "comment": "",
        }
        call(page, service, f"readings/{reading}/submit/", {"base_version": version, "content": content})


def test_after_ten_readings_the_open_page_says_what_the_turn_came_to(
    loop_of_ten: dict[str, Any], page: Page, new_page: Callable[..., Page], service: Service, sign_in: SignIn,
    screenshot: Screenshot,
) -> None:
    before = loop_of_ten["turns"][-1]
    turns, spent = before["number"] + 1, before["labels_spent"]
    sign_in(page, "researcher")
    page.goto(f"{service.address}/p/thorax/loop/")
    page.evaluate("window.neverLoadedAgain = true")
    reader = new_page()
    sign_in(reader, "radiologist")

    read(reader, service, loop_of_ten["settings"]["worklist"], READINGS - 1)
    waiting = f"{READINGS - 1} of {READINGS} corrections towards the next turn."
    expect(page.locator("#loop-now")).to_contain_text(waiting)
    read(reader, service, loop_of_ten["settings"]["worklist"], 1)
    expect(page.locator("#loop-now")).to_have_attribute("data-state", "turn running")
    expect(page.locator("#loop-now .job-progress")).to_contain_text("Turn")
    screenshot(page, "loop-running")

    row = page.locator(f"tr[data-turn='{turns}'][data-state='done']")
    expect(row).to_be_visible(timeout=LONG_MS)
    headline = page.locator("[data-loop-headline]")
    labels = call(page, service, "projects/thorax/loop/")["turns"][-1]["labels_spent"]
    assert labels > spent
    expect(headline).to_contain_text(f"{labels} labels spent")
    expect(headline).to_contain_text(INTERVAL)
    expect(headline).to_contain_text(re.compile(r"was (not )?promoted: .+"))
    expect(row).to_contain_text(f"n = {before['gate']['n']}, simulated readers")
    expect(row).to_contain_text(f"{labels} labels, same cases")
    expect(row).to_contain_text(re.compile("superior|equivalent|inferior|undecided"))
    expect(page.locator("#moved")).to_contain_text(re.compile("the champion stayed|nearest to undecided|audit"))
    expect(page.locator("[data-chart=loop] canvas")).to_be_visible()
    expect(headline).to_have_text(call(page, service, "projects/thorax/loop/")["story"]["headline"])
    assert page.evaluate("window.neverLoadedAgain"), "the page was loaded again"
    screenshot(page, "loop")
