"""A researcher's own way of training, one Python function, under the controls that every built-in strategy passes.

The function runs in the caller's process, on the caller's machine. It is never stored, sent or loaded by a service.

    def strategy(train: Examples, val: Examples | None, seed: int, knob: float) -> Predictor

train  labelled examples; val  a few patients apart, to stop early or choose by, None when there are too few
seed   of everything that is drawn by chance: equal seeds must give equal predictions
knob   how much of the idea is used: 0 is plain training without it (the control arm), 1 the idea as it is meant
returns an object whose `predict(images)` gives N x F probabilities, columns in the order of `train.findings`
"""

import importlib.util
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from learning.recipe_parts import InputPart
from learning.toolkit.baselines import predict_baseline
from learning.toolkit.bootstrap import Estimate
from learning.toolkit.controls import (
    LEAST_SEEDS,
    Control,
    Pipeline,
    leak_guard,
    paired_calls,
    shuffled_labels,
    turned_labels,
)
from learning.toolkit.data import DataError, Examples, Floats, Indices
from learning.toolkit.own_runner import OwnStrategy, Runner, StrategyError, inner
from learning.toolkit.splits import Split, grouped_kfold
from learning.toolkit.verdict import Cell, Spent, VerdictCard, verdict_card

TRACE = 1e-9
CLOSE = 1e-5

__all__ = ["OwnStrategy", "OwnVerdict", "StrategyError", "load_strategy", "try_strategy"]


@dataclass(frozen=True, slots=True)
class OwnVerdict:
    """Controls C1 to C7, and the verdict of knob 1 against knob 0 over seeds and patients.

    trivial   AUROC of brightness alone on the same cases (C6).
    table     N x F probabilities of the first seed, each by a model that had not seen the patient; `rows` their rows.
    """

    card: VerdictCard
    controls: tuple[Control, ...]
    trivial: Estimate
    table: Floats

    @property
    def passed(self) -> bool:
        """Whether every control held; without that the verdict means nothing."""
        return all(control.passed for control in self.controls)

    @property
    def sentence(self) -> str:
        """The verdict, or which controls did not hold."""
        failed = [control.name for control in self.controls if not control.passed]
        if failed:
            return f"No verdict: {', '.join(failed)} did not hold. {self.card.sentence} Do not rely on it."
        return f"{self.card.sentence} All controls held."

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready, without the table."""
        return {
            "sentence": self.sentence, "passed": self.passed, "verdict": self.card.as_dict(),
            "controls": [asdict(control) for control in self.controls], "brightness_alone": asdict(self.trivial),
            "notice": "Research use only",
        }


def try_strategy(
    strategy: OwnStrategy,
    examples: Examples,
    *,
    name: str = "own strategy",
    folds: int = 5,
    seeds: Sequence[int] = range(LEAST_SEEDS),
    knob: float = 1.0,
    margin: float = 0.02,
    brightness: InputPart | None = None,
    tell: Callable[[float, str], None] = lambda part, words: None,
) -> OwnVerdict:
    """Train with the knob on and at 0 for every seed and fold, and hold both against the same held-out patients.

    brightness  how images are read for the trivial baseline; as stored with percentile scaling unless given.
    tell        gets the share that is done, and words.

    For the length of one call the held-out answers of the first fold stand turned round in `examples.targets` (C4).

    Raises StrategyError where the function breaks its contract, DataError for fewer patients than folds or fewer than
    five seeds.
    """
    if len(set(seeds)) < LEAST_SEEDS:
        raise DataError(f"A verdict needs at least {LEAST_SEEDS} different seeds (C3), not {len(set(seeds))}.")
    splits = grouped_kfold(examples.patients, examples.targets, k=folds, seed=0)
    runner = Runner(strategy, examples, splits)
    controls, on = _mechanism(runner, knob, tell)
    cells, earlier = [], len(runner.calls)
    for number, (seed, (fold, (_, held))) in enumerate((s, f) for s in seeds for f in enumerate(splits)):
        tell(0.2 + 0.8 * number / (len(set(seeds)) * folds), f"Seed {seed}, fold {fold + 1} of {folds}")
        cells.append(Cell(int(seed), fold, held, runner.table(fold, seed, knob), runner.table(fold, seed, 0.0)))
    controls.insert(2, paired_calls(runner.calls[earlier:], knob=knob, least=LEAST_SEEDS))
    controls.insert(3, _ledger(runner, knob, on, steady=controls[-1].passed))
    card = _card(name, "the same with knob 0", cells, examples, margin)
    trivial = _trivial(examples, splits, brightness or InputPart())
    mine = card.strategy_value
    beats = mine.value > trivial.value and mine.low is not None and mine.low > 0.5
    controls.insert(5, Control(
        "C6 trivial baseline", beats,
        f"AUROC {mine.value:.3f} ({_bound(mine.low)} to {_bound(mine.high)}), brightness alone {trivial.value:.3f} on "
        "the same cases; it must be the better, and better than chance",
    ))
    return OwnVerdict(card, tuple(controls), trivial, _first_seed(cells, examples))


def load_strategy(reference: str) -> OwnStrategy:
    """The function that `FILE.py:NAME` names, from a file of this machine. Raises StrategyError saying what is missing.

    Running a file runs everything in it: only your own.
    """
    file, _, name = reference.rpartition(":")
    path = Path(file)
    if not file or path.suffix != ".py" or not path.is_file():
        raise StrategyError(f"{reference!r} does not name a function as FILE.py:NAME; is the file there?")
    spec = importlib.util.spec_from_file_location(f"own_strategy_{path.stem}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        raise StrategyError(f"{path} can't be loaded: {type(error).__name__}: {error}") from error
    found = getattr(module, name, None)
    if not callable(found):
        known = ", ".join(key for key, value in vars(module).items() if callable(value) and not key.startswith("_"))
        raise StrategyError(f"{path} has no function {name!r}; it has: {known or 'none'}.")
    loaded: OwnStrategy = found
    return loaded


def _bound(value: float | None) -> str:
    return "too few cases" if value is None else f"{value:.3f}"


def _mechanism(runner: Runner, knob: float, tell: Callable[[float, str], None]) -> tuple[list[Control], Floats]:
    """C1, C2, C5 and C7 on the first fold, and its probabilities with the knob on."""
    tell(0.0, "Controls")
    off, trace = runner.table(0, 0, 0.0), runner.table(0, 0, TRACE)
    on, again = runner.table(0, 0, knob), runner.table(0, 0, knob)
    drift, moved = float(np.abs(trace - off).max()), float(np.abs(on - off).max())
    tell(0.1, "Controls")
    train, val, held = runner.parts(0, 0)
    whole = runner.examples.take(runner.splits[0][0])
    return [
        Control(
            "C1 no-op", drift <= CLOSE and moved > CLOSE,
            f"a knob of {TRACE:g} moves probabilities by {drift:.2g} ({CLOSE:g} allowed), {knob:g} by {moved:.2g}",
        ),
        shuffled_labels(whole, held, _pipeline(runner, knob), seed=0),
        leak_guard({"train": train, "held out": held} | ({"validation": val} if val is not None else {})),
        Control(
            "C7 determinism", bool(np.array_equal(on, again)),
            f"twice with seed 0: {'equal' if np.array_equal(on, again) else 'DIFFERENT'}",
        ),
    ], on


def _ledger(runner: Runner, knob: float, on: Floats, *, steady: bool) -> Control:
    """C4, after everything else: answers that were not handed over make no difference, wherever they lie.

    on  probabilities of the first fold, as they were before any other fold was seen.
    """
    if not steady:
        return Control("C4 label ledger", False, "can't be told: the same seed gives different numbers (C7)")
    train, val, held = runner.parts(0, 0)
    whole = runner.examples.take(runner.splits[0][0])
    failed = []
    with runner.turned_where_they_lie(0) as could:
        if could and not np.array_equal(runner.table(0, 0, knob), on):
            failed.append("held-out answers, turned round where they lie, CHANGE the predictions")
    if not np.array_equal(runner.table(0, 0, knob), on):
        failed.append("the first call, repeated after all others, gives OTHER predictions: something was carried over")
    turned = turned_labels(whole, held, _pipeline(runner, knob))
    if not turned.passed:
        failed.append(turned.sentence)
    labels = sum(int(part.known().sum()) for part in (train, val) if part is not None)
    unseen = "" if could else " (your array of answers can't be written into, so it was not turned round in place)"
    return Control("C4 label ledger", not failed, "; ".join(failed) or (
        f"{labels} answers of training and validation were handed over, and no other told: {turned.sentence}{unseen}"
    ))


def _pipeline(runner: Runner, knob: float) -> Pipeline:
    return lambda whole, judge: runner.ask(*inner(whole, 0), judge.images, 0, knob)


def _card(name: str, control: str, cells: list[Cell], examples: Examples, margin: float) -> VerdictCard:
    alike = Spent(0, 1, "as the function does it")
    return verdict_card(
        name, control, cells, examples.targets, findings=examples.findings, patients=examples.patients,
        spent=(alike, alike), margin=margin,
    )


def _trivial(examples: Examples, splits: list[Split], spec: InputPart) -> Estimate:
    cells = []
    for fold, (rows, held) in enumerate(splits):
        table = predict_baseline("trivial", examples.take(rows), examples.images[held], spec)
        cells.append(Cell(0, fold, held, table, table))
    return _card("brightness alone", "itself", cells, examples, 0.02).strategy_value


def _first_seed(cells: list[Cell], examples: Examples) -> Floats:
    table = np.full(examples.targets.shape, np.nan, np.float32)
    for cell in cells:
        if cell.seed == cells[0].seed:
            rows: Indices = cell.rows
            table[rows] = cell.strategy
    return table
