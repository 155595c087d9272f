"""Kinds of text model, each trained and restored by a function of one signature."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Protocol

from reports_nlp.learning.artefact import Arrays, read_model
from reports_nlp.learning.types import KINDS, Example, LearningError, Prediction
from reports_nlp.stages.types import Extraction


class TextReader(Protocol):
    """A trained model."""

    @property
    def kind(self) -> str: ...
    def predict(self, extraction: Extraction) -> Prediction: ...
    def arrays(self) -> Arrays: ...
    def card(self) -> dict[str, Any]: ...


def train(
    kind: str, examples: Sequence[Example], names: tuple[str, ...], *, seed: int = 0,
    progress: Callable[[float], None] = lambda _: None,
) -> TextReader:
    """Train a model of this kind; the same examples and seed give the same model.

    Raises LearningError for an unknown kind, and where the corrections can't train one.
    """
    _check(kind)
    if kind == "linear":
        from reports_nlp.learning.linear import train_linear

        return train_linear(examples, names, seed=seed, progress=progress)
    from reports_nlp.learning.cnn import train_cnn

    return train_cnn(examples, names, seed=seed, progress=progress)


def load_reader(path: Path, *, sha256: str = "") -> TextReader:
    """A trained model from its file. Raises LearningError for a file that can't be used."""
    arrays, card = read_model(path, sha256=sha256)
    kind = str(card.get("kind"))
    _check(kind)
    try:
        if kind == "linear":
            from reports_nlp.learning import linear

            return linear.restore(arrays, card)
        from reports_nlp.learning import cnn

        return cnn.restore(arrays, card)
    except (KeyError, IndexError, TypeError):
        raise LearningError("The model's file does not fit together. Train it again.") from None


def _check(kind: str) -> None:
    if kind not in KINDS:
        raise LearningError(f"{kind!r} is no kind of text model; known: {', '.join(KINDS)}.")
