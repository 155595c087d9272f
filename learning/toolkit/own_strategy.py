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
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from learning.recipe_parts import InputPart
from learning.toolkit.baselines import predict_baseline
from learning.toolkit.bootstrap import Estimate
from learning.toolkit.controls import Control, leak_guard, shuffled_labels
from learning.toolkit.data import DataError, Examples, Floats, Indices
from learning.toolkit.splits import Split, grouped_holdout, grouped_kfold
from learning.toolkit.verdict import Cell, Spent, VerdictCard, verdict_card

TRACE = 1e-9
CLOSE = 1e-5
LEAST_SEEDS = 5
VALIDATION = 0.2


class Predictor(Protocol):
    """What a strategy returns."""

    def predict(self, images: Any) -> Any:
        """N x F probabilities of N images as stored."""


OwnStrategy = Callable[[Examples, Examples | None, int, float], Predictor]


class StrategyError(ValueError):
    """The function does not keep the contract; the message says where."""


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

    Raises StrategyError where the function breaks its contract, DataError for fewer patients than folds or fewer than
    five seeds.
    """
    if len(set(seeds)) < LEAST_SEEDS:
        raise DataError(f"A verdict needs at least {LEAST_SEEDS} different seeds (C3), not {len(set(seeds))}.")
    splits = grouped_kfold(examples.patients, examples.targets, k=folds, seed=0)
    runner = _Runner(strategy, examples, splits)
    controls, cells = [*_mechanism(runner, knob, tell)], []
    for number, (seed, (fold, (_, held))) in enumerate((s, f) for s in seeds for f in enumerate(splits)):
        tell(0.2 + 0.8 * number / (len(set(seeds)) * folds), f"Seed {seed}, fold {fold + 1} of {folds}")
        cells.append(Cell(int(seed), fold, held, runner.table(fold, seed, knob), runner.table(fold, seed, 0.0)))
    card = _card(name, "the same with knob 0", cells, examples, margin)
    trivial = _trivial(examples, splits, brightness or InputPart())
    mine = card.strategy_value
    beats = mine.value > trivial.value and mine.low is not None and mine.low > 0.5
    controls.insert(2, Control("C3 paired seeds", True, f"{len(set(seeds))} seeds, knob {knob:g} and 0 with each"))
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


class _Runner:
    """Calls the function with what it may see, and checks what it returns."""

    def __init__(self, strategy: OwnStrategy, examples: Examples, splits: list[Split]) -> None:
        self.strategy, self.examples, self.splits = strategy, examples, splits

    def parts(self, fold: int, seed: int) -> tuple[Examples, Examples | None, Examples]:
        """Training, validation (the same patients whatever the knob) and held-out cases of a fold."""
        rows, held = self.splits[fold]
        some, val = _inner(self.examples.take(rows), seed)
        return some, val, self.examples.take(held)

    def table(self, fold: int, seed: int, knob: float) -> Floats:
        train, val, held = self.parts(fold, seed)
        return self.ask(train, val, held.images, int(seed), knob)

    def ask(self, train: Examples, val: Examples | None, images: Any, seed: int, knob: float) -> Floats:
        """Train and predict; the held-out answers are nowhere in what is handed over."""
        try:
            predictor = self.strategy(_sealed(train), None if val is None else _sealed(val), seed, knob)
        except Exception as error:
            raise StrategyError(f"The function failed: {type(error).__name__}: {error}") from error
        if not callable(getattr(predictor, "predict", None)):
            name = type(predictor).__name__
            raise StrategyError(f"The function returned a {name}; an object with predict is needed.")
        table = np.asarray(predictor.predict(np.array(images)), dtype=np.float64)
        if table.shape != (len(images), len(train.findings)):
            raise StrategyError(
                f"predict gave {table.shape} for {len(images)} images and {len(train.findings)} findings; "
                "N x F probabilities are needed."
            )
        if not np.isfinite(table).all() or table.min() < 0 or table.max() > 1:
            raise StrategyError("predict gave numbers outside 0 to 1; probabilities are needed.")
        return table.astype(np.float32)


def _bound(value: float | None) -> str:
    return "too few cases" if value is None else f"{value:.3f}"


def _mechanism(runner: _Runner, knob: float, tell: Callable[[float, str], None]) -> list[Control]:
    """C1, C2, C4, C5 and C7, on the first fold."""
    tell(0.0, "Controls")
    off, trace = runner.table(0, 0, 0.0), runner.table(0, 0, TRACE)
    on, again = runner.table(0, 0, knob), runner.table(0, 0, knob)
    drift, moved = float(np.abs(trace - off).max()), float(np.abs(on - off).max())
    tell(0.1, "Controls")
    train, val, held = runner.parts(0, 0)

    def pipeline(blind: Examples, judge: Examples) -> Any:
        return runner.ask(*_inner(blind, 0), judge.images, 0, knob)

    whole = runner.examples.take(runner.splits[0][0])
    labels = sum(int(part.known().sum()) for part in (train, val) if part is not None)
    return [
        Control(
            "C1 no-op", drift <= CLOSE and moved > CLOSE,
            f"a knob of {TRACE:g} moves probabilities by {drift:.2g} ({CLOSE:g} allowed), {knob:g} by {moved:.2g}",
        ),
        shuffled_labels(whole, held, pipeline, seed=0),
        Control(
            "C4 label ledger", True,
            f"{labels} answers of training and validation were handed over, none of the {len(held)} held-out cases",
        ),
        leak_guard({"train": train, "held out": held} | ({"validation": val} if val is not None else {})),
        Control(
            "C7 determinism", bool(np.array_equal(on, again)),
            f"twice with seed 0: {'equal' if np.array_equal(on, again) else 'DIFFERENT'}",
        ),
    ]


def _inner(examples: Examples, seed: int) -> tuple[Examples, Examples | None]:
    try:
        rows, val = grouped_holdout(examples.patients, examples.targets, fraction=VALIDATION, seed=int(seed))
    except DataError:
        return examples, None
    return examples.take(rows), examples.take(val)


def _sealed(examples: Examples) -> Examples:
    """A copy that the function may not write into."""
    images, targets, weights = np.array(examples.images), examples.targets.copy(), examples.weights.copy()
    for table in (images, targets, weights):
        table.flags.writeable = False
    return replace(examples, images=images, targets=targets, weights=weights)


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
