"""Coded records in the ledger: source `record`, once their study is here, and only what is coded is said."""

from __future__ import annotations

import pytest

from annotation.models import Batch, CurrentObservation, Observation
from core.models import Project
from reports_nlp.models import CodedRecord
from reports_nlp.services.matching import match_waiting
from tests.factories import make_findings, make_project
from tests.reports_nlp.intakes import keyed_study, take, verdicts
from tests.reports_nlp.sources.samples import ACCESSION, as_json, condition, csv_bytes

pytestmark = pytest.mark.django_db


@pytest.fixture
def project() -> Project:
    made = make_project()
    make_findings(made, ["Pneumothorax", "Pleural Effusion", "pneumonia"])
    return made


def codes(*rows: tuple[str, str], accession: str = ACCESSION) -> bytes:
    """(code, certainty) of one examination."""
    return csv_bytes([["accession", "icd10", "certainty"], *([accession, *row] for row in rows)])


def said(project: Project) -> dict[str, str]:
    """Finding → state that counts, of the coded records."""
    rows = CurrentObservation.objects.filter(project=project, source__kind="record").select_related("observation")
    return {row.finding.name: row.observation.state for row in rows}


def test_codes_of_a_study_that_is_here_are_said_at_once(project: Project) -> None:
    keyed_study(project)
    take(project, {"a.csv": codes(("J93.0", "G"), ("J18.9", "V"), ("J90", "A"), ("E11.9", "G"))})
    assert said(project) == {"Pneumothorax": "present", "pneumonia": "equivocal", "Pleural Effusion": "absent"}


def test_codes_wait_for_their_study_and_are_said_when_it_comes(project: Project) -> None:
    take(project, {"a.csv": codes(("J93.0", "G"))})
    assert said(project) == {}
    study = keyed_study(project)
    assert match_waiting(project=project, studies=[study]) == 1
    assert said(project) == {"Pneumothorax": "present"}


def test_the_same_codes_again_write_nothing(project: Project) -> None:
    keyed_study(project)
    take(project, {"a.csv": codes(("J93.0", "G"))})
    again = take(project, {"a.csv": codes(("J93.0", "G"))})
    assert verdicts(again) == {"a.csv line 2": "already-there"}
    assert (CodedRecord.objects.count(), Observation.objects.count(), Batch.objects.count()) == (1, 1, 1)


def test_a_code_whose_certainty_changes_supersedes(project: Project) -> None:
    keyed_study(project)
    take(project, {"a.csv": codes(("J93.0", "V"))})
    take(project, {"a.csv": codes(("J93.0", "A"))})
    assert said(project) == {"Pneumothorax": "absent"}
    assert Observation.objects.count() == 2


def test_of_several_codes_of_one_finding_the_strongest_counts(project: Project) -> None:
    keyed_study(project)
    take(project, {"a.csv": codes(("J93.0", "A"), ("J93.1", "V"), ("S27.0", "G"))})
    assert said(project) == {"Pneumothorax": "present"}


def test_a_code_without_a_finding_is_kept_and_says_nothing(project: Project) -> None:
    keyed_study(project)
    intake = take(project, {"a.csv": codes(("E11.9", "G"))})
    assert "says nothing" in intake.verdicts.get().reason
    assert (CodedRecord.objects.count(), Observation.objects.count()) == (1, 0)


def test_a_condition_finds_its_study_by_patient_and_day(project: Project) -> None:
    keyed_study(project, accession="A1", study_uid="1.2.3", day="2021-01-01")
    study = keyed_study(project, accession="A2", study_uid="1.2.4", day="2021-04-05")
    take(project, {"c.json": as_json(condition())})
    assert CodedRecord.objects.get().study == study
    assert said(project) == {"Pneumothorax": "present"}


def test_a_condition_that_waits_still_knows_its_day(project: Project) -> None:
    take(project, {"c.json": as_json(condition())})
    keyed_study(project, accession="A1", study_uid="1.2.3", day="2021-01-01")
    study = keyed_study(project, accession="A2", study_uid="1.2.4", day="2021-04-05")
    match_waiting(project=project)
    assert CodedRecord.objects.get().study == study
