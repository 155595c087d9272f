"""How often the likeliest of several classes is the true one."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from learning.toolkit.bootstrap import Estimate, estimate, patient_weights
from learning.toolkit.ordinal import grade_metrics
from learning.toolkit.volume_under_surface import volume_with_interval

Table = npt.NDArray[np.float64]
_EDGE = 1e-7


@dataclass(frozen=True, slots=True)
class ClassMetrics:
    """Of all classes together, on cases with a known class.

    balanced_accuracy  mean over the classes of the share recognised; 1 / C by guessing.
    volume             under the ROC surface, for exactly three classes; 1/6 by guessing.
    log_loss           mean of minus the log probability of the true class.
    confusion          C x C counts, true class down, likeliest across.
    """

    classes: tuple[str, ...]
    n: int
    n_patients: int
    reason: str | None
    accuracy: Estimate | None
    balanced_accuracy: Estimate | None
    log_loss: Estimate | None
    volume: Estimate | None
    confusion: tuple[tuple[int, ...], ...]


def class_metrics(
    probabilities: Table, targets: Table, *, classes: Sequence[str], patients: Sequence[str], replicates: int = 1000,
    seed: int = 0,
) -> ClassMetrics:
    """N x C tables; rows with a NaN or soft target are left out. 95 % intervals over patients."""
    keep = ((targets == 0) | (targets == 1)).all(axis=1) & (targets.sum(axis=1) == 1)
    p, owners = probabilities[keep], [one for one, kept in zip(patients, keep, strict=True) if kept]
    true, count = targets[keep].argmax(axis=1), len(classes)
    table = np.zeros((count, count), dtype=int)
    np.add.at(table, (true, p.argmax(axis=1)), 1)
    confusion = tuple(tuple(int(cell) for cell in row) for row in table)
    if not len(p):
        return ClassMetrics(tuple(classes), 0, 0, "No case with a known class.", None, None, None, None, confusion)
    right = p.argmax(axis=1) == true
    loss = -np.log(np.clip(p[np.arange(len(p)), true], _EDGE, 1))

    def statistics(w: Table) -> Table:
        with np.errstate(invalid="ignore", divide="ignore"):
            recalls = np.stack([w[:, true == k] @ right[true == k] / w[:, true == k].sum(axis=1) for k in range(count)])
            known = np.isfinite(recalls)
            balanced = np.where(known, recalls, 0).sum(axis=0) / known.sum(axis=0)
        total = w.sum(axis=1)
        return np.stack([w @ right / total, balanced, w @ loss / total])

    spread = np.concatenate(
        [statistics(w) for w in patient_weights(owners, replicates=replicates, seed=seed)], axis=1
    )
    values = statistics(np.ones((1, len(p))))[:, 0]
    accuracy, balanced, log_loss = (estimate(float(v), row) for v, row in zip(values, spread, strict=True))
    missing = [name for k, name in enumerate(classes) if not (true == k).any()]
    return ClassMetrics(
        classes=tuple(classes), n=len(p), n_patients=len(set(owners)),
        reason=f"No case of {', '.join(missing)}." if missing else None,
        accuracy=accuracy, balanced_accuracy=balanced, log_loss=log_loss,
        volume=volume_with_interval(p, true, patients=owners, replicates=min(replicates, 200), seed=seed)
        if count == 3 else None,
        confusion=confusion,
    )


def task_figures(
    kind: str, columns: Sequence[str], probabilities: Table, targets: Table, patients: Sequence[str],
    *, replicates: int = 1000, seed: int = 0,
) -> dict[str, Any]:
    """What a kind of task has beyond figures per column, JSON-ready, with the kind's name."""
    how: dict[str, Any] = {"patients": patients, "replicates": replicates, "seed": seed}
    if kind == "multiclass":
        return {"kind": kind, "classes": asdict(class_metrics(probabilities, targets, classes=columns, **how))}
    if kind == "ordinal":
        found = grade_metrics(probabilities, targets, columns=columns, **how)
        return {"kind": kind, "grades": [asdict(one) for one in found]}
    return {"kind": kind}
