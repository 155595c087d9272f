"""Effects of the rows in `learning.toolkit.inventory.evaluation`.

E2 and E3 ask how far an estimate is from the truth, so a "case" is a small set of phantoms that is drawn and judged;
the classifier is HOG with logistic regression, cheap enough for hundreds of trainings.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from benchmarks.strategy_table.bench import Bench
from benchmarks.strategy_table.paired import Paired
from learning.toolkit.baselines import gradient_histograms
from learning.toolkit.data import Examples
from learning.toolkit.ranks import auroc
from learning.toolkit.splits import Split, grouped_holdout, grouped_kfold, leave_one_patient_out

SETS = 8
GAMMAS = (0.5, 1.0, 2.0)
"""Tone curves of three scanners; the last is in no training set."""
Features = npt.NDArray[Any]


def whole_set_against_three_way_split(bench: Bench) -> Paired:
    """E1: 60 cases, of which a split into training, validation and test leaves 36."""
    train, test = bench.phantoms(train=60, findings=("effusion", "cardiomegaly"))
    known, asked = _features(bench, train), _features(bench, test)
    tables = []
    for rows in (np.arange(60), np.arange(36)):
        columns = [_fitted(known[rows], train.targets[rows, i], asked) for i in range(2)]
        tables.append(np.stack(columns, axis=1))
    return Paired.auroc(*tables, test)


def folds_against_holdout(bench: Bench) -> Paired:
    """E2: how near the truth 5 folds and a hold-out come on 60 cases."""
    def holdout(part: Examples) -> list[Split]:
        return [grouped_holdout(part.patients, part.targets, fraction=0.2, seed=bench.seed)]

    def folds(part: Examples) -> list[Split]:
        return grouped_kfold(part.patients, part.targets, k=5, seed=bench.seed)

    return _nearness(bench, folds, holdout, size=60, prevalence=0.4)


def leave_one_out_against_folds(bench: Bench) -> Paired:
    """E3: the same on 40 cases with a fifth of them positive, one patient at a time against 5 folds."""
    def alone(part: Examples) -> list[Split]:
        return leave_one_patient_out(part.patients)

    def folds(part: Examples) -> list[Split]:
        return grouped_kfold(part.patients, part.targets, k=5, seed=bench.seed)

    return _nearness(bench, alone, folds, size=40, prevalence=0.2)


def _nearness(bench: Bench, first: Any, second: Any, *, size: int, prevalence: float) -> Paired:
    """Minus the distance of the estimated AUROC from the one on new cases, per drawn set."""
    train, test = bench.phantoms(
        train=SETS * size, findings=("effusion",), prevalence={"effusion": prevalence}
    )
    known, asked = _features(bench, train), _features(bench, test)
    scores: list[list[float]] = [[], []]
    for number in range(SETS):
        rows = np.arange(number * size, (number + 1) * size)
        part, own = train.take(rows), known[rows]
        truth = auroc(_fitted(own, part.targets[:, 0], asked), test.targets[:, 0])
        for place, splits in enumerate((first(part), second(part))):
            told = _estimated(own, part.targets[:, 0], splits)
            scores[place].append(-abs(told - truth) if told is not None and truth is not None else np.nan)
    return Paired.scores(*scores, [f"set {n}" for n in range(SETS)], "AUROC nearer to the truth")


def _estimated(features: Features, targets: Features, splits: Iterable[Split]) -> float | None:
    table = np.full(len(targets), np.nan)
    for rows, held in splits:
        table[held] = _fitted(features[rows], targets[rows], features[held])
    judged = ~np.isnan(table)
    return auroc(table[judged], targets[judged])


def _features(bench: Bench, part: Examples) -> Features:
    return gradient_histograms(part.images, bench.recipe().input)


def _fitted(known: Features, targets: Features, asked: Features) -> Features:
    if len(np.unique(targets)) < 2:
        return np.full(len(asked), float(targets.mean()))
    model = make_pipeline(StandardScaler(), LogisticRegression(C=0.01, max_iter=200, class_weight="balanced"))
    return np.asarray(model.fit(known, targets).predict_proba(asked)[:, 1])


def two_scanners_against_one(bench: Bench) -> Paired:
    """G2: 200 images, half of them with another tone curve or all with one."""
    train, test = bench.phantoms(findings=("effusion", "cardiomegaly"))
    asked = replace(test, images=_toned(test.images, np.arange(len(test)) % 3))
    tables = []
    for scanner in (np.arange(len(train)) % 2, np.ones(len(train), int)):
        tables.append(bench.ask(bench.train({}, replace(train, images=_toned(train.images, scanner))), asked))
    return Paired.auroc(*tables, asked)


def _toned(images: Any, scanner: npt.NDArray[np.int64]) -> npt.NDArray[np.float32]:
    unit = np.asarray(images, np.float32) / np.max(images, axis=(1, 2), keepdims=True)
    return np.asarray(unit ** np.asarray(GAMMAS, np.float32)[scanner][:, None, None], np.float32)


def forty_labels_against_four_hundred(bench: Bench) -> Paired:
    """G4: the first 40 of 400 cases against all of them, equal steps."""
    train, test = bench.phantoms(train=400, findings=("effusion", "consolidation"))
    tables = [bench.ask(bench.train({}, part), test) for part in (train.take(range(40)), train)]
    return Paired.auroc(*tables, test)
