"""A researcher's own function: the documented one gets its verdict, and those that break a rule are told which."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from learning.toolkit.data import DataError, Examples
from learning.toolkit.own_strategy import StrategyError, load_strategy, try_strategy

DOCS = Path(__file__).resolve().parents[3] / "docs" / "toolkit.md"
N = 120


def cases(n: int = N, *, seed: int = 0) -> Examples:
    """A bright square on one side or the other of noise: as bright in positives as in negatives."""
    rng = np.random.default_rng(seed)
    targets = (rng.random((n, 1)) < 0.5).astype(np.float32)
    images = rng.normal(0.5, 0.15, (n, 32, 32)).astype(np.float32)
    for image, positive in zip(images, targets[:, 0], strict=True):
        rows, columns = (slice(4, 12), slice(4, 12)) if positive else (slice(20, 28), slice(20, 28))
        image[rows, columns] += 0.3
    return Examples.of(images, targets, patients=[f"P{i}" for i in range(n)], findings=["nodule"])


class Model:
    def __init__(self, model: Any, add: float = 0.0) -> None:
        self.model, self.add = model, add

    def predict(self, images: Any) -> Any:
        return np.clip(self.model.predict_proba(flat(images))[:, 1:] + self.add, 0, 1)


def flat(images: Any) -> Any:
    return np.asarray(images)[:, ::4, ::4].reshape(len(images), -1)


def centred(train: Examples, val: Examples | None, seed: int, knob: float) -> Model:
    """The knob shrinks the penalty: much better with it on."""
    model = LogisticRegression(C=1e-5 * (1 - knob) + 0.1 * knob, tol=1e-10, max_iter=3000)
    return Model(model.fit(flat(train.images), train.targets[:, 0]))


def nothing(train: Examples, val: Examples | None, seed: int, knob: float) -> Model:
    """The knob is not connected."""
    return centred(train, val, seed, 0.5)


def abrupt(train: Examples, val: Examples | None, seed: int, knob: float) -> Model:
    """Any knob above 0 switches it on wholly: `if knob` is no proof that it can be off."""
    return centred(train, val, seed, 1.0 if knob else 0.0)


def fickle(train: Examples, val: Examples | None, seed: int, knob: float) -> Model:
    """Takes its chance from the clock in place of the seed."""
    return Model(centred(train, val, seed, knob).model, knob * float(np.random.default_rng().random()) * 0.01)


def blind(train: Examples, val: Examples | None, seed: int, knob: float) -> Any:
    """Knows brightness at best, and less of it."""

    class Coin:
        def predict(self, images: Any) -> Any:
            return np.random.default_rng(seed).random((len(images), 1)) * (0.5 + 0.5 * knob)

    return Coin()


def controls(strategy: Any, examples: Examples | None = None) -> dict[str, bool]:
    found = try_strategy(strategy, examples or cases(), folds=3)
    return {control.name[:2]: control.passed for control in found.controls}


def test_a_strategy_that_keeps_the_rules_gets_its_verdict() -> None:
    found = try_strategy(centred, cases(), name="less penalty", folds=3)
    assert [control.name[:2] for control in found.controls] == ["C1", "C2", "C3", "C4", "C5", "C6", "C7"]
    assert found.passed, found.sentence
    assert found.card.comparison.verdict in ("gain", "equivalent")
    assert "All controls held" in found.sentence
    assert found.as_dict()["notice"] == "Research use only"
    assert np.isfinite(found.table).all()


@pytest.mark.parametrize(
    ("strategy", "failed"), [(nothing, "C1"), (abrupt, "C1"), (fickle, "C7"), (blind, "C6")]
)
def test_a_strategy_that_breaks_a_rule_is_told_which(strategy: Any, failed: str) -> None:
    assert not controls(strategy)[failed]


def test_a_copy_of_a_held_out_image_in_training_is_found() -> None:
    examples = cases()
    images = np.array(examples.images)
    images[1::2] = images[::2]
    twice = Examples.of(images, examples.targets, patients=examples.patients, findings=["nodule"])
    assert not controls(centred, twice)["C5"]


@pytest.mark.parametrize(
    ("returns", "told"),
    [
        (lambda images: np.zeros(len(images)), "N x F probabilities"),
        (lambda images: np.full((len(images), 1), 1.5), "outside 0 to 1"),
        (lambda images: np.full((len(images), 1), np.nan), "outside 0 to 1"),
    ],
)
def test_what_predict_must_give_is_said(returns: Any, told: str) -> None:
    class Wrong:
        predict = staticmethod(returns)

    with pytest.raises(StrategyError, match=told):
        try_strategy(lambda *_: Wrong(), cases(), folds=3)  # type: ignore[arg-type,return-value]


def test_a_function_that_fails_writes_into_the_data_or_returns_nothing_is_told_so() -> None:
    def writes(train: Examples, *_: Any) -> Any:
        train.targets[:] = 0

    with pytest.raises(StrategyError, match="read-only"):
        try_strategy(writes, cases(), folds=3)  # type: ignore[arg-type]
    with pytest.raises(StrategyError, match="an object with predict"):
        try_strategy(lambda *_: None, cases(), folds=3)  # type: ignore[arg-type,return-value]
    with pytest.raises(DataError, match="at least 5 different seeds"):
        try_strategy(centred, cases(), seeds=[1, 2])


def test_the_worked_example_of_the_documentation_runs(tmp_path: Path) -> None:
    blocks = re.findall(r"```python\n(.*?)```", DOCS.read_text(), flags=re.S)
    code = next(block for block in blocks if "def mirrored" in block)
    (tmp_path / "mirrored.py").write_text(code)
    found = try_strategy(load_strategy(f"{tmp_path / 'mirrored.py'}:mirrored"), cases(90), folds=3)
    assert {control.name[:2] for control in found.controls if control.passed} >= {"C1", "C2", "C4", "C5", "C7"}


@pytest.mark.parametrize(
    ("text", "name", "told"),
    [("", "f", "has no function 'f'"), ("x = (", "f", "can't be loaded: SyntaxError"), (None, "f", "FILE.py:NAME")],
)
def test_a_file_without_the_function_says_what_it_has(tmp_path: Path, text: str | None, name: str, told: str) -> None:
    file = tmp_path / "mine.py"
    if text is not None:
        file.write_text(text)
    with pytest.raises(StrategyError, match=told):
        load_strategy(f"{file}:{name}")
