"""A scripted reader: what it sees by its confusion table, and what it says when a suggestion stands beside it."""

from __future__ import annotations

import random
from dataclasses import dataclass, field, replace
from typing import Any

from benchmarks.actions.cases import SIZE, Box, Truth

SENSITIVITY, SPECIFICITY = 0.94, 0.97
"""The project's usual simulated reader (annotation.services.simulated_readers), for every finding."""
ADOPTS = {"concurrent": 0.30, "second_reader": 0.15}
"""Probability that the reader gives up an answer for a shown suggestion that says otherwise, right or wrong. Assumed:
   anchoring is simulated here, not measured."""
GOOD_BOX = 0.5
"""IoU with the true box from which a suggested box is taken as it is."""


@dataclass(frozen=True)
class Said:
    """An answer that is to be keyed in: what is present, with side, grade and box; all else is absent."""

    side: str = ""
    grade: int | None = None
    box: Box | None = None


@dataclass(frozen=True)
class Answer:
    present: dict[str, Said] = field(default_factory=dict)

    def wrong(self, truth: Truth) -> int:
        return sum((code in self.present) != there for code, there in truth.states.items())


def iou(a: Box, b: Box) -> float:
    wide = min(a["x"] + a["w"], b["x"] + b["w"]) - max(a["x"], b["x"])
    high = min(a["y"] + a["h"], b["y"] + b["h"]) - max(a["y"], b["y"])
    shared = max(0.0, wide) * max(0.0, high)
    return shared / (a["w"] * a["h"] + b["w"] * b["h"] - shared)


def side_of(box: Box, columns: int = SIZE) -> str:
    """Hung as if one faced the patient: the image's left half is the patient's right side."""
    return "right" if box["x"] + box["w"] / 2 < (columns - 1) / 2 else "left"


def unaided(findings: list[dict[str, Any]], truth: Truth, stream: str) -> Answer:
    """The same reader sees the same case the same way in every condition."""
    present = {}
    for finding in findings:
        draw = random.Random(f"{stream}:{finding['code']}")
        there = truth.states[finding["code"]]
        if draw.random() < (SENSITIVITY if there else 1 - SPECIFICITY):
            present[finding["code"]] = _described(finding, truth, draw)
    return Answer(present)


def _described(finding: dict[str, Any], truth: Truth, draw: random.Random) -> Said:
    """What is seen that is not there has a place, too."""
    code = finding["code"]
    invented = {"x": draw.uniform(60, 380), "y": draw.uniform(80, 380), "w": 60.0, "h": 60.0}
    box = truth.boxes.get(code, invented)
    side = truth.sides.get(code) or side_of(box)
    grade = truth.grades[code] if finding["grades"] else None
    return Said(side if finding["has_laterality"] else "", grade, box)


def aided(
    own: Answer, findings: list[dict[str, Any]], suggestions: list[dict[str, Any]], truth: Truth, mode: str, stream: str
) -> Answer:
    """Anchored: where the suggestion says otherwise, it is adopted with the probability of the mode."""
    present = dict(own.present)
    for finding, suggestion in zip(findings, suggestions, strict=True):
        code, draw = finding["code"], random.Random(f"{stream}:{mode}:{finding['code']}")
        is_said, is_suggested = code in present, suggestion["state"] == "present"
        if is_said == is_suggested or draw.random() >= ADOPTS[mode]:
            continue
        if is_said:
            del present[code]
        else:
            said = _described(finding, truth, draw)
            shown = suggestion["boxes"][0] if suggestion["boxes"] and not truth.states[code] else None
            taken = {k: shown[k] for k in "xywh"} if shown else said.box
            side = side_of(shown) if shown and finding["has_laterality"] else said.side
            present[code] = replace(said, box=taken, side=side)
    return Answer(present)
