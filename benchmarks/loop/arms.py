"""One arm with one seed: a teacher, then turns; every arm spends the same labels and trains by the same recipe."""

from __future__ import annotations

import tempfile
import time
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from benchmarks.loop.data import Task
from learning.recipe import Recipe
from learning.services.pseudolabels import cap_per_class
from learning.toolkit.active import PoolView, query_named
from learning.toolkit.calibrate import fit_scaling, scale
from learning.toolkit.controls import Oracle
from learning.toolkit.crossfit import fit_by_evaluation
from learning.toolkit.data import Examples
from learning.toolkit.prediction import Predictions, predict
from learning.toolkit.semi import select_pseudolabels

Table = npt.NDArray[np.float64]
THRESHOLD, AUDITED_SHARE = 0.95, 0.1


@dataclass(frozen=True)
class Arm:
    """How cases are chosen, and whether the teacher's confident predictions are learned from."""

    name: str
    query: str
    pseudolabels: bool


LOOP = Arm("loop", "margin", True)
RANKED = Arm("ranked", "margin", False)
RANDOM = Arm("random", "random", False)
ARMS = (LOOP, RANKED, RANDOM)


@dataclass
class Played:
    """Gate probabilities after the teacher and each turn, labels spent by then, pseudolabels used; CPU seconds."""

    tables: list[Table] = field(default_factory=list)
    spent: list[int] = field(default_factory=list)
    pseudo: list[int] = field(default_factory=list)
    seconds: float = 0.0


@dataclass(frozen=True)
class _Model:
    pool: Predictions
    calibrated: Table


def play(task: Task, arm: Arm, recipe: Recipe, *, turns: int, seed: int) -> Played:
    """The arm's whole life. The first labels are drawn at random and are the same in every arm of a seed."""
    began = time.process_time()
    budget = task.plan.first + turns * task.plan.per_turn
    oracle, played = Oracle(task.pool.targets, budget=budget), Played()
    order = np.random.default_rng([seed, 0]).permutation(len(task.pool))
    chosen, extra = list(map(int, order[: task.plan.first])), None
    for turn in range(turns + 1):
        labelled = replace(task.pool.take(chosen), targets=np.asarray(oracle.read(chosen), np.float32))
        model = _train(task, labelled, extra, recipe.model_copy(update={"seed": seed}), played)
        played.spent.append(oracle.spent)
        played.pseudo.append(0 if extra is None else len(extra))
        if turn < turns:
            chosen += _choose(task, arm, model, chosen, np.random.default_rng([seed, 1, turn]))
            extra = _pseudolabels(task, model, chosen, seed + turn) if arm.pseudolabels else None
    played.seconds = time.process_time() - began
    return played


def _train(task: Task, labelled: Examples, extra: Examples | None, recipe: Recipe, played: Played) -> _Model:
    with tempfile.TemporaryDirectory() as folder:
        network = fit_by_evaluation(labelled, recipe, workdir=Path(folder), extra=extra, device="cpu").fit.model

    def asked(images: Any) -> Predictions:
        return predict(network, images, device="cpu")

    on_calibration = asked(task.calibration.images).probabilities
    temperatures, shifts = fit_scaling(on_calibration, task.calibration.targets)
    played.tables.append(scale(asked(task.gate.images).probabilities, temperatures, shifts))
    pool = asked(task.pool.images)
    return _Model(pool, scale(pool.probabilities, temperatures, shifts))


def _choose(task: Task, arm: Arm, model: _Model, chosen: list[int], generator: np.random.Generator) -> list[int]:
    unread = np.setdiff1d(np.arange(len(task.pool)), chosen)
    view = PoolView(
        keys=tuple(task.pool.keys[i] for i in unread), findings=task.pool.findings,
        probabilities=model.calibrated[unread], embeddings=model.pool.embeddings[unread],
        labelled_embeddings=model.pool.embeddings[chosen],
    )
    ranking = query_named(arm.query)(view, count=task.plan.per_turn, generator=generator)
    return [int(i) for i in unread[ranking.order]]


def _pseudolabels(task: Task, model: _Model, chosen: list[int], seed: int) -> Examples | None:
    unread = np.setdiff1d(np.arange(len(task.pool)), chosen)
    selection = select_pseudolabels(
        model.calibrated[unread], thresholds=THRESHOLD, max_per_class=cap_per_class(len(unread)),
        audited_share=AUDITED_SHARE, generator=np.random.default_rng(seed),
    )
    if not len(selection.rows):
        return None
    return replace(task.pool.take(unread[selection.rows]), targets=selection.targets[selection.rows])
