"""The same report from two sides, and a report and its images at the same moment."""

from __future__ import annotations

from collections import Counter

import pytest
from django.db import transaction

from annotation.models import Observation
from core.models import Project
from imaging.models import Study
from imaging.services.patients import withdraw_patient
from reports_nlp.models import CodedRecord, Report
from reports_nlp.services.matching import match_arrived, match_waiting
from tests.factories import make_findings, make_project
from tests.racing import errors_of, race
from tests.reports_nlp.intakes import keyed_study, take, verdicts
from tests.reports_nlp.sources.samples import ACCESSION, csv_bytes

pytestmark = pytest.mark.django_db(transaction=True)
ROUNDS = 6


@pytest.fixture
def project() -> Project:
    return make_project()


def table(*texts: str, number: str = "1") -> bytes:
    return csv_bytes([["id", "accession", "text"], *([number, ACCESSION, text] for text in texts)])


@pytest.mark.parametrize("round", range(ROUNDS))
def test_the_same_report_from_two_imports_is_one_version(project: Project, round: int) -> None:
    data = {"a.csv": table("No effusion.")}
    answers = race(*[lambda: verdicts(take(project, data))] * 3)
    assert errors_of(answers) == []
    said = Counter(verdict for answer in answers if isinstance(answer, dict) for verdict in answer.values())
    assert said == {"stored": 1, "already-there": 2}
    assert Report.objects.count() == 1


@pytest.mark.parametrize("round", range(ROUNDS))
def test_versions_from_several_imports_are_numbered_without_gap_and_one_is_the_latest(
    project: Project, round: int
) -> None:
    take(project, {"a.csv": table("First.")})
    answers = race(*[lambda n=n: take(project, {"a.csv": table(f"Version {n}.")}) for n in range(4)])
    assert errors_of(answers) == []
    assert list(Report.objects.order_by("version").values_list("version", flat=True)) == [1, 2, 3, 4, 5]
    assert Report.objects.get(is_latest=True).version == 5


@pytest.mark.parametrize("round", range(ROUNDS))
def test_a_report_and_its_images_at_the_same_moment_find_each_other(project: Project, round: int) -> None:
    def images() -> None:
        with transaction.atomic():
            study = keyed_study(project)
            transaction.on_commit(lambda: match_arrived(project, [study]))

    answers = race(images, lambda: take(project, {"a.csv": table("No effusion.")}))
    assert errors_of(answers) == []
    assert Report.objects.get().study == Study.objects.get()


def test_a_report_that_commits_after_the_images_looked_finds_them_by_its_second_look(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    from reports_nlp.services import intake_store

    real = intake_store.find_studies

    def images_come_between(**arguments: object) -> object:
        found = real(**arguments)  # type: ignore[arg-type]
        keyed_study(project)
        assert match_waiting(project=project) == 0
        return found

    monkeypatch.setattr(intake_store, "find_studies", images_come_between)
    take(project, {"a.csv": table("No effusion.")})
    assert Report.objects.get().study == Study.objects.get()


@pytest.mark.parametrize("round", range(ROUNDS))
def test_the_same_codes_from_two_imports_are_one_line(project: Project, round: int) -> None:
    make_findings(project, ["Pneumothorax"])
    keyed_study(project)
    data = {"a.csv": csv_bytes([["accession", "icd"], [ACCESSION, "J93.0"]])}
    answers = race(*[lambda: take(project, data)] * 3)
    assert errors_of(answers) == []
    assert (CodedRecord.objects.count(), Observation.objects.count()) == (1, 1)


@pytest.mark.parametrize("round", range(ROUNDS))
def test_nothing_of_a_patient_who_is_withdrawn_meanwhile_stays(project: Project, round: int) -> None:
    study = keyed_study(project)
    answers = race(
        lambda: take(project, {"a.csv": table("No effusion.")}),
        lambda: withdraw_patient(patient=study.patient, user=None),
    )
    assert errors_of(answers) == []
    assert Report.objects.count() == 0
