"""Reports, from a table on somebody's disk to labels in the ledger and a figure that says how right they are."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.browser.conftest import Service
from tests.browser.lists import REPORT_STUDIES
from tests.browser.test_accessibility import in_both_schemes, too_wide

TEXTS = [
    "Small left pleural effusion. No pneumothorax.",
    "Possible pneumonia in the right lower lobe, seen by Dr. Miller on 03/05/2024.",
    "No pleural effusion or pneumothorax.",
]


def table(folder: Path) -> Path:
    """Three reports under column names that nobody could guess, and a line without a text."""
    lines = ["who,what"] + [f'PHANTOM-7-{REPORT_STUDIES + n},"{text}"' for n, text in enumerate(TEXTS)]
    path = folder / "reports.csv"
    path.write_text("\n".join([*lines, f"PHANTOM-7-{REPORT_STUDIES},"]) + "\n")
    return path


def import_table(page: Page, path: Path, place: str) -> None:
    page.goto(f"{place}import/")
    page.set_input_files("#choose-files", path)
    columns = page.locator("[data-mapping]")
    expect(columns).to_contain_text("Say which column holds the text")
    expect(columns).to_contain_text(TEXTS[0])
    page.get_by_label("What the column who is").select_option("patient_id")
    page.get_by_label("What the column what is").select_option("text")
    page.get_by_role("button", name="Import", exact=True).click()
    page.wait_for_url("**/reports/import/*/")


def answer(page: Page, place: str, words: str, *keys: str) -> None:
    """Open the report whose text holds these words, and press keys."""
    page.goto(place)
    for number in page.locator(".report-list tbody a.fw-bold").all_inner_texts():
        page.goto(f"{place}{number}/")
        if words in page.locator("[data-text]").inner_text():
            break
    for key in keys:
        page.keyboard.press(key)


def test_reports_come_in_are_answered_by_key_published_and_judged(
    page: Page, service: Service, sign_in: Callable[..., None], screenshot: Callable[[Page, str], Path], tmp_path: Path
) -> None:
    sign_in(page, "admin")
    place = f"{service.address}/p/reports/reports/"
    import_table(page, table(tmp_path), place)
    refused = page.locator("#verdicts tr").filter(has_text="refused")
    expect(refused).to_have_count(1)
    expect(refused).to_contain_text("line 5")

    page.goto(place)  # a worker reads them meanwhile; the page draws itself anew when it has
    expect(page.locator(".report-list .said")).to_have_count(5)
    effusion = page.locator(".report-list tr").filter(has=page.locator(".said-present", has_text="Pleural effusion"))
    expect(effusion).to_have_count(1)

    answer(page, place, "left", "a")
    expect(page.locator(".report-row").filter(has_text="Pleural effusion")).to_contain_text("You accepted present")
    expect(page.locator(".report-row.in-hand")).to_contain_text("Pneumothorax")
    page.locator("[data-text] mark", has_text="pneumothorax").focus()
    expect(page.locator(".why-card:popover-open")).to_contain_text("Says no")
    screenshot(page, "report-review")

    answer(page, place, "Possible", "1")
    expect(page.locator(".report-row").filter(has_text="Pneumonia")).to_contain_text("You corrected it to present")
    assert "Miller" not in page.locator("[data-text]").inner_text()

    page.goto(place)
    page.get_by_role("button", name="Publish…").click()
    page.get_by_role("button", name=re.compile(r"Publish \d labels?")).click()
    expect(page.locator("#report-work")).to_contain_text(re.compile(r"In the ledger: \d labels? of \d stud"))

    page.goto(f"{place}accuracy/")
    everything = page.locator(".accuracy-all")
    expect(everything.locator("td").nth(1)).to_contain_text("2")
    expect(page.locator("#errors")).to_contain_text("Possible pneumonia")


def test_no_page_of_reports_has_a_serious_barrier_in_light_or_dark_or_scrolls_sideways(
    new_page: Callable[..., Page], service: Service, sign_in: Callable[..., None]
) -> None:
    page = new_page(reduced_motion="reduce")
    sign_in(page, "admin")
    place = f"{service.address}/p/reports/reports/"
    page.goto(place)
    report = page.locator(".report-list tbody a.fw-bold").first.inner_text()
    page.goto(f"{place}import/")
    intake = page.locator("main td a").first.get_attribute("href")
    addresses = [place, service.address + (intake or ""), *(
        f"{place}{part}" for part in ("import/", "unmatched/", "blind/", "rules/", "accuracy/", f"{report}/")
    )]
    found: list[str] = []
    for address in addresses:
        page.goto(address)
        page.evaluate("document.querySelectorAll('details').forEach((d) => { d.open = true; })")
        found += [*too_wide(page), *in_both_schemes(page)]
    assert not found, "\n".join(found)
