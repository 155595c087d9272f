from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.conf import settings

from annotation.models import CurrentObservation, Finding
from core.errors import Conflict
from core.models import AuditEvent, Project, Role, User
from imaging.models import Split
from reports_nlp.models import ReportVoice
from reports_nlp.services.language_model import enqueue_reading, state_of
from reports_nlp.services.llm_publishing import enqueue_publishing_of_language_model
from reports_nlp.services.withdrawal import erase_reports
from tests.annotation.bare import bare_patient, bare_study
from tests.factories import add_member, make_project
from tests.learning.world import run_here
from tests.reports_nlp.learning.llm_server import Behaviour, Heard, answers, labels, serving
from tests.reports_nlp.reports import bare_report, chest_findings
from tests.reports_nlp.verdicts import verdict
from workers.models import Job

pytestmark = pytest.mark.django_db
GOOD = answers(labels(
    ("Pleural effusion", "present", "Small left pleural effusion"), ("Pneumonia", "uncertain", "Possible pneumonia"),
))


@pytest.fixture
def project() -> Project:
    return make_project()


@pytest.fixture
def findings(project: Project) -> dict[str, Finding]:
    return chest_findings(project)


@pytest.fixture
def manager(project: Project) -> User:
    return add_member(project, Role.MANAGER)


@contextmanager
def language_model(behave: Behaviour, monkeypatch: pytest.MonkeyPatch) -> Iterator[Heard]:
    with serving(behave) as heard:
        monkeypatch.setattr(settings, "LLM_URL", heard.url)
        monkeypatch.setattr(settings, "LLM_MODEL", "small")
        monkeypatch.setattr(settings, "LLM_SECONDS", 2.0)
        monkeypatch.setattr("time.sleep", lambda seconds: None)
        yield heard


def ask(project: Project, manager: User, limit: int = 50) -> Job:
    return run_here(enqueue_reading(project=project, user=manager, limit=limit))


def test_it_is_off_unless_an_operator_sets_it(project: Project, manager: User) -> None:
    assert not state_of(project).is_on
    assert "RADLOOP_LLM_URL" in state_of(project).why_not
    with pytest.raises(Conflict, match="No language model"):
        enqueue_reading(project=project, user=manager)


def test_its_answers_become_voices_with_places_in_the_text(
    project: Project, findings: dict[str, Finding], manager: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    report = bare_report(project, bare_study(project))
    with language_model(GOOD, monkeypatch):
        job = ask(project, manager)
        assert state_of(project).reports_read == 1
    assert (job.state, job.result) == ("done", {"read": 1})
    voices = {v.finding.code: v for v in ReportVoice.objects.filter(report=report).select_related("finding")}
    assert {code: voice.state for code, voice in voices.items()} == {
        "effusion": "present", "pneumonia": "equivocal", "pneumothorax": "not_mentioned",
        "cardiomegaly": "not_mentioned",
    }
    assert {voice.source for voice in voices.values()} == {"llm:small"}
    start, end = voices["pneumonia"].spans[0]
    assert report.text[start:end] == "Possible pneumonia"
    assert AuditEvent.objects.filter(action="language_model.asked", project=project).exists()


def test_fabricated_quotes_are_counted_and_leave_no_voice(
    project: Project, findings: dict[str, Finding], manager: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    report = bare_report(project, bare_study(project))
    lies = labels(("Pleural effusion", "present", "large right effusion"), ("Pneumonia", "absent", "no pneumonia"))
    with language_model(answers(lies), monkeypatch):
        job = ask(project, manager)
    assert job.result == {"read": 1, "rejected: quote not in the text": 2}
    said = set(ReportVoice.objects.filter(report=report).values_list("finding__code", flat=True))
    assert said == {"pneumothorax", "cardiomegaly"}


def test_publishing_writes_its_quoted_labels_under_a_source_of_their_own(
    project: Project, findings: dict[str, Finding], manager: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    report = bare_report(project, bare_study(project))
    judged = bare_report(project, bare_study(project))
    reserved = bare_report(project, bare_study(project, patient=bare_patient(Split.TEST)))
    with language_model(GOOD, monkeypatch):
        ask(project, manager)
        verdict(judged, findings["effusion"], manager, "absent")
        ReportVoice.objects.create(
            report=reserved, finding=findings["effusion"], source="llm:small", definition="d", state="present",
            spans=[[0, 9]],
        )
        job = run_here(enqueue_publishing_of_language_model(project=project, user=manager))
        assert job.result == {"written": 3, "withdrawn": 0}
        again = run_here(enqueue_publishing_of_language_model(project=project, user=manager))
        assert again.result == {"written": 0, "withdrawn": 0}
        said = {
            (row.study_id, row.finding.code): row.observation.state
            for row in CurrentObservation.objects.filter(source__kind="report", source__name="llm:small")
            .select_related("finding", "observation")
        }
        assert said == {
            (report.study_id, "effusion"): "present", (report.study_id, "pneumonia"): "equivocal",
            (judged.study_id, "pneumonia"): "equivocal",
        }
        ReportVoice.objects.filter(report=report).delete()
        gone = run_here(enqueue_publishing_of_language_model(project=project, user=manager))
        assert gone.result == {"written": 0, "withdrawn": 2}


def test_a_report_is_asked_about_once_and_those_with_verdicts_first(
    project: Project, findings: dict[str, Finding], manager: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    judged = bare_report(project, bare_study(project), "Judged. Small left pleural effusion. Possible pneumonia.")
    verdict(judged, findings["effusion"], manager, "present")
    bare_report(project, bare_study(project))
    with language_model(GOOD, monkeypatch) as heard:
        ask(project, manager, limit=1)
        assert "Judged." in heard.texts()[0]
        ask(project, manager)
        assert ask(project, manager).result == {}
    assert len(heard.requests) == 2


def test_reports_of_reserved_sets_are_not_sent(
    project: Project, findings: dict[str, Finding], manager: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    for split in (Split.GATE, Split.TEST, Split.CALIBRATION):
        bare_report(project, bare_study(project, patient=bare_patient(split)))
    with language_model(GOOD, monkeypatch) as heard:
        assert ask(project, manager).result == {}
    assert heard.requests == []


def test_a_server_that_refuses_fails_the_job_with_what_to_do(
    project: Project, findings: dict[str, Finding], manager: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    bare_report(project, bare_study(project))
    with language_model(answers("", status=401), monkeypatch):
        job = ask(project, manager)
    assert job.state == "failed"
    assert "RADLOOP_LLM_KEY" in job.failure


def test_a_server_that_is_away_lets_the_job_wait_and_keeps_what_it_has(
    project: Project, findings: dict[str, Finding], manager: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(8):
        bare_report(project, bare_study(project))
    seen: list[int] = []

    def behave(handler: Any, body: dict[str, Any]) -> None:
        seen.append(1)
        (GOOD if len(seen) <= 2 else answers("", status=503))(handler, body)

    with language_model(behave, monkeypatch):
        monkeypatch.setattr(settings, "LLM_AT_ONCE", 1)
        job = ask(project, manager)
    assert job.state == "queued"
    assert "not answered" in job.failure
    assert ReportVoice.objects.filter(source="llm:small").values("report").distinct().count() == 2


def test_an_address_outside_is_refused_before_anything_is_sent(
    project: Project, findings: dict[str, Finding], manager: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    bare_report(project, bare_study(project))
    with language_model(GOOD, monkeypatch):
        monkeypatch.setattr(settings, "LLM_URL", "http://8.8.8.8:9/v1")
        job = ask(project, manager)
    assert job.state == "failed"
    assert "outside private networks" in job.failure


def test_unreadable_answers_are_counted_and_asked_for_again_another_time(
    project: Project, findings: dict[str, Finding], manager: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    report = bare_report(project, bare_study(project))
    with language_model(answers("no JSON"), monkeypatch):
        assert ask(project, manager).result == {"unreadable": 1}
        assert not ReportVoice.objects.filter(report=report).exists()
    with language_model(GOOD, monkeypatch):
        assert ask(project, manager).result == {"read": 1}


def test_what_it_said_of_a_withdrawn_patient_goes(
    project: Project, findings: dict[str, Finding], manager: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    report = bare_report(project, bare_study(project))
    with language_model(GOOD, monkeypatch):
        ask(project, manager)
    assert report.study is not None
    erase_reports(report.study.patient)
    assert not ReportVoice.objects.exists()
