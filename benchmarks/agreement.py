"""Agreement of predicted report labels with gold: F1 with intervals over reports.

A label is 1 present, 0 absent, -1 uncertain or None where the report says nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Label = int | None
Labels = dict[str, Label]
Question = Callable[[Label], bool]

QUESTIONS: dict[str, Question] = {
    "mention": lambda label: label is not None, "negation": lambda label: label == 0,
    "uncertain": lambda label: label == -1, "positive": lambda label: label == 1,
}
DRAWS = 2000


@dataclass(frozen=True)
class Score:
    """F1 in 0…1 (nan where neither side has a case) with its 95 % interval; `n` cases in gold."""

    f1: float
    low: float
    high: float
    n: int
    precision: float
    recall: float

    def __str__(self) -> str:
        interval = f"{self.f1:.3f} ({self.low:.3f} to {self.high:.3f})"
        return f"{interval}, P {self.precision:.3f} R {self.recall:.3f}, n {self.n}"


def f1_score(gold: Sequence[Labels], found: Sequence[Labels], findings: Sequence[str], asked: Question) -> Score:
    """Micro F1 of one question over these findings; whole reports are drawn again for the interval."""
    counts = _counts(gold, found, findings, asked)
    generator = np.random.default_rng(20261126)
    weights = generator.multinomial(len(gold), np.full(len(gold), 1 / len(gold)), size=DRAWS)
    drawn = _f1(weights @ counts)
    low, high = np.nanpercentile(drawn, [2.5, 97.5]) if np.isfinite(drawn).any() else (np.nan, np.nan)
    hit, extra, missed = (int(n) for n in counts.sum(axis=0))
    return Score(
        f1=float(_f1(counts.sum(axis=0)[None])[0]), low=float(low), high=float(high), n=hit + missed,
        precision=hit / (hit + extra) if hit + extra else float("nan"),
        recall=hit / (hit + missed) if hit + missed else float("nan"),
    )


def macro_f1(scores: Sequence[Score], least: int = 1) -> float:
    """Mean F1 of those with at least so many cases in gold; nan without any."""
    kept = [score.f1 for score in scores if score.n >= least]
    return sum(kept) / len(kept) if kept else float("nan")


def _counts(
    gold: Sequence[Labels], found: Sequence[Labels], findings: Sequence[str], asked: Question
) -> NDArray[np.int64]:
    """Per report: hits, extra ones, missed ones."""
    rows = []
    for truth, guess in zip(gold, found, strict=True):
        pairs = [(asked(truth.get(name)), asked(guess.get(name))) for name in findings]
        rows.append([
            sum(t and g for t, g in pairs), sum(g and not t for t, g in pairs), sum(t and not g for t, g in pairs),
        ])
    return np.array(rows, dtype=np.int64)


def _f1(counts: NDArray[np.int64]) -> NDArray[np.float64]:
    hit, extra, missed = counts.T
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(2 * hit / (2 * hit + extra + missed), dtype=np.float64)
