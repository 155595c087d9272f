"""The one figure that a model of a kind of task is named by."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from learning.models import ModelVersion

LABELS = {
    "binary": "AUROC", "progression": "AUROC", "multiclass": "balanced accuracy", "ordinal": "quadratic kappa",
    "segmentation": "Dice",
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


def _first(label: str, rows: Any, name: str) -> dict[str, Any]:
    known = [row for row in rows or [] if row.get(name)]
    if not known:
        return {"label": label, "figure": None}
    return {"label": f"{label} of {known[0]['finding']}" if len(rows) > 1 else label, "figure": known[0][name]}
