"""The plain form that the room is held against, as a formal count and as a real page of HTML.

A list of cases; a click opens one on a page of its own: the image, and below it a select for each finding (blank,
absent, present, equivocal), one for its grade where it has grades, one for its side where it has sides; then Save,
which leads back to the list. The first select has the focus when the page opens. Tab goes from field to field, a
letter chooses in a select (a, p; the grade's or side's initial), Enter on Save saves. No boxes, nothing is asked
twice, every keystroke sits: the form is given everything that speeds it up and still is a form.
"""

from __future__ import annotations

from html import escape
from typing import Any

from benchmarks.actions.reader import Answer

PAGE_LOADS, CLICKS = 2, 1
"""The case's page and the list again; the click on the case in the list."""


def form_keys(findings: list[dict[str, Any]], answer: Answer) -> list[str]:
    """Presses from the opened page to Save."""
    keys: list[str] = []
    for finding in findings:
        said = answer.present.get(finding["code"])
        keys.append("p" if said else "a")
        keys.append("Tab")
        if finding["grades"]:
            keys += [finding["grades"][said.grade][0]] if said and said.grade is not None else []
            keys.append("Tab")
        if finding["has_laterality"]:
            keys += [said.side[0]] if said and said.side else []
            keys.append("Tab")
    return [*keys, "Enter"]


def form_actions(findings: list[dict[str, Any]], answer: Answer) -> int:
    return CLICKS + PAGE_LOADS + len(form_keys(findings, answer))


def form_page(findings: list[dict[str, Any]]) -> str:
    """The page itself, to be driven by those keys."""
    fields = []
    for finding in findings:
        code = finding["code"]
        fields.append(_select(f"{code}.state", ["absent", "present", "equivocal"]))
        if finding["grades"]:
            fields.append(_select(f"{code}.grade", finding["grades"]))
        if finding["has_laterality"]:
            fields.append(_select(f"{code}.side", ["right", "left", "both"]))
    script = "onsubmit='event.preventDefault();window.saved=Object.fromEntries(new FormData(this))'"
    return f"<form {script}>{''.join(fields)}<button>Save</button></form>"


def _select(name: str, values: list[str]) -> str:
    options = "".join(f"<option>{escape(value)}</option>" for value in ["", *values])
    return f"<label>{escape(name)} <select name='{escape(name)}'>{options}</select></label>"


def form_content(findings: list[dict[str, Any]], answer: Answer) -> dict[str, str]:
    """What the page has to hold when it is saved."""
    held = {}
    for finding in findings:
        said = answer.present.get(finding["code"])
        held[f"{finding['code']}.state"] = "present" if said else "absent"
        if finding["grades"]:
            grade = said.grade if said else None
            held[f"{finding['code']}.grade"] = finding["grades"][grade] if grade is not None else ""
        if finding["has_laterality"]:
            held[f"{finding['code']}.side"] = said.side if said else ""
    return held
