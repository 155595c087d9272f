"""Pairs of studies of one patient: was a finding worse than before?"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

from annotation.models import Finding
from imaging.models import Instance, Study
from learning.models import SnapshotRow
from learning.services.task_rows import asked_of, said_in
from learning.toolkit.tasks import worse


def pairs_of(rows: Sequence[SnapshotRow], findings: Sequence[Finding]) -> list[SnapshotRow]:
    """A row per image that has an earlier one of the same patient and view, both answered; not saved.

    Its targets say whether each finding is worse (1) or not (0); a finding that either study leaves open is left out.
    """
    levels = {one.code: one.levels for one in asked_of(findings)}
    pairs = (_pair(*found, levels) for found in images_with_earlier(row for row in rows if row.origin != "pseudo"))
    return [pair for pair in pairs if pair is not None]


class WithEarlier(NamedTuple):
    """An image and the earlier one of its patient and view, with their studies."""

    row: SnapshotRow
    earlier: SnapshotRow
    here: Study
    before: Study


def images_with_earlier(rows: Iterable[SnapshotRow]) -> list[WithEarlier]:
    """Each image of a dated study with that of the patient's study before it among these rows."""
    by_study: dict[int, list[SnapshotRow]] = defaultdict(list)
    for row in rows:
        by_study[row.instance.series.study_id].append(row)
    found = []
    for here, before in _studies_with_earlier(by_study.values()):
        for row in by_study[here.pk]:
            earlier = _same_view(row, by_study[before.pk])
            if earlier is not None:
                found.append(WithEarlier(row, earlier, here, before))
    return found


def _studies_with_earlier(groups: Iterable[Sequence[SnapshotRow]]) -> list[tuple[Study, Study]]:
    """Each study with a date, and the patient's study before it."""
    by_patient: dict[int, list[Study]] = defaultdict(list)
    for rows in groups:
        study = rows[0].instance.series.study
        if study.date is not None:
            by_patient[study.patient_id].append(study)
    found = []
    for studies in by_patient.values():
        studies.sort(key=lambda study: (str(study.date), study.pk))
        found += [(now, before) for before, now in pairwise(studies) if before.date != now.date]
    return found


def _same_view(row: SnapshotRow, others: Sequence[SnapshotRow]) -> SnapshotRow | None:
    """The other study's image of the same modality and view; of the same origin where there are both."""
    def view(one: SnapshotRow) -> tuple[str, str]:
        return one.instance.series.modality, one.instance.series.view_position

    alike = [other for other in others if view(other) == view(row)]
    return min(alike, key=lambda other: (other.origin != row.origin, other.sop_uid), default=None)


def _pair(
    row: SnapshotRow, earlier: SnapshotRow, here: Study, before: Study, levels: dict[str, int]
) -> SnapshotRow | None:
    now, then = said_in(row), said_in(earlier)
    found = {code: worse(then.get(code), now.get(code), levels[code]) for code in now}
    targets = {code: value for code, value in found.items() if value is not None}
    if not targets:
        return None
    assert here.date is not None
    assert before.date is not None
    return SnapshotRow(
        instance=row.instance, patient=row.patient, sop_uid=row.sop_uid, origin=row.origin, targets=targets,
        observations={code: [*earlier.observations[code], *row.observations[code]] for code in targets},
        sources={code: row.sources[code] for code in targets},
        earlier=earlier_of(earlier.instance, here, before),
    )


def earlier_of(instance: Instance, here: Study, before: Study) -> dict[str, Any]:
    """What a pair keeps of its earlier image, and the covariates; null where they are not known."""
    days = (here.date - before.date).days if here.date and before.date else None
    return {"instance": instance.pk, "sop_uid": instance.sop_uid, "days": days, "age": here.age_years}
