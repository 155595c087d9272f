"""A model's columns as one word on each finding: how likely it is there, and of which grade."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from learning.models import ModelVersion
from learning.toolkit.ordinal import grade_distribution, median_level
from learning.toolkit.tasks import NONE, asked_by, groups_of


@dataclass(frozen=True)
class Word:
    """On one finding.

    threshold  present from this probability on; of classes, the likeliest other one's.
    grade      index of the likeliest grade, where it is present and the model knows grades.
    levels     probabilities of absent and of each grade, where the model knows grades.
    """

    finding: str
    probability: float
    is_present: bool
    threshold: float
    grade: int | None = None
    levels: list[float] = field(default_factory=list)


def words_of(version: ModelVersion, probabilities: Mapping[str, float]) -> list[Word]:
    """From column → probability, whatever the kind of task; nothing of change, which is no answer about one study."""
    points = version.card.get("points") or []
    thresholds = {c: float(p["threshold"]) for c, p in zip(version.findings, points, strict=False)}
    return words(version.findings, probabilities, thresholds)


def words(
    columns: Sequence[str], probabilities: Mapping[str, float], thresholds: Mapping[str, float]
) -> list[Word]:
    """One word per finding, in the order of the columns."""
    kind, asked = asked_by(columns)
    if kind == "progression":
        return []
    if kind == "multiclass":
        codes = [one.code for one in asked]
        levels = [probabilities[column] for column in columns]
        return [_of_levels(codes[0], levels)] if len(asked) == 1 and columns[0] != codes[0] else _of_classes(
            codes, {column: probabilities[column] for column in columns}
        )
    found = []
    for code, places in groups_of(columns).items():
        reached = [probabilities[columns[place]] for place in places]
        threshold = thresholds.get(columns[places[0]], 0.5)
        is_present = reached[0] >= threshold
        if len(places) == 1:
            found.append(Word(code, reached[0], is_present, threshold))
            continue
        level = max(1, int(median_level(np.array([reached]))[0]))
        levels = grade_distribution(reached)
        found.append(Word(code, reached[0], is_present, threshold, level - 1 if is_present else None, levels))
    return found


def _of_levels(code: str, levels: list[float]) -> Word:
    likeliest = int(np.argmax(levels))
    is_present = likeliest > 0
    return Word(code, 1 - levels[0], is_present, 0.5, likeliest - 1 if is_present else None, [
        round(p, 4) for p in levels
    ])


def _of_classes(codes: list[str], probabilities: dict[str, float]) -> list[Word]:
    """The likeliest class is there and all others are not."""
    def rival(code: str) -> float:
        return max((p for other, p in probabilities.items() if other != code), default=0.5)

    return [
        Word(code, probabilities[code], probabilities[code] > rival(code), round(rival(code), 4))
        for code in codes if code != NONE
    ]


def mean_probabilities(columns: Sequence[str], tables: Sequence[Mapping[str, Any]]) -> dict[str, float]:
    """Column → mean over a study's images."""
    return {column: float(np.mean([table[column] for table in tables])) for column in columns}
