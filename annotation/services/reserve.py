"""Reserved sets: patient-disjoint, drawn at random before any ranking, versioned when an answer in them changes."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping

from django.db import transaction
from django.db.models import F

from annotation.models import Reading, ReservedCase, ReservedSet, TestOpening
from core import audit
from core.errors import Conflict, Invalid, NotFound
from core.models import Project, User
from imaging.models import Patient, Split, Study

PURPOSES = ("gate", "calibration", "test")


def draw_reserved_sets(
    *, project: Project, sizes: Mapping[str, int], seed: int, user: User | None = None
) -> dict[str, int]:
    """Draw whole patients until each set has its number of studies; everybody else joins the pool, for ever.

    Patients whose split another project fixed keep it, and count towards this project's sets. Returns the number of
    studies per set. Raises Invalid for an unknown set or too few patients, Conflict when drawn before.
    """
    unknown = set(sizes) - set(PURPOSES)
    if unknown:
        raise Invalid(f"No such set: {', '.join(sorted(unknown))}; known: {', '.join(PURPOSES)}.")
    with transaction.atomic():
        Project.objects.select_for_update().get(pk=project.pk)
        if ReservedSet.objects.filter(project=project).exists():
            raise Conflict("This project's reserved sets have been drawn already. They are drawn once.")
        patients = _patients(project, seed)
        studies = _studies(project)
        free = [p for p in patients if p.split == Split.UNASSIGNED and p.is_identified and not p.is_quarantined]
        drawn: dict[str, int] = {}
        for purpose, size in sizes.items():
            drawn[purpose] = _draw(project, purpose, size, seed, patients, free, studies)
        Patient.objects.filter(pk__in=[p.pk for p in patients], split=Split.UNASSIGNED).update(split=Split.POOL)
        audit.record("reserved.drawn", actor=user, project=project, sizes=drawn)
    return drawn


def join_pool(*, project: Project) -> int:
    """Patients imported after the draw join the pool, for ever; returns how many. Before the draw nobody does."""
    if not ReservedSet.objects.filter(project=project).exists():
        return 0
    late = Patient.objects.filter(studies__projects=project, split=Split.UNASSIGNED, withdrawn_at=None)
    return Patient.objects.filter(pk__in=late.values("pk"), split=Split.UNASSIGNED).update(split=Split.POOL)


def _patients(project: Project, seed: int) -> list[Patient]:
    """In an order that nothing in the images decides. Held until the draw is over: another project may share them."""
    here = Study.objects.filter(projects=project).values("patient")
    found = list(Patient.objects.select_for_update().filter(pk__in=here, withdrawn_at=None).order_by("pk"))
    return sorted(found, key=lambda p: hashlib.sha256(f"{seed}:{p.split_digest}".encode()).hexdigest())


def _studies(project: Project) -> dict[int, list[int]]:
    by_patient: dict[int, list[int]] = {}
    for study, patient in Study.objects.filter(projects=project).values_list("pk", "patient_id"):
        by_patient.setdefault(patient, []).append(study)
    return by_patient


def _draw(
    project: Project, purpose: str, size: int, seed: int, patients: list[Patient], free: list[Patient],
    studies: dict[int, list[int]],
) -> int:
    reserved = ReservedSet.objects.create(project=project, purpose=purpose, seed=seed)
    chosen = [s for p in patients if p.split == purpose and not p.is_quarantined for s in studies[p.pk]]
    taken: list[int] = []
    while len(chosen) < size:
        if not free:
            raise Invalid(
                f"The {purpose} set wants {size} studies, but only {len(chosen)} can be reserved. Ask for fewer."
            )
        patient = free.pop()
        taken.append(patient.pk)
        chosen += studies[patient.pk]
    Patient.objects.filter(pk__in=taken, split=Split.UNASSIGNED).update(split=purpose)
    ReservedCase.objects.bulk_create(
        ReservedCase(reserved_set=reserved, project=project, study_id=study) for study in chosen
    )
    return len(chosen)


def open_test_set(*, project: Project, user: User, model_version: str, note: str) -> TestOpening:
    """Count an opening of the test set before anything of it is looked at. Raises NotFound when none was drawn."""
    reserved = ReservedSet.objects.filter(project=project, purpose="test").first()
    if reserved is None:
        raise NotFound("This project has no test set.")
    with transaction.atomic():
        opening = TestOpening.objects.create(
            reserved_set=reserved, by=user, model_version=model_version[:60], note=note[:300]
        )
        audit.record(
            "test-set.opened", actor=user, project=project, subject=f"reserved:{reserved.pk}", note=opening.note
        )
    return opening


def note_amendment(*, reading: Reading) -> None:
    """An amended answer in a reserved set makes it a new version of the set."""
    if reading.version >= 2:
        note_change(project=reading.project, studies=[reading.item.study_id])


def note_change(*, project: Project, studies: Iterable[int]) -> None:
    """Readers' answers on these studies changed: the sets that hold one of them are new versions."""
    held = ReservedCase.objects.filter(project=project, study__in=list(studies))
    ReservedSet.objects.filter(pk__in=held.values("reserved_set")).update(version=F("version") + 1)
