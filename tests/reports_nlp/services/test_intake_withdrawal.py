"""A withdrawn patient's reports go in every version, waiting ones too, and none comes in afterwards."""

from __future__ import annotations

import pytest

from annotation.models import CurrentObservation, Observation
from core.models import Project
from imaging.services.patients import patient_for, site_keys, withdraw_patient
from reports_nlp.models import CodedRecord, IntakeVerdict, Report
from tests.factories import make_findings, make_project
from tests.reports_nlp.intakes import keyed_study, take, verdicts
from tests.reports_nlp.sources.samples import ACCESSION, PATIENT_ID, STUDY_UID, csv_bytes, hl7_message

pytestmark = pytest.mark.django_db
BOTH = ["id", "accession", "study_uid", "patient_id", "text"]


@pytest.fixture
def project() -> Project:
    return make_project()


def withdraw() -> None:
    withdraw_patient(patient=patient_for(patient_id=PATIENT_ID, keys=site_keys()), user=None)


def test_every_version_every_code_and_every_file_name_goes(project: Project) -> None:
    make_findings(project, ["Pneumothorax"])
    keyed_study(project)
    take(project, {"OKONKWO.hl7": hl7_message().encode()})
    take(project, {"OKONKWO.hl7": hl7_message(text="Corrected.", issued="20210406").encode()})
    take(project, {"codes.csv": csv_bytes([["accession", "patient_id", "icd"], [ACCESSION, PATIENT_ID, "J93.0"]])})
    assert (Report.objects.count(), CodedRecord.objects.count(), IntakeVerdict.objects.count()) == (2, 1, 3)
    withdraw()
    assert (Report.objects.count(), CodedRecord.objects.count(), IntakeVerdict.objects.count()) == (0, 0, 0)
    assert CurrentObservation.objects.count() == 0
    assert set(Observation.objects.values_list("state", flat=True)) == {"tombstone"}


@pytest.mark.parametrize("cells", [
    ["1", "", "", PATIENT_ID, "Waits by its patient."], ["1", ACCESSION, "", "", "Waits by its number."],
    ["1", "", STUDY_UID, "", "Waits by its study."],
])
def test_what_waits_under_any_key_goes_too(project: Project, cells: list[str]) -> None:
    other = make_project()
    take(project, {"a.csv": csv_bytes([BOTH, cells])})
    keyed_study(other)  # in another project, so that nothing was matched here
    assert Report.objects.get().study is None
    withdraw()
    assert Report.objects.count() == 0


def test_reports_of_others_stay(project: Project) -> None:
    keyed_study(project)
    rows = [["1", ACCESSION, "", "", "First."], ["2", "A2", "", "PX-9", "Second."], ["3", "", "", "", "Third."]]
    take(project, {"a.csv": csv_bytes([BOTH, *rows])})
    withdraw()
    assert set(Report.objects.values_list("text", flat=True)) == {"Second.", "Third."}


@pytest.mark.parametrize("cells", [
    ["9", "", "", PATIENT_ID, "By the patient."], ["9", ACCESSION, "", "", "By the number."],
    ["9", "", STUDY_UID, "", "By the study."], ["9", "A-WAITED", "", "", "By the number that only a report told."],
])
def test_a_report_that_comes_afterwards_is_refused(project: Project, cells: list[str]) -> None:
    keyed_study(project)
    take(project, {"a.csv": csv_bytes([BOTH, ["1", "A-WAITED", "", PATIENT_ID, "Earlier."]])})
    withdraw()
    late = take(project, {"b.csv": csv_bytes([BOTH, cells])})
    assert verdicts(late) == {"b.csv line 2": "refused"}
    assert "withdrawn" in late.verdicts.get().reason
    assert Report.objects.count() == 0


def test_a_code_that_comes_afterwards_is_refused(project: Project) -> None:
    keyed_study(project)
    withdraw()
    late = take(project, {"b.csv": csv_bytes([["accession", "icd"], [ACCESSION, "J93.0"]])})
    assert verdicts(late) == {"b.csv line 2": "refused"}
    assert CodedRecord.objects.count() == 0
