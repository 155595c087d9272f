"""A researcher's own function: the documented one gets its verdict, and those that break a rule are told which."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from learning.toolkit import own_runner
from learning.toolkit.controls import Control, Given, paired_calls
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
    """A linear score of every fourth pixel as a probability."""

    def __init__(self, weights: Any, add: float = 0.0) -> None:
        self.weights, self.add = weights, add

    def predict(self, images: Any) -> Any:
        return np.clip(0.5 + (flat(images) @ self.weights)[:, None] + self.add, 0, 1)


def flat(images: Any) -> Any:
    return np.asarray(images, np.float64)[:, ::4, ::4].reshape(len(images), -1) - 0.5


def ridge(x: Any, t: Any, penalty: float) -> Any:
    return np.linalg.solve(x.T @ x + penalty * np.eye(x.shape[1]), x.T @ (t - 0.5))


def centred(train: Examples, val: Examples | None, seed: int, knob: float) -> Model:
    """The knob shrinks the penalty: better with it on."""
    return Model(ridge(flat(train.images), train.targets[:, 0], 100.0 * (1 - knob) + 1.0 * knob))


def nothing(train: Examples, val: Examples | None, seed: int, knob: float) -> Model:
    """The knob is not connected."""
    return centred(train, val, seed, 0.5)


def abrupt(train: Examples, val: Examples | None, seed: int, knob: float) -> Model:
    """Any knob above 0 switches it on wholly: `if knob` is no proof that it can be off."""
    return centred(train, val, seed, 1.0 if knob else 0.0)


def fickle(train: Examples, val: Examples | None, seed: int, knob: float) -> Model:
    """Takes its chance from the clock in place of the seed."""
    model = centred(train, val, seed, knob)
    return Model(model.weights, knob * float(np.random.default_rng().random()) * 0.01)


def blind(train: Examples, val: Examples | None, seed: int, knob: float) -> Any:
    """Knows brightness at best, and less of it."""

    class Coin:
        def predict(self, images: Any) -> Any:
            return np.random.default_rng(seed).random((len(images), 1)) * (0.5 + 0.5 * knob)

    return Coin()


def unlocks(train: Examples, val: Examples | None, seed: int, knob: float) -> Model:
    """Writes into its answers, behind the lock."""
    train.targets.flags.writeable = True
    train.targets[0] = 1 - train.targets[0]
    return centred(train, val, seed, knob)


class Told:
    """A model that knows some images' answers by their pixels."""

    def __init__(self, model: Model, known: dict[bytes, float]) -> None:
        self.model, self.known = model, known

    def predict(self, images: Any) -> Any:
        mine = self.model.predict(images)
        for row, image in enumerate(images):
            mine[row] = self.known.get(image.tobytes(), mine[row, 0])
        return mine


def answers(examples: Examples) -> dict[bytes, float]:
    return {image.tobytes(): float(t) for image, t in zip(examples.images, examples.targets[:, 0], strict=True)}


def peeks(train: Examples, val: Examples | None, seed: int, knob: float) -> Any:
    """Looks for answers in the frames of whoever calls it."""
    known: dict[bytes, float] = {}
    frame: Any = sys._getframe(1)
    while frame is not None:
        for found in frame.f_locals.values():
            if isinstance(found, Examples) and found.images.ndim == 3:
                known = answers(found) | known
        frame = frame.f_back
    return Told(centred(train, val, seed, knob), known)


class Remembers:
    """Keeps the answers of one call for the next: other folds train on what this one holds out."""

    def __init__(self) -> None:
        self.known: dict[bytes, float] = {}

    def __call__(self, train: Examples, val: Examples | None, seed: int, knob: float) -> Any:
        self.known |= answers(train)
        return Told(centred(train, val, seed, knob), dict(self.known))


class Encloses:
    """Holds the whole set, as a function in a notebook does without being asked to."""

    def __init__(self, examples: Examples, *, copied: bool) -> None:
        self.examples = examples
        self.known = answers(examples) if copied else {}

    def __call__(self, train: Examples, val: Examples | None, seed: int, knob: float) -> Any:
        return Told(centred(train, val, seed, knob), self.known or answers(self.examples))


class ChoosesByAll(Encloses):
    """Which pixels to look at is chosen by all answers, also those that judge; then all is as it should be."""

    def __call__(self, train: Examples, val: Examples | None, seed: int, knob: float) -> Any:
        x, t = flat(self.examples.images), self.examples.targets[:, 0]
        chosen = np.abs(x.T @ (t - t.mean())).argsort()[-8:]
        weights = np.zeros(x.shape[1])
        weights[chosen] = ridge(flat(train.images)[:, chosen], train.targets[:, 0], 100.0 * (1 - knob) + knob)
        return Model(weights)


def controls(strategy: Any, examples: Examples | None = None) -> dict[str, Control]:
    found = try_strategy(strategy, examples or cases(), folds=3)
    return {control.name[:2]: control for control in found.controls}


def failed(strategy: Any, examples: Examples | None = None) -> set[str]:
    return {name for name, control in controls(strategy, examples).items() if not control.passed}


def test_a_strategy_that_keeps_the_rules_gets_its_verdict() -> None:
    found = try_strategy(centred, cases(), name="less penalty", folds=3)
    assert [control.name[:2] for control in found.controls] == ["C1", "C2", "C3", "C4", "C5", "C6", "C7"]
    assert found.passed, found.sentence
    assert found.card.comparison.verdict in ("gain", "equivalent")
    assert "All controls held" in found.sentence
    assert found.as_dict()["notice"] == "Research use only"
    assert np.isfinite(found.table).all()


@pytest.mark.parametrize(
    ("strategy", "told"),
    [(nothing, {"C1"}), (abrupt, {"C1"}), (unlocks, {"C3"}), (fickle, {"C4", "C7"}), (blind, {"C6"})],
)
def test_a_strategy_that_breaks_a_rule_is_told_which(strategy: Any, told: set[str]) -> None:
    assert failed(strategy) == told


def test_answers_found_up_the_stack_are_seen_by_the_shuffled_labels_and_by_the_ledger() -> None:
    found = controls(peeks)
    assert not found["C2"].passed
    assert not found["C4"].passed
    assert "turned round where they lie, CHANGE" in found["C4"].sentence


def test_answers_kept_from_other_folds_are_seen_when_the_first_call_is_repeated_last() -> None:
    found = controls(Remembers())
    assert {name for name, control in found.items() if not control.passed} == {"C4"}
    assert "carried over" in found["C4"].sentence


def test_a_closure_over_all_answers_is_seen_whether_it_looks_them_up_or_chooses_pixels_by_them() -> None:
    examples = cases()
    for strategy in (Encloses(examples, copied=False), ChoosesByAll(examples, copied=False)):
        before = examples.targets.copy()
        found = controls(strategy, examples)
        assert "turned round where they lie, CHANGE" in found["C4"].sentence
        assert np.array_equal(examples.targets, before)


def test_answers_copied_beforehand_are_seen_because_they_do_not_turn_with_those_handed_over() -> None:
    examples = cases()
    found = controls(Encloses(examples, copied=True), examples)
    assert not found["C4"].passed
    assert "AUROC of the true answers after learning the opposite 1.000" in found["C4"].sentence


def test_what_a_strategy_gets_shares_no_memory_with_the_answers_that_judge() -> None:
    examples, seen = cases(), []

    def looks(train: Examples, val: Examples | None, seed: int, knob: float) -> Model:
        seen.append((train, val))
        return centred(train, val, seed, knob)

    try_strategy(looks, examples, folds=3)
    for part in (part for parts in seen for part in parts if part is not None):
        for table in (part.images, part.targets, part.weights):
            assert table.base is None
            assert not np.shares_memory(table, examples.targets)


def test_arms_that_are_not_given_the_same_are_no_pair(monkeypatch: pytest.MonkeyPatch) -> None:
    plain, calls = own_runner.inner, iter(range(10_000))
    monkeypatch.setattr(own_runner, "inner", lambda examples, seed: plain(examples, next(calls)))
    found = controls(centred)["C3"]
    assert not found.passed
    assert "seed 0, fold 1: knob 1 and knob 0 were given DIFFERENT data" in found.sentence


def test_pairs_lack_nothing() -> None:
    calls = [Given(0, seed, knob, "a", "a") for seed in range(5) for knob in (1.0, 0.0)]
    assert paired_calls(calls, knob=1.0, least=5).passed
    assert "knobs 1 in place of 1 and 0" in paired_calls(calls[:-1], knob=1.0, least=5).sentence
    assert "4 different seeds" in paired_calls(calls[:-2], knob=1.0, least=5).sentence
    assert not paired_calls([*calls, calls[0]], knob=1.0, least=5).passed


def test_a_copy_of_a_held_out_image_in_training_is_found() -> None:
    examples = cases()
    images = np.array(examples.images)
    images[1::2] = images[::2]
    twice = Examples.of(images, examples.targets, patients=examples.patients, findings=["nodule"])
    assert "C5" in failed(centred, twice)


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
