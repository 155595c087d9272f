"""What files said about people is nowhere afterwards: not on disk, in the database, in verdicts or in logs."""

from __future__ import annotations

import json
import logging
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from imaging import storage
from imaging.models import ImportVerdict, Instance, Patient, Study
from tests import factories
from tests.imaging.dicom.test_reading import to_bytes_loose
from tests.imaging.files import PHI, ct, save

pytestmark = pytest.mark.django_db(transaction=True)
SECRETS = {
    "name": PHI, "patient id": "PID-55512", "accession": "ACC-77731", "birth date": "19610215",
    "study date": "20240310",
    "study UID": "1.2.3.10.99182", "description": "SECRET-7391", "private": "SECRET-5520", "nested": "SECRET-1184",
    "file name": "mustermann-erika-1961",
}


def revealing() -> Dataset:
    dataset = ct(patient_id=SECRETS["patient id"], study=SECRETS["study UID"], AccessionNumber=SECRETS["accession"])
    dataset.StudyDescription = SECRETS["description"]
    dataset.private_block(0x0029, "ACME", create=True).add_new(0x10, "LO", SECRETS["private"])
    item = Dataset()
    item.ReferringPhysicianName = SECRETS["nested"]
    dataset.ReferencedStudySequence = Sequence([item])
    return dataset


@pytest.fixture
def imported(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> Path:
    caplog.set_level(logging.DEBUG)
    folder = tmp_path / SECRETS["file name"]
    save(revealing(), folder / f"{SECRETS['file name']}.dcm")
    broken = revealing()
    del broken.StudyInstanceUID
    (folder / "broken.dcm").write_bytes(to_bytes_loose(broken))
    burned = revealing()
    burned.BurnedInAnnotation, burned.SOPInstanceUID = "YES", "1.2.3.77"
    save(burned, folder / "burned.dcm")
    (folder / "cut.dcm").write_bytes((folder / f"{SECRETS['file name']}.dcm").read_bytes()[:-90])
    factories.import_folder(factories.make_project(), folder)
    return folder


def without_verdict_names() -> str:
    """The whole database but the names of files, which the uploader alone sees, for a month."""
    out = StringIO()
    call_command("dumpdata", stdout=out, verbosity=0)
    rows = json.loads(out.getvalue())
    for row in rows:
        if row["model"] == "imaging.importverdict":
            row["fields"].pop("name")
    return json.dumps(rows)


def test_nothing_of_it_is_on_disk(imported: Path) -> None:
    stored = list(storage.root().rglob("*"))
    files = [p for p in stored if p.is_file()]
    assert len(files) == 1
    content = files[0].read_bytes()
    for what, secret in SECRETS.items():
        assert secret.encode() not in content, what
        assert not any(secret in str(p.relative_to(storage.root())) for p in stored), what


def test_nothing_of_it_is_in_the_database(imported: Path) -> None:
    dump = without_verdict_names()
    assert Instance.objects.count() == 1
    for what, secret in SECRETS.items():
        assert secret not in dump, what


def test_nothing_of_it_is_in_a_log_line_or_a_verdict(imported: Path, caplog: pytest.LogCaptureFixture) -> None:
    reasons = list(ImportVerdict.objects.values_list("verdict", "reason"))
    assert sorted(verdict for verdict, _ in reasons) == ["refused", "refused", "refused", "stored"]
    said = str(reasons) + caplog.text
    for what, secret in SECRETS.items():
        assert secret not in said, what


def test_the_same_patient_at_the_same_site_is_the_same_pseudonym_with_intervals_kept(tmp_path: Path) -> None:
    for number, day in ((1, "20240310"), (2, "20240401")):
        dataset = ct(number, study=f"1.2.3.{number}", series=f"1.2.9.{number}", StudyDate=day)
        save(dataset, tmp_path / "in" / f"{number}.dcm")
    factories.import_folder(factories.make_project(), tmp_path / "in")
    first, second = Study.objects.order_by("date")
    assert first.patient == second.patient
    assert first.date is not None
    assert second.date is not None
    assert (second.date - first.date).days == 22


def test_files_without_a_patient_id_are_flagged_and_never_mixed(tmp_path: Path) -> None:
    for number in (1, 2):
        dataset = ct(number, patient_id="", study=f"1.2.3.{number}", series=f"1.2.9.{number}")
        save(dataset, tmp_path / "in" / f"{number}.dcm")
    batch = factories.import_folder(factories.make_project(), tmp_path / "in")
    assert set(batch.verdicts.values_list("reason", flat=True)) == {"No patient id: kept out of reserved sets."}
    assert list(Patient.objects.values_list("is_identified", flat=True)) == [False, False]


def test_a_study_cannot_change_its_patient(tmp_path: Path) -> None:
    save(ct(1, patient_id="4711"), tmp_path / "in" / "1.dcm")
    save(ct(2, patient_id="0815"), tmp_path / "in" / "2.dcm")
    batch = factories.import_folder(factories.make_project(), tmp_path / "in")
    reasons = dict(batch.verdicts.values_list("name", "reason"))
    assert reasons == {"1.dcm": "", "2.dcm": "Its study belongs to another patient here. Check the patient ids."}
