"""The plain form that the room is held against, as a formal count and as a real page of HTML.

A list of cases; a click opens one on a page of its own: the image, and below it a select for each finding (blank,
absent, present, equivocal), one for its grade where it has grades, one for its side where it has sides; then Save,
which leads back to the list. The first select has the focus when the page opens. Tab goes from field to field, a
letter chooses in a select (a, p; the grade's or side's initial), Enter on Save saves. No boxes, nothing is asked
twice, every keystroke sits: the form is given everything that speeds it up and still is a form. A folded form is a
better one: grade and side are out of Tab's way until the finding is present. Neither says absent by itself: what
nobody touched is not assessed, in a form too.
"""

from __future__ import annotations

from html import escape
from typing import Any

from benchmarks.actions.reader import Answer

PAGE_LOADS, CLICKS = 2, 1
"""The case's page and the list again; the click on the case in the list."""


def form_keys(findings: list[dict[str, Any]], answer: Answer, *, is_folded: bool = False) -> list[str]:
    """Presses from the opened page to Save."""
    keys: list[str] = []
    for finding in findings:
        said = answer.present.get(finding["code"])
        keys.append("p" if said else "a")
        keys.append("Tab")
        if is_folded and not said:
            continue
        if finding["grades"]:
            keys += [finding["grades"][said.grade][0]] if said and said.grade is not None else []
            keys.append("Tab")
        if finding["has_laterality"]:
            keys += [said.side[0]] if said and said.side else []
            keys.append("Tab")
    return [*keys, "Enter"]


def form_actions(findings: list[dict[str, Any]], answer: Answer, *, is_folded: bool = False) -> int:
    return CLICKS + PAGE_LOADS + len(form_keys(findings, answer, is_folded=is_folded))


def form_page(findings: list[dict[str, Any]], *, is_folded: bool = False) -> str:
    """The page itself, to be driven by those keys."""
    fields = []
    for finding in findings:
        code = finding["code"]
        more = {"grade": finding["grades"], "side": ["right", "left", "both"] if finding["has_laterality"] else []}
        asked = [_select(f"{code}.{name}", values) for name, values in more.items() if values]
        fold = "this.closest('div').querySelector('fieldset').disabled=this.value!=='present'" if is_folded else ""
        state = _select(f"{code}.state", ["absent", "present", "equivocal"], fold)
        fields.append(f"<div>{state}<fieldset {'disabled' if is_folded else ''}>{''.join(asked)}</fieldset></div>")
    script = "onsubmit='event.preventDefault();window.saved=Object.fromEntries(new FormData(this))'"
    return f"<form {script}>{''.join(fields)}<button>Save</button></form>"


def _select(name: str, values: list[str], on_change: str = "") -> str:
    options = "".join(f"<option>{escape(value)}</option>" for value in ["", *values])
    change = f'onchange="{on_change}"' if on_change else ""
    return f"<label>{escape(name)} <select name='{escape(name)}' {change}>{options}</select></label>"


def form_content(findings: list[dict[str, Any]], answer: Answer, *, is_folded: bool = False) -> dict[str, str]:
    """What the page has to hold when it is saved."""
    held = {}
    for finding in findings:
        said = answer.present.get(finding["code"])
        held[f"{finding['code']}.state"] = "present" if said else "absent"
        if is_folded and not said:
            continue
        if finding["grades"]:
            grade = said.grade if said else None
            held[f"{finding['code']}.grade"] = finding["grades"][grade] if grade is not None else ""
        if finding["has_laterality"]:
            held[f"{finding['code']}.side"] = said.side if said else ""
    return held
