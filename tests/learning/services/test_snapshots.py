from __future__ import annotations

import pytest

from annotation.models import CurrentObservation, Finding, Observation, WorklistItem
from annotation.services.ledger import Line, get_source, open_batch, record_observations, withdraw_batch
from core.errors import Invalid
from imaging.models import Patient, Study
from learning.models import Snapshot
from learning.services.snapshots import RANDOM_ARM, freeze_snapshot
from tests.learning.world import World, fill, read


def studies_of(snapshot: Snapshot, **where: str) -> set[int]:
    return set(snapshot.rows.filter(**where).values_list("instance__series__study", flat=True))


def test_no_reserved_patient_is_in_a_snapshot(world: World) -> None:
    snapshot = freeze_snapshot(project=world.project)
    assert studies_of(snapshot)
    assert not studies_of(snapshot) & world.reserved()
    assert set(snapshot.rows.values_list("patient__split", flat=True)) == {"pool"}


def test_two_freezes_of_the_same_answers_have_the_same_hash(world: World) -> None:
    before = freeze_snapshot(project=world.project)
    assert freeze_snapshot(project=world.project).hash == before.hash
    read(world.main, "simulated-late", 1)
    assert freeze_snapshot(project=world.project).hash != before.hash


def test_the_truth_of_phantoms_is_never_trained_on(world: World) -> None:
    snapshot = freeze_snapshot(project=world.project, sources=["reader", "record"])
    assert len(studies_of(snapshot)) == len(studies_of(freeze_snapshot(project=world.project)))
    assert "phantom" not in {s for row in snapshot.rows.all() for s in row.sources.values()}


def test_what_was_not_assessed_is_no_target(world: World) -> None:
    lines = CurrentObservation.objects.filter(project=world.project, source__kind="reader", finding__code="nodule")
    study = freeze_snapshot(project=world.project).rows.first().instance.series.study
    lines.filter(study=study).delete()
    row = freeze_snapshot(project=world.project).rows.get(instance__series__study=study)
    assert "nodule" not in row.targets
    assert row.targets


@pytest.mark.parametrize("change", [{"is_quarantined": True}, {"withdrawn_at": "2026-01-01T00:00Z"}])
def test_quarantined_and_withdrawn_patients_stay_out(world: World, change: dict[str, object]) -> None:
    study = Study.objects.get(pk=min(studies_of(freeze_snapshot(project=world.project))))
    Patient.objects.filter(pk=study.patient_id).update(**change)
    assert study.pk not in studies_of(freeze_snapshot(project=world.project))


def test_a_pseudolabel_never_stands_beside_a_readers_answer(world: World) -> None:
    nodule = Finding.objects.get(project=world.project, code="nodule")
    source = get_source(project=world.project, kind="model", name="model 1")
    batch = open_batch(project=world.project, source=source, act="pseudolabel")
    record_observations(batch=batch, lines=[Line(nodule, s, "present", probability=0.99) for s in world.pool()])
    snapshot = freeze_snapshot(project=world.project, pseudolabels=batch)
    verified, pseudo = studies_of(snapshot, origin="verified"), studies_of(snapshot, origin="pseudo")
    assert verified
    assert pseudo
    assert not verified & pseudo
    assert pseudo == {s.pk for s in world.pool()} - verified


def test_one_withdrawal_undoes_a_round_of_pseudolabels(world: World) -> None:
    nodule = Finding.objects.get(project=world.project, code="nodule")
    counted = CurrentObservation.objects.filter(project=world.project).count()
    plain = freeze_snapshot(project=world.project).hash
    source = get_source(project=world.project, kind="model", name="model 1")
    batch = open_batch(project=world.project, source=source, act="pseudolabel")
    record_observations(batch=batch, lines=[Line(nodule, s, "present", probability=0.99) for s in world.pool()])
    withdraw_batch(batch=batch, user=world.manager)
    assert CurrentObservation.objects.filter(project=world.project).count() == counted
    assert Observation.objects.filter(batch=batch).count() == len(world.pool())
    assert freeze_snapshot(project=world.project).hash == plain


def test_the_random_arms_answers_reach_only_the_arm(world: World) -> None:
    before = studies_of(freeze_snapshot(project=world.project))
    read(world.main, RANDOM_ARM, 5)
    assert studies_of(freeze_snapshot(project=world.project)) == before
    arm = freeze_snapshot(project=world.project, readers=["simulated-first", RANDOM_ARM])
    assert len(studies_of(arm)) == len(before | studies_of(arm)) > len(before)


def test_where_the_arm_has_read_nobody_else_is_heard(world: World) -> None:
    WorklistItem.objects.filter(worklist=world.main).update(slots_total=2)
    fill(world.main, world.pool()[::-1])
    read(world.main, RANDOM_ARM, 20)
    read(world.main, "simulated-first", 20)
    arm = freeze_snapshot(project=world.project, readers=["simulated-first", RANDOM_ARM])
    heard = {row.sources.get("nodule", "") for row in arm.rows.all()} - {""}
    assert heard == {"reader:simulated-first", f"reader:{RANDOM_ARM}"}


def test_a_finding_with_one_class_is_refused_with_what_to_do(world: World) -> None:
    from annotation.services.schema import create_finding

    create_finding(project=world.project, user=None, name="Mass")
    with pytest.raises(Invalid, match=r"Mass has 0 present and 0 absent answers.*Read more cases"):
        freeze_snapshot(project=world.project)


def test_an_answer_on_the_image_itself_is_its_target_and_one_on_a_frame_is_not(world: World) -> None:
    before = freeze_snapshot(project=world.project)
    row = before.rows.filter(origin="verified", targets__nodule=1.0).first()
    assert row is not None
    nodule = Finding.objects.get(project=world.project, code="nodule")
    study = row.instance.series.study
    source = get_source(project=world.project, kind="reader", name=row.sources["nodule"].split(":")[1])
    batch = open_batch(project=world.project, source=source, act="import")
    record_observations(batch=batch, lines=[Line(nodule, study, "absent", instance=row.instance, frame=0)])
    assert freeze_snapshot(project=world.project).hash == before.hash
    record_observations(batch=batch, lines=[Line(nodule, study, "absent", series=row.instance.series)])
    image = Line(nodule, study, "absent", instance=row.instance)
    record_observations(batch=batch, lines=[image])
    changed = freeze_snapshot(project=world.project).rows.get(instance=row.instance)
    assert changed.targets == row.targets | {"nodule": 0.0}
    assert changed.observations["nodule"] == [Observation.objects.get(subject=image.subject).pk]
    withdraw_batch(batch=batch, user=None)
    assert freeze_snapshot(project=world.project).hash == before.hash
