"""One patient behind each identifier, one split for ever, and nothing left of who withdrew."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from annotation.models import CurrentObservation, Observation
from core.errors import Conflict, Invalid
from core.models import AuditEvent
from imaging import storage
from imaging.models import ImportVerdict, Instance, Patient, Split, Study, VaultIdentity
from imaging.pixels import PixelStore
from imaging.services.patients import assign_split, erase_withdrawn, merge_patients, patient_for, withdraw_patient
from imaging.services.retention import finish_withdrawals
from learning.models import ModelVersion, Prediction, Snapshot
from reports_nlp.models import Report
from tests import factories
from tests.imaging.files import KEYS, ct, save
from tests.learning.rows import make_model

pytestmark = pytest.mark.django_db(transaction=True)


def test_the_same_identifier_is_the_same_patient_and_no_identifier_is_nobody_else() -> None:
    first, again, other = (patient_for(patient_id=p, keys=KEYS) for p in ("4711", " 4711 ", "0815"))
    assert first == again != other
    nobody, nobody_else = (patient_for(patient_id="", keys=KEYS) for _ in range(2))
    assert nobody != nobody_else
    assert (first.is_identified, nobody.is_identified) == (True, False)
    assert first.day_shift == KEYS.day_shift("4711")
    assert "4711" not in str(list(VaultIdentity.objects.values())) + str(list(Patient.objects.values()))


def test_a_split_is_written_once() -> None:
    patient = patient_for(patient_id="4711", keys=KEYS)
    assign_split(patient=patient, split=Split.GATE)
    assign_split(patient=patient, split=Split.GATE)
    with pytest.raises(Conflict, match="belongs to the gate set for ever"):
        assign_split(patient=patient, split=Split.POOL)
    for wrong in ("", "train"):
        with pytest.raises(Invalid, match="is no split"):
            assign_split(patient=patient, split=wrong)


MERGES = [
    # split of the one, of the other, split afterwards, quarantined
    ("pool", "pool", "pool", False), ("pool", "gate", "pool", True), ("gate", "", "gate", False),
    ("", "test", "test", False), ("", "", "", False), ("test", "calibration", "test", True),
]


@pytest.mark.parametrize(("mine", "theirs", "after", "quarantined"), MERGES)
def test_merged_across_splits_a_patient_is_kept_out_of_every_set(
    mine: str, theirs: str, after: str, quarantined: bool
) -> None:
    keep, other = (patient_for(patient_id=p, keys=KEYS) for p in ("4711", "0815"))
    for patient, split in ((keep, mine), (other, theirs)):
        if split:
            assign_split(patient=patient, split=split)
    merged = merge_patients(keep=keep, other=other, user=None)
    assert (merged.split, merged.is_quarantined) == (after, quarantined)
    assert patient_for(patient_id="0815", keys=KEYS) == keep
    assert AuditEvent.objects.filter(action="patient.merged").count() == 1
    with pytest.raises(Invalid, match="two different"):
        merge_patients(keep=keep, other=keep, user=None)


@pytest.fixture
def studied(tmp_path: Path) -> Study:
    """A study with truth on record, a report, pixels in a store, a prediction, a snapshot and a model that used it."""
    project = factories.make_project()
    factories.make_findings(project)
    study = factories.make_studies(project, 2, with_truth=True)[0]
    Report.objects.create(project=project, study=study, text="No nodule.", digest="0" * 64)
    PixelStore(32).ensure(Instance.objects.all())
    instance = Instance.objects.get(series__study=study)
    Prediction.objects.create(model_version=make_model(project), instance=instance, probabilities={"nodule": 0.4})
    return study


def test_withdrawn_files_pixels_reports_predictions_and_words_are_gone(studied: Study) -> None:
    patient, instance = studied.patient, Instance.objects.get(series__study=studied)
    path, row = storage.path_of(instance.path), PixelStore(32).index()[instance.sop_uid]
    assert path.exists()
    assert Observation.objects.filter(study=studied).exists()
    withdraw_patient(patient=patient, user=None)

    assert not path.exists()
    assert not np.fromfile(PixelStore(32).folder / "pixels.u16", np.uint16).reshape(-1, 32, 32)[row].any()
    assert instance.sop_uid not in PixelStore(32).index()
    assert not Report.objects.filter(study=studied).exists()
    assert not Prediction.objects.filter(instance=instance).exists()
    assert not ImportVerdict.objects.filter(instance=instance).exists()
    assert set(Observation.objects.filter(study=studied).values_list("state", flat=True)) == {"tombstone"}
    assert not CurrentObservation.objects.filter(study=studied).exists()
    instance.refresh_from_db()
    studied.refresh_from_db()
    assert instance.metadata == {}
    assert (studied.age_years, studied.sex, studied.accession, studied.date) == (None, "", "", None)
    assert set(studied.series.values_list("manufacturer", "model_name", "site")) == {("", "", "")}
    event = AuditEvent.objects.get(action="patient.withdrawn")
    assert event.detail == {"images": 1}


def test_other_patients_are_untouched(studied: Study) -> None:
    other = Instance.objects.exclude(series__study=studied).get()
    withdraw_patient(patient=studied.patient, user=None)
    assert storage.path_of(other.path).exists()
    assert other.sop_uid in PixelStore(32).index()
    other.refresh_from_db()
    assert other.metadata
    assert Observation.objects.filter(study=other.series.study, state="absent").exists()


def test_withdrawing_twice_is_said(studied: Study) -> None:
    withdraw_patient(patient=studied.patient, user=None)
    with pytest.raises(Conflict, match="withdrawn already"):
        withdraw_patient(patient=studied.patient, user=None)


def test_nobody_sees_a_withdrawn_study(studied: Study) -> None:
    admin = factories.make_user(is_superuser=True)
    withdraw_patient(patient=studied.patient, user=None)
    assert not Study.objects.visible_to(admin).filter(pk=studied.pk).exists()


def test_what_a_clean_up_that_died_left_is_erased_by_the_sweep(
    studied: Study, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("imaging.services.patients.erase_withdrawn", lambda patient: 0)
    withdraw_patient(patient=studied.patient, user=None)
    path = storage.path_of(Instance.objects.get(series__study=studied).path)
    assert path.exists()
    assert finish_withdrawals() == 1
    assert not path.exists()
    assert finish_withdrawals() == erase_withdrawn(studied.patient) == 0


def test_a_withdrawn_patient_does_not_come_back(tmp_path: Path) -> None:
    project = factories.make_project()
    save(ct(1, patient_id="4711"), tmp_path / "in" / "1.dcm")
    factories.import_folder(project, tmp_path / "in")
    withdraw_patient(patient=Patient.objects.get(), user=None)
    save(ct(2, patient_id="4711"), tmp_path / "in" / "2.dcm")
    batch = factories.import_folder(factories.make_project(), tmp_path / "in")
    verdicts = dict(batch.verdicts.values_list("name", "reason"))
    assert verdicts == dict.fromkeys(("1.dcm", "2.dcm"), "This patient was withdrawn at this site.")
    assert list(storage.root().rglob("*.dcm")) == []
    assert batch.project.studies.count() == 0


def test_models_that_used_a_withdrawn_patient_are_marked_and_so_are_their_students(studied: Study) -> None:
    used = ModelVersion.objects.get()
    student, stranger = make_model(used.project, parent=used), make_model(used.project)
    Snapshot.objects.filter(runs=used.run).get().rows.create(
        instance=Instance.objects.get(series__study=studied), patient=studied.patient, sop_uid="x", origin="verified",
        targets={},
    )
    withdraw_patient(patient=studied.patient, user=None)
    marked = set(ModelVersion.objects.filter(used_withdrawn_patients=True))
    assert marked == {used, student}
    assert stranger not in marked
    assert Snapshot.objects.get(runs=used.run).has_withdrawn_patients
