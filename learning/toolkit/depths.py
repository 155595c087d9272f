"""How deep an incremental tuning goes: what inner folds say of each depth, and the choice."""

import json
import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from learning.toolkit.reports import FitResult


@dataclass(frozen=True, slots=True)
class DepthPoint:
    """One depth on inner held-out patients: stages that learn beside the head, mean loss and mean area over folds."""

    depth: int
    learning: str
    loss: float
    auroc: float | None


def choose_depth(curve: list[DepthPoint]) -> int:
    """The depth with the largest inner area, by the loss where areas are equal or unknown; ties to the fewest stages.

    >>> choose_depth([DepthPoint(0, "the head", 0.7, 0.8), DepthPoint(1, "layer4", 0.5, 0.8)])
    1
    """
    best = min(curve, key=lambda p: (-round(p.auroc or 0.0, 6), round(p.loss, 6), p.depth))
    return best.depth


def judged(result: FitResult) -> dict[str, float | None]:
    """Loss and mean area at the end of a phase."""
    last = result.history[-1]
    areas = [area for area in last.val_auroc.values() if area is not None]
    loss = math.inf if last.val_loss is None else last.val_loss
    return {"loss": loss, "auroc": float(np.mean(areas)) if areas else None}


def point_of(depth: int, names: list[str], folds: list[dict[str, float | None]]) -> DepthPoint:
    """One depth over all folds; `names` are the network's stages from the input upwards."""
    areas = [fold["auroc"] for fold in folds if fold["auroc"] is not None]
    top = names[len(names) - depth :]
    loss = float(np.mean([fold["loss"] or 0.0 for fold in folds]))
    return DepthPoint(depth, ", ".join([*top, "head"]), loss, float(np.mean(areas)) if areas else None)


def curve_sentence(curve: list[DepthPoint], depth: int, folds: int) -> str:
    """The choice and its curve, for the log."""
    told = ", ".join(f"{p.depth}: {'no area' if p.auroc is None else f'{p.auroc:.3f}'}" for p in curve)
    return (
        f"{depth} of {curve[-1].depth} stages learn, chosen on {folds} inner folds of the training patients (stages: "
        f"area {told})."
    )


def remembered(path: Path, identity: str) -> list[list[dict[str, float | None]]]:
    """Folds that an interrupted choice had finished; none of another recipe or other data."""
    try:
        state = json.loads(path.read_text())
    except (OSError, ValueError):
        return []
    found: list[list[dict[str, float | None]]] = state["folds"] if state.get("identity") == identity else []
    return found


def remember(path: Path, identity: str, folds: list[list[dict[str, float | None]]]) -> None:
    """Keep the finished folds, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(".partial")
    unfinished.write_text(json.dumps({"identity": identity, "folds": folds}))
    unfinished.replace(path)
