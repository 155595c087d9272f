"""The count against the real thing: cases keyed into the room and into the form in Chromium."""

from __future__ import annotations

import random
import subprocess
import sys
from typing import Any

from playwright.sync_api import Page, sync_playwright

from benchmarks.actions import keys
from benchmarks.actions.cases import Box
from benchmarks.actions.form import form_content, form_keys, form_page
from benchmarks.actions.handed_in import content_differences
from benchmarks.actions.reader import Answer, Said, side_of
from benchmarks.results import result
from benchmarks.room.reader import PATIENCE_MS, READY, launch
from benchmarks.room.service import free_port, start_web
from benchmarks.stacks import ROOT, Stack, embedded

CASES = 12
COLUMNS = 256
"""Of the images there."""
LIST = "Looks"
"""Of the browser tests' own service (tests/browser/prepare.py): concurrent, suggestions of a really trained model."""
COUNT = """() => { window.pressed = 0; window.clicked = 0;
  if (window.isCounting) return;
  window.isCounting = true;
  addEventListener("keydown", (event) => { if (!event.repeat) window.pressed += 1; }, true);
  addEventListener("pointerdown", () => { window.clicked += 1; }, true); }"""


def in_chromium(chromium: str | None) -> None:
    if chromium is None:
        raise SystemExit("No Chromium on this machine; apt-get install chromium, or --only fixed.")
    with embedded() as stack:
        subprocess.run(
            [sys.executable, "-m", "tests.browser.prepare"], cwd=ROOT, env=stack.environment, check=True,
            capture_output=True,
        )
        port = free_port()
        start_web(stack, port)
        read_some(chromium, f"http://127.0.0.1:{port}", password_of(stack))


def password_of(stack: Stack) -> str:
    lines = (stack.home / "demo-accounts.txt").read_text().splitlines()
    return dict(line.split(None, 1) for line in lines)["radiologist"]


def read_some(chromium: str, base: str, password: str) -> None:
    with sync_playwright() as playwright:
        browser = launch(playwright, chromium, "webgl")
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        page.set_default_timeout(PATIENCE_MS)
        page.goto(f"{base}/sign-in/")
        page.fill("[name=username]", "radiologist")
        page.fill("[name=password]", password)
        page.press("[name=password]", "Enter")
        page.wait_for_url(f"{base}/")
        lists = page.request.get(f"{base}/api/projects/thorax/worklists/?page_size=100").json()
        worklist = next(row["id"] for row in lists if row["name"] == LIST)
        page.goto(f"{base}/p/thorax/read/{worklist}/")
        findings: list[dict[str, Any]] = []
        answers: list[Answer] = []
        wrong = miscounted = 0
        for number in range(CASES):
            findings, answer, is_wrong, is_miscounted = one_case(page, base, number)
            answers.append(answer)
            wrong, miscounted = wrong + is_wrong, miscounted + is_miscounted
        result("chromium.room.handed_in_otherwise", wrong, f"of {CASES} cases", "0")
        result("chromium.room.miscounted", miscounted, f"of {CASES} cases", "0")
        for name, is_folded in (("form", False), ("folded_form", True)):
            forms = [form_is_wrong(page, findings, answer, is_folded) for answer in answers]
            result(f"chromium.{name}.otherwise_or_miscounted", sum(forms), f"of {CASES} cases", "0")
        browser.close()


def one_case(page: Page, base: str, number: int) -> tuple[list[dict[str, Any]], Answer, bool, bool]:
    """The steps as keys and drags; whether what was handed in is another answer, and whether the count is another."""
    page.wait_for_function(READY)
    reading = int(page.evaluate("() => radloop.reading"))
    case = page.request.get(f"{base}/api/readings/{reading}/case/").json()
    findings, suggestions = case["findings"], case["suggestions"]
    answer = drawn(findings, suggestions, number)
    steps = keys.concurrent(findings, suggestions, answer, boxed=True, columns=COLUMNS)
    page.evaluate(COUNT)
    for step in steps:
        if isinstance(step, str):
            page.keyboard.press(step)
        else:
            drag(page, step)
        # A second look comes with the service's answer.
        page.wait_for_function("() => radloop.phase !== 'reading' || !radloop.busy")
    page.wait_for_function("(before) => radloop.phase === 'empty' || radloop.reading !== before", arg=reading)
    content = handed_in(page, base, reading)
    told = content_differences(content, findings, answer, boxed=True)
    counted = page.evaluate("() => [window.pressed, window.clicked]")
    meant = [keys.presses(steps), sum(not isinstance(step, str) for step in steps)]
    if told or counted != meant:
        print(f"  case {number}: {told}; pressed and clicked {counted}, meant {meant}; {steps}")
    return findings, answer, bool(told), counted != meant


def handed_in(page: Page, base: str, reading: int) -> dict[str, Any]:
    """The service's own record of it, once it is submitted: the next case is on the screen before."""
    for _ in range(200):
        record = page.request.get(f"{base}/api/readings/{reading}/").json()
        if record["state"] == "submitted":
            break
        page.wait_for_timeout(50)
    content: dict[str, Any] = record["draft"]
    return content


def drag(page: Page, box: Box) -> None:
    corners = [(box["x"], box["y"]), (box["x"] + box["w"], box["y"] + box["h"])]
    (x0, y0), (x1, y1) = (page.evaluate("([x, y]) => radloop.imageToClient(x, y)", list(at)) for at in corners)
    page.mouse.move(x0, y0)
    page.mouse.down()
    page.mouse.move((x0 + x1) / 2, (y0 + y1) / 2)
    page.mouse.move(x1, y1)
    page.mouse.up()


def drawn(findings: list[dict[str, Any]], suggestions: list[dict[str, Any]], number: int) -> Answer:
    """An answer that goes along with most suggestions, boxes included where they are given."""
    draw = random.Random(number)
    present = {}
    for place, finding in enumerate(findings):
        suggestion = next(s for s in suggestions if s["finding"] == finding["code"])
        is_suggested = suggestion["state"] == "present"
        if draw.random() >= (0.9 if is_suggested else 0.25):
            continue
        boxes = suggestion["boxes"]
        # Apart from each other: a drag that begins on the edge of a mark reshapes that mark.
        invented = {"x": draw.choice([41.0, 151.0]) + 7 * place, "y": 23.0 + 40 * place, "w": 50.0, "h": 31.0}
        box = {k: boxes[0][k] for k in "xywh"} if boxes and draw.random() < 0.85 else invented
        side = side_of(box, COLUMNS) if finding["has_laterality"] else ""
        grade = draw.randrange(len(finding["grades"])) if finding["grades"] else None
        present[finding["code"]] = Said(side, grade, box)
    return Answer(present)


def form_is_wrong(page: Page, findings: list[dict[str, Any]], answer: Answer, is_folded: bool) -> bool:
    page.goto("about:blank")
    page.set_content(form_page(findings, is_folded=is_folded))
    page.evaluate(COUNT)
    page.locator("select").first.focus()
    strokes = form_keys(findings, answer, is_folded=is_folded)
    meant = form_content(findings, answer, is_folded=is_folded)
    for stroke in strokes:
        page.keyboard.press(stroke)
    saved = page.evaluate("() => window.saved")
    pressed = int(page.evaluate("() => window.pressed"))
    is_wrong = bool(saved != meant) or pressed != len(strokes)
    if is_wrong:
        print(f"  form: {saved}, meant {meant}")
    return is_wrong
