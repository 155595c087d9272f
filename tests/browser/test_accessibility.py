"""Every page, light and dark, looked at by axe; and reached by keyboard alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, TimeoutError, expect

from tests.browser.conftest import Service
from tests.browser.room import Room

FITS = """(width) => window.innerWidth === width
  && document.documentElement.scrollWidth <= document.documentElement.clientWidth"""
BEYOND = """(width) => [...document.querySelectorAll("main *")]
  .filter((e) => e.getBoundingClientRect().right > width + 1 && !e.closest(".table-responsive"))
  .slice(0, 3).map((e) => e.outerHTML.slice(0, 80))"""
PAINTED = """(scheme) => (document.documentElement.dataset.bsTheme === "dark") === (scheme === "dark")
  && document.getAnimations().every((one) => !(one instanceof CSSTransition) || one.playState !== "running")"""
SIZES = [(820, 1180), (1920, 1080), (1440, 900)]
SITE = ["/", "/projects/new/", "/people/", "/audit/", "/password/"]
PROJECT = [
    "", "findings/", "findings/{finding}/", "studies/", "studies/{study}/", "worklists/", "worklists/{worklist}/",
    "read/", "readings/", "readings/mirror/", "members/", "hanging/", "jobs/", "jobs/{job}/", "export/", "audit/",
    "import/", "import/{batch}/", "train/", "runs/{run}/", "models/", "weights/", "loop/", "aid/", "start/findings/",
    "start/images/", "start/worklist/", "start/members/",
]


def violations(page: Page, **options: Any) -> list[str]:
    """What axe calls serious or critical, one line each."""
    # Telling where all is well takes axe longer than finding what is not.
    found = Axe().run(page, options={"resultTypes": ["violations"], **options}).response["violations"]
    return [
        f"{page.url} {rule['id']}: {rule['nodes'][0]['html'][:120]}"
        for rule in found if rule["impact"] in ("serious", "critical")
    ]


def places(page: Page, service: Service) -> dict[str, str]:
    """Ids that addresses need, taken from the links that people would follow."""
    def first(listing: str, part: str) -> str:
        page.goto(f"{service.address}/p/thorax/{listing}")
        href = page.locator(f"main a[href*='/p/thorax/{part}']").first.get_attribute("href")
        assert href is not None
        return href.rstrip("/").rsplit("/", 1)[-1]

    return {
        "finding": first("findings/", "findings/"), "study": first("studies/", "studies/2"),
        "worklist": first("worklists/", "worklists/"), "job": first("jobs/", "jobs/"),
        "batch": first("import/", "import/"), "run": first("train/", "runs/"),
    }


def too_wide(page: Page) -> list[str]:
    """Sizes of the window at which the page scrolls sideways, and what reaches beyond its edge."""
    wide = []
    for width, height in SIZES:
        page.set_viewport_size({"width": width, "height": height})
        try:
            # The window takes its new size a moment after the call.
            page.wait_for_function(FITS, arg=width, timeout=5000)
        except TimeoutError:
            wide.append(f"{page.url} is wider than {width}: {page.evaluate(BEYOND, width)}")
    return wide


def paint(page: Page, scheme: Literal["light", "dark"]) -> None:
    """Colours pass over into each other for a moment: in between nothing can be said of their contrast."""
    page.emulate_media(color_scheme=scheme)
    page.wait_for_function(PAINTED, arg=scheme)


def in_both_schemes(page: Page) -> list[str]:
    """Violations in light, and what of them colours alone can cause in dark."""
    paint(page, "light")
    found = violations(page)
    paint(page, "dark")
    return found + [f"dark: {line}" for line in violations(page, runOnly=["color-contrast", "link-in-text-block"])]


def test_no_page_has_a_serious_barrier_in_light_or_dark_or_scrolls_sideways(
    new_page: Callable[..., Page], service: Service, sign_in: Callable[..., None]
) -> None:
    page = new_page(reduced_motion="reduce")
    page.goto(f"{service.address}/sign-in/")
    found = in_both_schemes(page)
    sign_in(page, "admin")
    ids = places(page, service)
    for address in [*SITE, *(f"/p/thorax/{part}".format(**ids) for part in PROJECT)]:
        answer = page.goto(service.address + address)
        assert answer is not None
        assert answer.status == 200, address
        page.evaluate("document.querySelectorAll('details').forEach((d) => { d.open = true; })")
        found += [*too_wide(page), *in_both_schemes(page)]
    assert not found, "\n".join(found)


def test_the_keyboard_alone_leads_from_sign_in_to_a_case(
    page: Page, service: Service, sign_in: Callable[..., None]
) -> None:
    page.goto(f"{service.address}/sign-in/")
    expect(page.locator("[name=username]")).to_be_focused()
    page.keyboard.type("radiologist")
    page.keyboard.press("Tab")
    page.keyboard.type(service.passwords["radiologist"])
    page.keyboard.press("Enter")
    page.wait_for_url(f"{service.address}/")
    page.keyboard.press("Tab")
    expect(page.locator(".skip-link")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#content")).to_be_focused()
    page.goto(f"{service.address}/p/thorax/read/")
    page.keyboard.press("Enter")
    page.wait_for_url("**/p/thorax/read/*/")


BOTH_SHOWN = "() => radloop.views.length === 2 && radloop.views.every((view) => view.shown === 'shown')"


def test_every_state_of_the_room_is_without_a_serious_barrier_and_a_case_is_marked_without_a_mouse(
    page: Page, service: Service, sign_in: Callable[..., None]
) -> None:
    sign_in(page)
    one = Room(page, service, "Without a mouse", "marks").open()
    found: list[str] = []

    def look(shown: str) -> None:
        expect(page.locator(shown).first).to_be_visible()
        found.extend(f"{shown}: {line}" for line in violations(page))

    one.press("ArrowRight", "t", "Space")
    (placed,) = one.content["regions"]
    one.press("Alt+Shift+ArrowRight", "Control+Shift+ArrowRight", "Shift+Enter")
    (shaped,) = one.content["regions"]
    moved, grown = (shaped["geometry"][k] - placed["geometry"][k] for k in "xw")
    assert (moved, grown) == pytest.approx((10, 1), abs=0.05)
    expect(page.locator(".mark-editor input[type=text]").first).to_be_focused()
    look(".mark-editor")
    one.press("Escape", "Enter")
    look("[data-question=all-marked]")
    one.press("Escape", "g", "i")
    look("dialog[open]")
    one.press("Escape", "g", "t")
    look("html")
    one.press("g", "t")
    one.wait_saved()

    planes = Room(page, service, "Planes", "planes").open()
    planes.press("g", "m")
    page.wait_for_function("() => radloop.planes.ready")
    look(".stage")
    Room(page, service, "Hanging", "hanging").open()
    page.wait_for_function(BOTH_SHOWN)
    look(".stage")
    assert not found, "\n".join(found)
