"""The errors of a run that are worth looking at: held-out images where it was sure and wrong."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.models import User
from imaging.models import Instance
from learning.models import ModelVersion, Run
from learning.selectors.held_out_tables import held_out_of


@dataclass(frozen=True)
class ShownError:
    """One image on the wrong side of the threshold; its study leads to the reading room."""

    instance: Instance
    kind: str
    probability: float


@dataclass(frozen=True)
class FindingErrors:
    finding: str
    threshold: float
    cases: int
    missed: int
    false_alarms: int
    shown: list[ShownError]


def errors_of(*, user: User, run: Run, count: int = 6) -> list[FindingErrors] | None:
    """Per finding the surest errors, `count` of each kind at most; None while the run has no predictions."""
    from learning.toolkit.errors import worst_mistakes

    table = held_out_of(user=user, run=run)
    if table is None:
        return None
    instances = {
        instance.sop_uid: instance
        for instance in Instance.objects.visible_to(user).filter(sop_uid__in=table.uids).select_related("series__study")
    }
    thresholds, found = _thresholds(run), []
    for column, code in enumerate(table.findings):
        p, t = table.probabilities[:, column], table.targets[:, column]
        threshold = thresholds.get(code, 0.5)
        shown = [
            ShownError(instances[table.uids[one.row]], one.kind, one.probability)
            for one in worst_mistakes(p, t, threshold=threshold, count=count) if table.uids[one.row] in instances
        ]
        hard = (t == 0) | (t == 1)
        found.append(FindingErrors(
            code, threshold, int(hard.sum()), int(((t == 1) & (p < threshold)).sum()),
            int(((t == 0) & (p >= threshold)).sum()), shown,
        ))
    return found


def _thresholds(run: Run) -> dict[str, float]:
    version: ModelVersion | None = getattr(run, "model_version", None)
    points = (version.card.get("points") if version is not None else None) or []
    codes = version.findings if version is not None else []
    return {code: float(np.clip(point["threshold"], 0, 1)) for code, point in zip(codes, points, strict=False)}
