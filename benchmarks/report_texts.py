"""Any number of chest reports from the sentences of the impressions written blind; the same number, the same text."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from functools import cache

from benchmarks.report_accuracy import blind_rows

_SENTENCE = re.compile(r"(?<=[.!?])\s+(?=[A-Z])|\n")
_NUMBERED = re.compile(r"^\d+[.)]\s*")


@cache
def sentences() -> tuple[str, ...]:
    """Every different sentence, without its number in a list."""
    parts = (part for row in blind_rows("") for part in _SENTENCE.split(row["text"]))
    return tuple(dict.fromkeys(_NUMBERED.sub("", part).strip() for part in parts if len(part) > 8))


IMPRESSION, WHOLE = (2, 8), (10, 20)
"""Sentences of an impression, and of a report with findings and impression."""


def report(number: int, size: tuple[int, int] = IMPRESSION) -> str:
    """So many sentences, every fifth report as a numbered list."""
    generator = random.Random(number)
    chosen = generator.choices(sentences(), k=generator.randint(*size))
    if number % 5 == 0:
        return "\n".join(f"{n}. {sentence}" for n, sentence in enumerate(chosen, 1))
    return " ".join(chosen)


def reports(count: int, size: tuple[int, int] = IMPRESSION) -> Iterator[str]:
    return (report(number, size) for number in range(count))
