"""Which study a report is about: by each key, in either order of arrival, never by a guess, and by hand."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pydicom import dcmread

from core.errors import Conflict, Gone, Invalid
from core.models import Project
from imaging.models import Patient, Study
from imaging.services.patients import merge_patients, site_keys, withdraw_patient
from reports_nlp.models import Report
from reports_nlp.services.matching import match_by_hand, match_forgotten, match_waiting
from tests.factories import import_folder, make_project, make_user, phantom_file
from tests.reports_nlp.intakes import keyed_study, take
from tests.reports_nlp.sources.samples import ACCESSION, PATIENT_ID, STUDY_UID, csv_bytes

pytestmark = pytest.mark.django_db
COLUMNS = ["id", "accession", "study_uid", "patient_id", "date", "text"]


@pytest.fixture
def project() -> Project:
    return make_project()


def report_of(project: Project, **cells: str) -> Report:
    """One report with these keys, imported."""
    row = {"id": "1", "text": "No effusion.", **cells}
    take(project, {"a.csv": csv_bytes([COLUMNS, [row.get(name, "") for name in COLUMNS]])})
    found = Report.objects.filter(project=project, is_latest=True).order_by("pk").last()
    assert found is not None
    return found


KEYS: list[Any] = [
    ({"accession": ACCESSION}, {}),
    ({"study_uid": STUDY_UID}, {"accession": ""}),
    ({"patient_id": PATIENT_ID}, {}),
    ({"patient_id": PATIENT_ID, "date": "2021-04-05"}, {}),
    ({"patient_id": PATIENT_ID, "accession": "other"}, {"accession": ""}),
    ({"accession": ACCESSION, "patient_id": PATIENT_ID, "study_uid": "1.2.3"}, {}),
]


@pytest.mark.parametrize(("cells", "study"), KEYS)
def test_a_report_finds_the_study_that_is_here(project: Project, cells: Any, study: Any) -> None:
    made = keyed_study(project, **study)
    assert report_of(project, **cells).study == made


@pytest.mark.parametrize(("cells", "study"), KEYS)
def test_a_study_that_comes_later_finds_the_report_that_waits(project: Project, cells: Any, study: Any) -> None:
    report = report_of(project, **cells)
    assert report.study is None
    made = keyed_study(project, **study)
    assert match_waiting(project=project, studies=[made]) == 1
    report.refresh_from_db()
    assert report.study == made


@pytest.mark.parametrize("cells", [
    {}, {"accession": "another"}, {"study_uid": "1.2.9", "patient_id": PATIENT_ID}, {"patient_id": "another"},
    {"patient_id": PATIENT_ID, "date": "2021-04-06"}, {"accession": ACCESSION, "patient_id": "another"},
    {"patient_id": PATIENT_ID, "accession": "another"},
])
def test_what_does_not_fit_waits(project: Project, cells: dict[str, str]) -> None:
    keyed_study(project)
    assert report_of(project, **cells).study is None
    assert match_forgotten() == 0


def test_of_two_studies_of_a_patient_the_day_decides_and_without_it_nobody(project: Project) -> None:
    keyed_study(project, accession="A1", study_uid="1.2.3", day="2021-04-05")
    second = keyed_study(project, accession="A2", study_uid="1.2.4", day="2021-06-07")
    assert report_of(project, patient_id=PATIENT_ID).study is None
    assert report_of(project, patient_id=PATIENT_ID, date="2021-06-07", text="New.").study == second


def test_two_studies_with_one_accession_number_are_nobodys(project: Project) -> None:
    keyed_study(project, study_uid="1.2.3")
    keyed_study(project, study_uid="1.2.4", patient_id="someone else")
    assert report_of(project, accession=ACCESSION).study is None
    assert report_of(project, accession=ACCESSION, patient_id=PATIENT_ID, text="New.").study is not None


def test_a_study_of_another_project_is_not_meant(project: Project) -> None:
    keyed_study(make_project())
    assert report_of(project, accession=ACCESSION).study is None


def test_a_later_delivery_brings_the_keys_that_the_first_lacked(project: Project) -> None:
    report = report_of(project)
    made = keyed_study(project)
    assert report_of(project, accession=ACCESSION) == report
    report.refresh_from_db()
    assert report.study == made


def test_a_new_version_without_keys_stays_with_its_study(project: Project) -> None:
    made = keyed_study(project)
    report_of(project, accession=ACCESSION)
    assert report_of(project, text="Corrected.").study == made


def test_a_merged_patients_reports_are_the_other_patients(project: Project) -> None:
    waiting = report_of(project, patient_id="old number")
    keyed_study(project, patient_id="old number", accession="A1", study_uid="1.2.3")
    made = keyed_study(project)
    keys = site_keys()
    keep, other = (Patient.objects.get(pseudonym=keys.pseudonym(p)) for p in (PATIENT_ID, "old number"))
    Study.objects.filter(patient=other).delete()
    merge_patients(keep=keep, other=other, user=None)
    match_waiting(project=project)
    waiting.refresh_from_db()
    assert waiting.study == made
    assert report_of(project, id="2", patient_id="old number").study == made


@pytest.mark.django_db(transaction=True)
def test_images_that_are_imported_later_take_their_waiting_reports(project: Project, tmp_path: Path) -> None:
    image = phantom_file(tmp_path / "images", 1)
    header = dcmread(image)
    header.AccessionNumber = ACCESSION
    header.save_as(image)
    report = report_of(project, accession=ACCESSION, patient_id=str(header.PatientID))
    import_folder(project, tmp_path / "images")
    report.refresh_from_db()
    assert report.study is not None
    assert report.study.accession == report.accession


def test_a_person_matches_and_earlier_versions_follow(project: Project) -> None:
    first = report_of(project)
    second = report_of(project, text="Corrected.")
    made = keyed_study(project)
    user = make_user()
    match_by_hand(report=second, study=made, user=user)
    first.refresh_from_db()
    assert first.study == second.study == made
    with pytest.raises(Conflict):
        match_by_hand(report=second, study=made, user=user)


def test_a_person_cannot_match_across_projects_or_to_the_withdrawn(project: Project) -> None:
    report = report_of(project)
    with pytest.raises(Invalid):
        match_by_hand(report=report, study=keyed_study(make_project()), user=make_user())
    gone = keyed_study(project, patient_id="gone", study_uid="1.2.77")
    withdraw_patient(patient=gone.patient, user=None)
    with pytest.raises(Gone):
        match_by_hand(report=report, study=gone, user=make_user())
