"""Train as the recipe's evaluation section says, and keep predictions for patients who chose nothing."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import numpy as np
import numpy.typing as npt

from learning.recipe import Recipe
from learning.toolkit.data import DataError, Examples, Floats, Indices
from learning.toolkit.finished_parts import FinishedParts, PartResult
from learning.toolkit.prediction import predict
from learning.toolkit.reports import EpochReport, FitResult
from learning.toolkit.search import Found, Trial, search
from learning.toolkit.segment.judging import score_rows
from learning.toolkit.segment.masks import MaskExamples
from learning.toolkit.splits import Split, grouped_holdout, leave_one_patient_out, repeated_kfold
from learning.toolkit.train import fit


@dataclass(frozen=True, slots=True)
class Outcome:
    """The trained model with its honest predictions.

    rows           rows of the examples that judged: a share of them, or all of them once per repeat.
    probabilities  len(rows) x F, each by a model that did not see the patient.
    folds          the training that predicted each row, counted from 0 over all repeats.
    repeats        the repeat of each row, from 0.
    trials         settings tried in each part, and for the final model last; empty where nothing was searched for.
    mask_scores    len(rows) x F x 3 of masks (`segment.scores.score_cases`); None of other tasks.
    """

    fit: FitResult
    rows: Indices
    probabilities: Floats
    folds: Indices
    repeats: Indices
    trials: tuple[tuple[Trial, ...], ...] = ()
    mask_scores: npt.NDArray[np.float64] | None = None


def fit_by_evaluation(
    examples: Examples,
    recipe: Recipe,
    *,
    workdir: Path,
    resume: bool = False,
    on_epoch: Callable[[int, EpochReport], None] = lambda fold, report: None,
    should_stop: Callable[[], bool] = lambda: False,
    extra: Examples | None = None,
    init_state: Path | None = None,
    device: str = "auto",
    processes: int = 1,
) -> Outcome:
    """Hold out a share of the patients, or cross-validate and then train once more on everything.

    Patients that judge choose nothing. Where the recipe stops early or keeps its best epoch, a share of the training
    patients chooses it; where it does not, the judging patients are only watched. Settings to search for are chosen on
    inner folds of the training part. After cross-validation the model is trained on all examples for the median of
    the epochs that the folds kept, with settings searched for on everything.

    processes  as in `train.fit`.

    `on_epoch` gets the training's number from 0; the final one, on everything, reports as the last. Trials are not
    reported. Raises as `train.fit` does, and DataError for too few patients.
    """
    parts = _Parts(examples, workdir, resume, on_epoch, should_stop, extra, init_state, device, processes)
    splits = [(repeat, split) for repeat, folds in enumerate(splits_of(examples, recipe)) for split in folds]
    if len(splits) == 1:
        rows, held = splits[0][1]
        found, only = parts.train(0, rows, held, recipe)
        judged = _judged(only, examples, held, found.trials, device)
        nothing = np.zeros(len(held), dtype=np.int64)
        trials = (found.trials,) if found.trials else ()
        return Outcome(only, held, judged.probabilities, nothing, nothing, trials, judged.mask_scores)
    finished, results = FinishedParts(workdir, recipe, examples, resume=resume), []
    for number, (_, (rows, held)) in enumerate(splits):
        known = finished.read(number)
        if known is None:
            found, result = parts.train(number, rows, held, recipe)
            known = _judged(result, examples, held, found.trials, device)
            if result.stopped_because == "cancelled":
                results.append(known)
                return _outcome(result, splits, results)
            finished.write(number, known, finished=workdir / f"fold-{number}")
        results.append(known)
    epochs = max(1, round(median(result.kept_epoch for result in results)))
    schedule = recipe.optimiser.model_copy(update={"max_epochs": epochs, "max_steps": None, "patience": 0})
    everything = recipe.model_copy(update={"optimiser": schedule})
    found, final = parts.train(len(splits), np.arange(len(examples)), None, everything)
    return _outcome(final, splits, results, last=found.trials)


@dataclass(frozen=True, slots=True)
class _Parts:
    """Trains one part: search, then training, with what all parts share."""

    examples: Examples
    workdir: Path
    resume: bool
    on_epoch: Callable[[int, EpochReport], None]
    should_stop: Callable[[], bool]
    extra: Examples | None
    init_state: Path | None
    device: str
    processes: int

    def train(self, number: int, rows: Indices, held: Indices | None, recipe: Recipe) -> tuple[Found, FitResult]:
        """Part `number`: `rows` to train on, `held` judges (None: nobody does)."""
        found = search(self.examples, rows, recipe, self._fit, folder=self.workdir / f"search-{number}")
        inside, watched = _watched(self.examples, rows, held, found.recipe)

        def report(told: EpochReport) -> None:
            self.on_epoch(number, told)

        return found, self._fit(inside, watched, found.recipe, self.workdir / f"fold-{number}", report)

    def _fit(
        self, rows: Indices, watched: Indices | None, recipe: Recipe, folder: Path,
        on_epoch: Callable[[EpochReport], None] = lambda report: None,
    ) -> FitResult:
        """Pseudolabelled images of patients outside `rows` stay out: they judge here, or choose."""
        known = {self.examples.patients[i] for i in rows}
        extra = None if self.extra is None else _without(self.extra, set(self.examples.patients) - known)
        return fit(
            self.examples.take(rows), None if watched is None else self.examples.take(watched), recipe, workdir=folder,
            resume=self.resume, on_epoch=on_epoch, should_stop=self.should_stop, extra=extra,
            init_state=self.init_state, device=self.device, processes=self.processes,
        )


def _outcome(
    final: FitResult, splits: list[tuple[int, Split]], results: list[PartResult], last: tuple[Trial, ...] = ()
) -> Outcome:
    done = splits[: len(results)]
    trials = (*(result.trials for result in results), last)
    scores = [result.mask_scores for result in results]
    return Outcome(
        fit=final,
        rows=np.concatenate([held for _, (_, held) in done]),
        probabilities=np.concatenate([result.probabilities for result in results]),
        folds=np.concatenate([np.full(len(held), number) for number, (_, (_, held)) in enumerate(done)]),
        repeats=np.concatenate([np.full(len(held), repeat) for repeat, (_, held) in done]),
        trials=trials if any(trials) else (),
        mask_scores=None if any(s is None for s in scores) else np.concatenate([s for s in scores if s is not None]),
    )


def _judged(
    result: FitResult, examples: Examples, held: Indices, trials: tuple[Trial, ...], device: str
) -> PartResult:
    """What the part's model makes of the patients that judge it."""
    told = predict(result.model, examples.images[held], device=device).probabilities
    scores = score_rows(result.model, examples, held, device=device) if isinstance(examples, MaskExamples) else None
    return PartResult(told, result.kept_epoch, trials, scores)


def splits_of(examples: Examples, recipe: Recipe) -> list[list[Split]]:
    """Per repeat, the pairs of rows to train on and rows that judge; a hold-out is one repeat of one pair."""
    part = recipe.evaluation
    if part.kind == "kfold":
        return repeated_kfold(
            examples.patients, examples.targets, k=part.folds, repeats=part.repeats, seed=recipe.seed
        )
    if part.kind == "leave_one_out":
        return [leave_one_patient_out(examples.patients)]
    return [[grouped_holdout(examples.patients, examples.targets, fraction=part.fraction, seed=recipe.seed)]]


def chooses_epoch(recipe: Recipe) -> bool:
    """Whether a training by `recipe` lets its validation cases decide anything."""
    listens = recipe.imbalance.sampling == "dynamic"  # to the last epoch's answers
    return recipe.optimiser.keep == "best" or recipe.optimiser.patience > 0 or listens


def _watched(
    examples: Examples, rows: Indices, held: Indices | None, recipe: Recipe
) -> tuple[Indices, Indices | None]:
    """Rows to train on, and rows to validate on: judging rows only where validation decides nothing."""
    if held is None or not chooses_epoch(recipe):
        return rows, held
    inside = examples.take(rows)
    try:
        some, chosen = grouped_holdout(
            inside.patients, inside.targets, fraction=recipe.evaluation.fraction, seed=recipe.seed
        )
    except DataError:
        return rows, None  # too few patients to set one aside: the last epoch is kept
    return (rows[some], rows[chosen]) if len(some) > 1 else (rows, None)


def _without(extra: Examples, patients: set[str]) -> Examples | None:
    rows = [i for i, patient in enumerate(extra.patients) if patient not in patients]
    return extra.take(rows) if rows else None
