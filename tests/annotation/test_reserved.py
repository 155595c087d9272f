"""Reserved sets: disjoint by patient, drawn once and at random, for ever."""

from __future__ import annotations

import pytest

from annotation.models import ReservedCase, ReservedSet
from annotation.selectors.answers import reserved_answers
from annotation.services.ledger import Line, open_batch, reader_source, record_observations, withdraw_batch
from annotation.services.readings import amend_reading
from annotation.services.reserve import draw_reserved_sets, join_pool
from core.errors import Conflict, Invalid
from core.models import AuditEvent, Project
from imaging.models import Patient, ProjectStudy, Study
from imaging.services.patients import assign_split, merge_patients
from tests.annotation.bare import bare_patient, bare_studies, bare_study
from tests.factories import add_member, make_findings, make_project, make_user, make_worklist, open_next, submit
from tests.racing import errors_of, race

pytestmark = pytest.mark.django_db


def undrawn(project: Project, patients: int, per_patient: int = 1) -> list[Study]:
    return [
        bare_study(project, patient=patient)
        for patient in (bare_patient(split="") for _ in range(patients)) for _ in range(per_patient)
    ]


def members(project: Project) -> dict[str, set[int]]:
    """Purpose → patients."""
    found: dict[str, set[int]] = {}
    for purpose, patient in ReservedCase.objects.filter(project=project).values_list(
        "reserved_set__purpose", "study__patient"
    ):
        found.setdefault(purpose, set()).add(patient)
    return found


@pytest.mark.parametrize("seed", range(8))
def test_no_patient_is_in_two_sets_and_the_others_join_the_pool(seed: int) -> None:
    project = make_project()
    undrawn(project, 12, per_patient=2)
    drawn = draw_reserved_sets(project=project, sizes={"gate": 5, "calibration": 4, "test": 3}, seed=seed)
    sets = members(project)
    assert sum(map(len, sets.values())) == len(set.union(*sets.values()))
    for purpose, patients in sets.items():
        assert set(Patient.objects.filter(pk__in=patients).values_list("split", flat=True)) == {purpose}
        studies = ReservedCase.objects.filter(reserved_set__purpose=purpose)
        assert studies.count() == drawn[purpose] == 2 * len(patients), "a patient goes in whole"
    assert Patient.objects.filter(split="pool").count() == 12 - sum(map(len, sets.values()))
    assert AuditEvent.objects.get(action="reserved.drawn").detail == {"sizes": drawn}


def test_the_seed_alone_decides_and_another_seed_decides_otherwise() -> None:
    project = make_project()
    undrawn(project, 30)
    chosen = []
    for seed in (1, 1, 2):
        draw_reserved_sets(project=project, sizes={"gate": 8}, seed=seed)
        chosen.append(members(project)["gate"])
        ReservedSet.objects.all().delete()
        Patient.objects.update(split="")
    assert chosen[0] == chosen[1] != chosen[2]


def test_sets_are_drawn_once() -> None:
    project = make_project()
    undrawn(project, 4)
    draw_reserved_sets(project=project, sizes={"gate": 1}, seed=1)
    with pytest.raises(Conflict, match="drawn once"):
        draw_reserved_sets(project=project, sizes={"test": 1}, seed=2)


@pytest.mark.django_db(transaction=True)
def test_of_two_draws_at_once_one_counts() -> None:
    project = make_project()
    undrawn(project, 8)
    answers = race(*(
        lambda s=s: draw_reserved_sets(project=project, sizes={"gate": 2, "test": 2}, seed=s) for s in (1, 2, 3)
    ))
    errors = errors_of(answers)
    assert len(errors) == 2
    assert all(isinstance(error, Conflict) for error in errors)
    assert ReservedCase.objects.count() == 4


@pytest.mark.django_db(transaction=True)
def test_two_projects_that_share_patients_draw_at_once_and_agree_on_every_patient() -> None:
    one, two = make_project(), make_project()
    for study in undrawn(one, 10):
        ProjectStudy.objects.create(project=two, study=study)
    answers = race(
        lambda: draw_reserved_sets(project=one, sizes={"gate": 3, "test": 2}, seed=1),
        lambda: draw_reserved_sets(project=two, sizes={"gate": 3, "test": 2}, seed=2),
    )
    # Whoever comes second keeps what the first fixed: everybody has a split, so it can reserve only those.
    refused = errors_of(answers)
    assert all(isinstance(error, Invalid) for error in refused)
    for project in (one, two):
        for purpose, patients in members(project).items():
            assert set(Patient.objects.filter(pk__in=patients).values_list("split", flat=True)) == {purpose}


def test_a_patient_of_another_projects_set_keeps_it_and_counts_here() -> None:
    one, two = make_project(), make_project()
    shared = undrawn(one, 3)
    draw_reserved_sets(project=one, sizes={"gate": 1}, seed=1)
    held = members(one)["gate"]
    for study in shared:
        ProjectStudy.objects.create(project=two, study=study)
    undrawn(two, 4)
    draw_reserved_sets(project=two, sizes={"gate": 2, "test": 1}, seed=1)
    assert held <= members(two)["gate"]
    assert len(members(two)["gate"]) == 2
    assert not members(two)["test"] & set(Patient.objects.filter(studies__in=shared).values_list("pk", flat=True))


@pytest.mark.parametrize(
    ("sizes", "words"),
    [({"gate": 9}, "wants 9 studies, but only 3"), ({"secret": 1}, "known: gate, calibration, test")],
)
def test_what_cannot_be_drawn_is_refused_and_nothing_is_left_behind(sizes: dict[str, int], words: str) -> None:
    project = make_project()
    undrawn(project, 3)
    with pytest.raises(Invalid, match=words):
        draw_reserved_sets(project=project, sizes=sizes, seed=1)
    assert not ReservedSet.objects.exists()
    assert set(Patient.objects.values_list("split", flat=True)) == {""}


def test_patients_that_nobody_can_tell_apart_are_not_reserved() -> None:
    project = make_project()
    undrawn(project, 2)
    Patient.objects.update(is_identified=False)
    with pytest.raises(Invalid, match="only 0"):
        draw_reserved_sets(project=project, sizes={"gate": 1}, seed=1)


def test_quarantined_patients_are_in_no_set() -> None:
    one, two = make_project(), make_project()
    keep, other = bare_patient(split="gate"), bare_patient(split="test")
    study = bare_study(two, patient=keep)
    bare_study(one, patient=other)
    merged = merge_patients(keep=keep, other=other, user=None)
    assert merged.is_quarantined
    undrawn(two, 2)
    draw_reserved_sets(project=two, sizes={"gate": 1}, seed=1)
    assert not ReservedCase.objects.filter(study=study).exists()


def test_late_patients_join_the_pool_only_after_the_draw() -> None:
    project = make_project()
    undrawn(project, 2)
    assert join_pool(project=project) == 0
    draw_reserved_sets(project=project, sizes={"gate": 1}, seed=1)
    late = undrawn(project, 1)[0]
    assert join_pool(project=project) == 1
    late.patient.refresh_from_db()
    assert late.patient.split == "pool"


def test_a_split_is_for_ever() -> None:
    patient = bare_patient(split="")
    assign_split(patient=patient, split="gate")
    assign_split(patient=patient, split="gate")
    with pytest.raises(Conflict, match="gate set for ever"):
        assign_split(patient=patient, split="pool")
    with pytest.raises(Invalid, match="known: pool, calibration, gate, test"):
        assign_split(patient=bare_patient(split=""), split="training")


@pytest.mark.parametrize("purpose", ["gate", "test", "calibration"])
def test_an_amended_answer_makes_a_new_version_of_the_set_and_a_first_one_does_not(purpose: str) -> None:
    project = make_project()
    nodule = make_findings(project, ["nodule"])["nodule"]
    undrawn(project, 2)
    draw_reserved_sets(project=project, sizes={purpose: 1}, seed=1)
    reserved = ReservedSet.objects.get()
    study = ReservedCase.objects.get().study
    anna = add_member(project)
    worklist = make_worklist(project, [study], kind="reference", mode="unaided")
    reading = submit(open_next(worklist, anna), {nodule.pk: "present"})
    reserved.refresh_from_db()
    assert reserved.version == 1
    assert reserved_answers(project=project, purpose=purpose)[(study.pk, "nodule")].state == "present"
    amend_reading(reading=reading, reader=anna)
    submit(reading, {nodule.pk: "absent"})
    reserved.refresh_from_db()
    assert reserved.version == 2
    withdraw_batch(batch=reading.versions.get(number=2).batch, user=None)
    reserved.refresh_from_db()
    assert reserved.version == 3
    assert reserved_answers(project=project, purpose=purpose)[(study.pk, "nodule")].state == "present"


def test_answers_of_quarantined_patients_and_of_other_sources_are_not_the_sets() -> None:
    project = make_project()
    nodule = make_findings(project, ["nodule"])["nodule"]
    undrawn(project, 3)
    draw_reserved_sets(project=project, sizes={"gate": 2}, seed=1)
    studies = [case.study for case in ReservedCase.objects.select_related("study__patient")]
    source = reader_source(project=project, reader=make_user())
    batch = open_batch(project=project, source=source, act="reading")
    record_observations(batch=batch, lines=[Line(nodule, study, "present") for study in studies])
    assert len(reserved_answers(project=project, purpose="gate")) == 2
    Patient.objects.filter(pk=studies[0].patient_id).update(is_quarantined=True)
    assert set(reserved_answers(project=project, purpose="gate")) == {(studies[1].pk, "nodule")}
    assert reserved_answers(project=project, purpose="test") == {}


def test_pool_studies_are_in_no_set() -> None:
    project = make_project()
    bare_studies(project, 3)
    with pytest.raises(Invalid, match="only 0 can be reserved"):
        draw_reserved_sets(project=project, sizes={"gate": 1}, seed=1)
