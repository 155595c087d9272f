"""Hanging protocols as a form: fields ↔ rules. What the rules may say is decided by imaging.hanging."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from imaging.hanging.rules import LAYOUTS

Rules = list[dict[str, Any]]
TERMS: dict[str, tuple[str, str]] = {
    "modalities": ("Modality", "CR/DX"), "body_parts": ("Body part", "CHEST"), "views": ("View", "PA/AP"),
    "sides": ("Side", "R"), "words": ("Words", "T1, -CONTRAST"),
}
"""Field → label and example."""
LAYOUT_CHOICES = [(f"{rows}x{columns}", f"{rows} × {columns}") for rows, columns in LAYOUTS]
PRIOR_CHOICES = [("", "with or without"), ("yes", "with"), ("no", "without")]
PLANE_CHOICES = [("", "any"), ("axial", "axial"), ("sagittal", "sagittal"), ("coronal", "coronal")]
MOST = 40
NEW: dict[str, Any] = {"name": "New rule", "rows": 1, "columns": 1, "when": {}, "panes": [{}]}


def rows_of(rules: Rules) -> list[dict[str, Any]]:
    """Each rule as the template fills its fields."""
    return [
        {
            "name": rule["name"], "layout": f"{rule['rows']}x{rule['columns']}", "rows": rule["rows"],
            "columns": rule["columns"], "when": _fields(rule.get("when", {})),
            "prior": _prior(rule.get("when", {}).get("prior")), "least": _number(rule, "least"),
            "most": _number(rule, "most"),
            "panes": [
                {"fields": _fields(pane), "study": pane.get("study", "current"), "plane": pane.get("plane", "")}
                for pane in rule["panes"]
            ],
        }
        for rule in rules
    ]


def _fields(said: Mapping[str, Any]) -> list[tuple[str, str, str, str]]:
    """Name, label, example, value."""
    return [(name, *TERMS[name], ", ".join(said.get(name, []))) for name in TERMS]


def _number(rule: Mapping[str, Any], name: str) -> str:
    value = rule.get("when", {}).get(name)
    return "" if value is None else str(value)


def _prior(value: bool | None) -> str:
    return "" if value is None else "yes" if value else "no"


def posted(form: Mapping[str, str]) -> Rules:
    """The rules that the form says, as many viewports each as its layout has. Nothing is checked yet."""
    count = min(int(form.get("count") or 0), MOST) if form.get("count", "").isdigit() else 0
    return [_rule(form, f"r{n}-") for n in range(count)]


def _rule(form: Mapping[str, str], at: str) -> dict[str, Any]:
    rows, columns = _layout(form.get(f"{at}layout", ""))
    prior = {"yes": True, "no": False}.get(form.get(f"{at}prior", ""))
    when = _terms(form, at) | {"prior": prior, "least": _whole(form, f"{at}least"), "most": _whole(form, f"{at}most")}
    panes = [
        _terms(form, f"{at}p{n}-") | {
            "study": "prior" if form.get(f"{at}p{n}-study") == "prior" else "current",
            "plane": form.get(f"{at}p{n}-plane", ""),
        }
        for n in range(rows * columns)
    ]
    return {"name": form.get(f"{at}name", "").strip(), "rows": rows, "columns": columns, "when": when, "panes": panes}


def _layout(text: str) -> tuple[int, int]:
    found = re.fullmatch(r"([1-3])x([1-3])", text)
    layout = (int(found[1]), int(found[2])) if found else (1, 1)
    return layout if layout in LAYOUTS else (1, 1)


def _terms(form: Mapping[str, str], at: str) -> dict[str, list[str]]:
    return {name: [one for one in re.split(r"[,;\s]+", form.get(f"{at}{name}", "")) if one] for name in TERMS}


def _whole(form: Mapping[str, str], name: str) -> int | None:
    text = form.get(name, "").strip()
    return int(text) if text.isdigit() else None


def changed(rules: Rules, do: str) -> Rules:
    """After one of the buttons beside the rules: `add`, `remove:N`, `up:N`, `down:N`; anything else changes nothing."""
    what, _, text = do.partition(":")
    place = int(text) if text.isdigit() else -1
    if what == "add" and len(rules) < MOST:
        return [*rules, {**NEW, "name": _free_name(rules)}]
    if not 0 <= place < len(rules):
        return rules
    others = rules[:place] + rules[place + 1:]
    if what == "remove":
        return others
    if what in ("up", "down"):
        to = max(0, place - 1) if what == "up" else place + 1
        return [*others[:to], rules[place], *others[to:]]
    return rules


def place_after(rules: Rules, do: str) -> int | None:
    """Where the rule stands afterwards that the button was about; None when it is gone."""
    what, _, text = do.partition(":")
    if what == "add":
        return len(rules)
    place = int(text) if text.isdigit() else None
    if place is None or what == "remove":
        return None
    return max(0, place - 1) if what == "up" else place + 1 if what == "down" else place


def _free_name(rules: Rules) -> str:
    names = {rule["name"] for rule in rules}
    return next(name for name in (f"New rule {n}" if n else "New rule" for n in range(MOST + 1)) if name not in names)
