"""The one figure that a model of a kind of task is named by."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from learning.models import ModelVersion
from learning.toolkit.tasks import NONE, asked_by, finding_of

LABELS = {
    "binary": "AUROC", "progression": "AUROC", "multiclass": "balanced accuracy", "ordinal": "quadratic kappa",
    "segmentation": "Dice where present",
}


def task_of(version: ModelVersion) -> str:
    """The kind of task; models from before there were kinds are binary."""
    recipe = version.card.get("recipe") or {}
    return str((recipe.get("targets") or {}).get("kind") or "binary")


def headline(metrics: Mapping[str, Any] | None) -> dict[str, Any]:
    """`label` and `figure` (an estimate; None where it is not defined) of gate or held-out metrics.

    Of several findings, the mean over them has an interval for AUROC alone; for others the first finding's stands.
    """
    kind = str((metrics or {}).get("kind") or "binary")
    label = LABELS.get(kind, "AUROC")
    if not metrics:
        return {"label": label, "figure": None}
    if kind == "multiclass":
        return {"label": label, "figure": (metrics.get("classes") or {}).get("balanced_accuracy")}
    if kind == "ordinal":
        return _first(label, metrics.get("grades"), "quadratic_kappa")
    if kind == "segmentation":
        return _first(label, metrics.get("findings"), "dice_present")
    return {"label": label, "figure": metrics.get("macro_auroc")}


def gate_figure(gate: Mapping[str, Any] | None) -> tuple[str, dict[str, Any] | None]:
    """Name and estimate of what turns of a loop are compared by: macro AUROC, or mean Dice of models that outline."""
    if gate is not None and gate.get("kind") == "segmentation":
        return "Dice", gate.get("mean_dice")
    return "AUROC", (gate or {}).get("macro_auroc")


def compared_by(kind: str) -> str:
    """The name alone, before there is a figure."""
    return "Dice" if kind == "segmentation" else "AUROC"


def _first(label: str, rows: Any, name: str) -> dict[str, Any]:
    known = [row for row in rows or [] if row.get(name)]
    if not known:
        return {"label": label, "figure": None}
    return {"label": f"{label} of {known[0]['finding']}" if len(rows) > 1 else label, "figure": known[0][name]}


def column_names(columns: Sequence[str], findings: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """Column of a task → words for a page: `Opacity, moderate or worse`; from a snapshot's own description."""
    known = {finding["code"]: finding for finding in findings}
    kind, _ = asked_by(columns)
    told = {}
    for column in columns:
        code = finding_of(column)
        finding = known.get(code, {})
        name = str(finding.get("name") or code)
        level = column[len(code) :].lstrip(">=")
        grades = ["absent", *finding.get("grades", [])]
        if column == NONE and kind == "multiclass":
            told[column] = "none of them"
        elif level.isdigit() and int(level) < len(grades):
            told[column] = f"{name}, {grades[int(level)]}{' or worse' if kind == 'ordinal' else ''}"
        else:
            told[column] = f"{name} worse than before" if kind == "progression" else name
    return told
