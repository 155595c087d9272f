"""What a snapshot cost in readers' labels, and how many of them simulated readers gave."""

from __future__ import annotations

from dataclasses import dataclass

from django.core.cache import cache

from annotation.models import Source
from learning.models import Snapshot


@dataclass(frozen=True)
class LabelsSpent:
    """Studies with readers' answers in a snapshot; `simulated` of them were answered by simulated readers alone."""

    studies: int
    simulated: int


def labels_spent_in(snapshot: Snapshot) -> LabelsSpent:
    """A snapshot never changes, so the count is kept in the cache under its hash."""
    key = f"labels-spent:{snapshot.pk}:{snapshot.hash}"
    found: LabelsSpent | None = cache.get(key)
    if found is None:
        found = _count(snapshot)
        cache.set(key, found, timeout=None)
    return found


def _count(snapshot: Snapshot) -> LabelsSpent:
    simulated = {
        str(source) for source in Source.objects.filter(project=snapshot.project_id, kind="reader", is_simulated=True)
    }
    by_study: dict[int, set[str]] = {}
    rows = snapshot.rows.filter(origin="verified").values_list("instance__series__study_id", "sources")
    for study, sources in rows:
        by_study.setdefault(study, set()).update(name for text in sources.values() for name in text.split(", "))
    return LabelsSpent(len(by_study), sum(names <= simulated for names in by_study.values()))
