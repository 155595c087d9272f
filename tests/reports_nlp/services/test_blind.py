from __future__ import annotations

import pytest

from annotation.models import Finding
from core.errors import Conflict, Invalid
from core.models import Project, User
from imaging.dicomweb.access import note_opening
from imaging.models import Split
from reports_nlp.models import Report, ReportVerdict
from reports_nlp.selectors.accuracy import accuracy
from reports_nlp.services.blind import answer_blind, next_blind_report
from reports_nlp.services.extraction import extract_reports
from tests.annotation.bare import bare_patient, bare_study
from tests.factories import add_member, make_project, make_worklist, signed_in
from tests.reports_nlp.reports import bare_report, chest_findings

pytestmark = pytest.mark.django_db
ANSWERS = {"effusion": "present", "pneumothorax": "absent", "cardiomegaly": "not_mentioned", "pneumonia": "equivocal"}


@pytest.fixture
def project() -> Project:
    return make_project()


@pytest.fixture
def findings(project: Project) -> dict[str, Finding]:
    return chest_findings(project)


@pytest.fixture
def reader(project: Project) -> User:
    return add_member(project)


def reports(project: Project, number: int = 1) -> list[Report]:
    made = [bare_report(project, bare_study(project)) for _ in range(number)]
    extract_reports(project=project)
    return made


def test_answers_become_blind_verdicts_that_accuracy_counts_apart(
    project: Project, findings: dict[str, Finding], reader: User
) -> None:
    (report,) = reports(project)
    assert next_blind_report(project=project, reader=reader) == report
    answer_blind(report=report, reader=reader, digest=report.digest, answers=ANSWERS)
    given = {v.finding.code: v for v in ReportVerdict.objects.filter(report=report).select_related("finding")}
    assert {code: verdict.state for code, verdict in given.items()} == ANSWERS
    assert all(verdict.shown["blind"] and verdict.shown["picked"] == "random" for verdict in given.values())
    assert accuracy(project=project, only="blind").overall[0].scores.n == 4
    assert next_blind_report(project=project, reader=reader) is None


def test_the_next_report_stays_the_same_until_it_is_answered_and_differs_among_readers(
    project: Project, findings: dict[str, Finding], reader: User
) -> None:
    reports(project, 12)
    first = next_blind_report(project=project, reader=reader)
    assert next_blind_report(project=project, reader=reader) == first
    others = {next_blind_report(project=project, reader=add_member(project)) for _ in range(6)}
    assert len(others) > 1


def test_who_has_opened_the_study_or_the_report_is_not_blind(
    project: Project, findings: dict[str, Finding], reader: User
) -> None:
    first, second = reports(project, 2)
    assert first.study is not None
    note_opening(reader, first.study, project)
    assert next_blind_report(project=project, reader=reader) == second
    assert signed_in(reader).get(f"/api/reports/{second.pk}/").status_code == 200
    assert next_blind_report(project=project, reader=reader) is None
    for report in (first, second):
        with pytest.raises(Conflict, match="not blind"):
            answer_blind(report=report, reader=reader, digest=report.digest, answers=ANSWERS)


def test_reserved_patients_and_cases_to_be_read_unaided_are_not_drawn(
    project: Project, findings: dict[str, Finding], reader: User
) -> None:
    bare_report(project, bare_study(project, patient=bare_patient(Split.TEST)))
    (waiting,) = reports(project)
    assert waiting.study is not None
    make_worklist(project, [waiting.study], mode="unaided")
    assert next_blind_report(project=project, reader=reader) is None
    with pytest.raises(Conflict, match="unaided"):
        answer_blind(report=waiting, reader=reader, digest=waiting.digest, answers=ANSWERS)


def test_an_incomplete_form_and_unknown_words_are_refused(
    project: Project, findings: dict[str, Finding], reader: User
) -> None:
    (report,) = reports(project)
    for answers in ({"effusion": "present"}, ANSWERS | {"edema": "absent"}, ANSWERS | {"pneumonia": "maybe"}):
        with pytest.raises(Invalid):
            answer_blind(report=report, reader=reader, digest=report.digest, answers=answers)
    assert not ReportVerdict.objects.exists()


def test_another_text_or_a_second_answer_is_a_conflict(
    project: Project, findings: dict[str, Finding], reader: User
) -> None:
    (report,) = reports(project)
    with pytest.raises(Conflict, match="new version"):
        answer_blind(report=report, reader=reader, digest="0" * 64, answers=ANSWERS)
    answer_blind(report=report, reader=reader, digest=report.digest, answers=ANSWERS)
    with pytest.raises(Conflict):
        answer_blind(report=report, reader=reader, digest=report.digest, answers=ANSWERS)


def test_the_api_shows_text_and_form_and_no_suggestion(
    project: Project, findings: dict[str, Finding], reader: User
) -> None:
    (report,) = reports(project)
    client = signed_in(reader)
    told = client.get(f"/api/projects/{project.slug}/reports/blind/").json()
    assert set(told) == {"report", "digest", "text", "findings"}
    assert set(told["findings"][0]) == {"id", "code", "name", "definition"}
    body = {"digest": told["digest"], "answers": ANSWERS}
    assert client.post(f"/api/reports/{report.pk}/blind/", body).status_code == 201
    assert client.post(f"/api/reports/{report.pk}/blind/", body).status_code == 409
    assert client.get(f"/api/projects/{project.slug}/reports/blind/").status_code == 404
