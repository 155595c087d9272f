"""What text models are trained on and what they answer."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from reports_nlp.stages.types import Extraction, Span

Floats = npt.NDArray[np.float64]

STATES = ("present", "absent", "equivocal", "not_mentioned")
"""A reader's possible answers, in the order of every table here."""
OF_VALUE = {1: "present", 0: "absent", -1: "equivocal"}
"""Label value of a policy -> state."""
KINDS = ("linear", "cnn")
"""Kinds of text model; `reports_nlp.learning.train.TRAINERS` says how each is trained."""


class LearningError(ValueError):
    """These corrections can't train or judge a model; the message says what is missing."""


@dataclass(frozen=True, slots=True)
class Example:
    """One report, one finding, a reader's answer."""

    extraction: Extraction
    patient: str
    state: str


@dataclass(frozen=True, slots=True)
class Prediction:
    """What a model says of one finding in one report."""

    state: str
    probabilities: dict[str, float]
    """Calibrated, by state; sums to 1."""
    spans: tuple[Span, ...]
    """Where in the text: what weighed most for the state. Empty where nothing in the text spoke for it."""

    @property
    def probability(self) -> float:
        return self.probabilities[self.state]


def rule_state(extraction: Extraction, names: tuple[str, ...]) -> str:
    """What the rules' labels say of a finding that has these names in the lexicon; present before equivocal, absent."""
    said = {OF_VALUE[label.value] for label in extraction.labels if label.finding in names}
    return next((state for state in ("present", "equivocal", "absent") if state in said), "not_mentioned")
