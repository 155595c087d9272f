"""A researcher compares two recipes, watches the table fill, and adds a seed; the planner redraws as numbers change."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Service

LONG_MS = 240_000
"""For trainings on a busy machine."""
QUICK = '{"input": {"size": 32}, "optimiser": {"max_epochs": 2, "patience": 0}}'


@pytest.fixture
def researcher(page: Page, service: Service, sign_in: Callable[..., None]) -> Page:
    sign_in(page, "researcher")
    return page


def test_two_recipes_are_compared_while_one_watches_and_a_seed_is_added(
    researcher: Page, service: Service, screenshot: Callable[[Page, str], Path]
) -> None:
    page = researcher
    page.goto(f"{service.address}/p/thorax/compare/new/?arms=preset:quick&control=preset:quick")
    expect(page.locator("#compare-plan")).to_contain_text("Tick at least two recipes")
    page.get_by_text("Paste a recipe as JSON").click()
    page.fill("#pasted", QUICK)
    page.fill("#pasted-name", "two epochs")
    page.fill("#folds", "2")
    page.fill("#seeds", "1")
    page.locator("#seeds").blur()
    expect(page.locator("#compare-plan")).to_contain_text("4 trainings on")
    page.get_by_role("button", name="Start comparison").click()

    page.wait_for_url(re.compile(r"/compare/\d+/$"))
    page.evaluate("window.neverLoadedAgain = true")
    now = page.locator("#compare-now")
    expect(now).to_have_attribute("data-state", "done", timeout=LONG_MS)
    expect(page.locator("[data-compare-headline]")).to_contain_text("Against quick, on")
    expect(page.locator(".compare-table tbody tr")).to_have_count(3)
    expect(page.locator(".verdict-card")).to_contain_text(re.compile("Clear gain|Tie|Harm|Undecided"))
    assert page.evaluate("window.neverLoadedAgain"), "the page was loaded again"
    screenshot(page, "comparison")

    page.locator("#extend > summary").click()
    page.fill("#more-seeds", "1")
    page.get_by_role("button", name="Extend").click()
    expect(page.get_by_text("2 seeds, margin")).to_be_visible()
    expect(now).to_have_attribute("data-state", "done", timeout=LONG_MS)
    expect(page.locator(".compare-table")).to_contain_text("4 of 4")


def test_the_planner_answers_while_numbers_change(researcher: Page, service: Service) -> None:
    page = researcher
    page.goto(f"{service.address}/p/thorax/planner/")
    expect(page.locator("[data-chart=power] canvas")).to_be_visible()
    page.fill("#control", "0.75")
    page.fill("#strategy", "0.85")
    page.locator("#strategy").blur()
    expect(page.locator(".plan-sentence")).to_contain_text("To tell 0.85 from 0.75 AUROC with 80 % power")
    expect(page.locator("[data-chart=power] canvas")).to_be_visible()
    page.fill("#strategy", "0.75")
    page.locator("#strategy").blur()
    expect(page.locator("#plan-result")).to_contain_text("Expect a difference")
