"""A run's held-out predictions as arrays: one row per image, of the first repeat."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from core.models import User
from learning.models import ModelVersion, Run
from learning.services.held_out import held_out_for
from learning.services.runs import held_out_path

Table = npt.NDArray[np.float64]


@dataclass(frozen=True)
class HeldOut:
    """N images with N x F probabilities (calibrated as the model's card says) and targets, NaN where not assessed."""

    uids: list[str]
    patients: list[str]
    findings: list[str]
    probabilities: Table
    targets: Table

    def take(self, rows: Iterable[int], findings: Iterable[str]) -> HeldOut:
        """These images and findings, in this order."""
        index, names = list(rows), list(findings)
        columns = [self.findings.index(name) for name in names]
        return HeldOut(
            [self.uids[row] for row in index], [self.patients[row] for row in index], names,
            self.probabilities[np.ix_(index, columns)], self.targets[np.ix_(index, columns)],
        )


def held_out_of(*, user: User, run: Run) -> HeldOut | None:
    """What this person may see of the run's predictions: not of studies that are yet to be read unaided.

    None while there is no file, and for runs whose predictions are not one number per image and finding.
    """
    if not held_out_path(run).exists():
        return None
    with held_out_for(user=user, run=run) as body:
        rows = list(csv.DictReader(body.read().decode().splitlines()))
    if not rows:
        return None
    findings = [name.removesuffix("_target") for name in rows[0] if name.endswith("_target")]
    first = [row for row in rows if row.get("repeat", "0") == "0"]
    if not findings:
        return None
    probabilities = np.array([[_number(row[code]) for code in findings] for row in first])
    return HeldOut(
        [row["sop_uid"].partition(":")[0] for row in first], [row["patient"] for row in first], findings,
        _calibrated(run, probabilities),
        np.array([[_number(row[f"{code}_target"]) for code in findings] for row in first]),
    )


def _calibrated(run: Run, probabilities: Table) -> Table:
    """With the card's temperatures and shifts, as its figures are; classes that share one stay as they are."""
    from learning.toolkit.calibrate import scale

    version: ModelVersion | None = getattr(run, "model_version", None)
    card = version.card if version is not None else {}
    kind = card.get("recipe", {}).get("targets", {}).get("kind", "binary")
    if kind == "multiclass" or (card.get("temperatures") is None and card.get("shifts") is None):
        return probabilities
    width = probabilities.shape[1]
    return scale(probabilities, card.get("temperatures") or [1.0] * width, card.get("shifts") or [0.0] * width)


def _number(text: str | None) -> float:
    return float(text) if text else float("nan")
