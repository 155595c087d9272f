"""A wrong match by hand is taken back: the report waits again, and nothing that it said about the study counts."""

from __future__ import annotations

import pytest

from annotation.models import CurrentObservation, Observation
from annotation.services.ledger import rebuild_projections
from core.errors import Conflict
from core.models import AuditEvent, Project, User
from reports_nlp.models import Report, ReportVerdict
from reports_nlp.services.extraction import extract_reports
from reports_nlp.services.matching import match_by_hand
from reports_nlp.services.publishing import publish_labels
from reports_nlp.services.unmatching import is_matched_by_hand, unmatch
from reports_nlp.services.verdicts import Shown, correct_label
from tests.annotation.bare import bare_study
from tests.factories import add_member, make_project
from tests.reports_nlp.reports import bare_report, chest_findings, new_version

pytestmark = pytest.mark.django_db


@pytest.fixture
def project() -> Project:
    made = make_project()
    chest_findings(made)
    return made


@pytest.fixture
def manager(project: Project) -> User:
    return add_member(project, "manager")


def said(project: Project) -> dict[tuple[str, str, int], str]:
    """(source, finding, study) → state, of what counts."""
    rows = CurrentObservation.objects.filter(project=project).select_related("source", "finding", "observation")
    return {(row.source.name, row.finding.code, row.study_id): row.observation.state for row in rows}


def judge(report: Report, reader: User, code: str, state: str) -> ReportVerdict:
    shown = Shown(report.extractions.get(is_current=True).definition, report.digest)
    finding = report.project.findings.get(code=code)
    return correct_label(report=report, finding=finding, reader=reader, shown=shown, state=state)


def test_what_it_said_about_the_study_is_withdrawn_and_nothing_is_deleted(project: Project, manager: User) -> None:
    wrong, reader = bare_study(project), add_member(project)
    report = bare_report(project)
    extract_reports(project=project)
    match_by_hand(report=report, study=wrong, user=manager)
    judge(report, reader, "pneumonia", "present")
    publish_labels(project=project, user=manager)
    assert len(said(project)) == 3
    lines = Observation.objects.count()
    done = unmatch(report=report, user=manager)
    report.refresh_from_db()
    assert (report.study, done.study, done.lines) == (None, wrong, 3)
    assert said(project) == {}
    assert Observation.objects.count() == lines + 3
    assert list(Observation.objects.order_by("-pk").values_list("state", flat=True)[:3]) == ["withdrawn"] * 3
    rebuild_projections()
    assert said(project) == {}
    event = AuditEvent.objects.get(action="report.unmatched")
    assert (event.actor, event.detail) == (manager, {"study": wrong.uid, "lines": 3})


def test_verdicts_stay_with_the_report_and_follow_it_to_the_right_study(project: Project, manager: User) -> None:
    wrong, right, reader = bare_study(project), bare_study(project), add_member(project)
    report = bare_report(project)
    extract_reports(project=project)
    match_by_hand(report=report, study=wrong, user=manager)
    judge(report, reader, "pneumonia", "present")
    unmatch(report=report, user=manager)
    report.refresh_from_db()
    match_by_hand(report=report, study=right, user=manager)
    publish_labels(project=project, user=manager)
    source = f"{reader.username}/report"
    assert said(project) == {
        (source, "pneumonia", right.pk): "present", ("rules:chexpert", "effusion", right.pk): "present",
        ("rules:chexpert", "pneumothorax", right.pk): "absent",
    }
    assert is_matched_by_hand(Report.objects.get(pk=report.pk))


def test_what_another_report_of_the_study_says_stands(project: Project, manager: User) -> None:
    study, reader = bare_study(project), add_member(project)
    own = bare_report(project, study, "IMPRESSION: Small left pleural effusion. No pneumothorax.")
    wrong = bare_report(project)
    extract_reports(project=project)
    match_by_hand(report=wrong, study=study, user=manager)
    judge(own, reader, "cardiomegaly", "absent")
    judge(wrong, reader, "cardiomegaly", "present")
    publish_labels(project=project, user=manager)
    source = f"{reader.username}/report"
    assert said(project)[(source, "cardiomegaly", study.pk)] == "present"
    unmatch(report=wrong, user=manager)
    assert {key[:2]: state for key, state in said(project).items()} == {
        (source, "cardiomegaly"): "absent", ("rules:chexpert", "effusion"): "present",
        ("rules:chexpert", "pneumothorax"): "absent",
    }


def test_nothing_is_published_by_undoing(project: Project, manager: User) -> None:
    study = bare_study(project)
    bare_report(project, study)
    wrong = bare_report(project)
    extract_reports(project=project)
    match_by_hand(report=wrong, study=study, user=manager)
    assert unmatch(report=wrong, user=manager).lines == 0
    assert said(project) == {}


def test_a_later_version_and_the_earlier_one_wait_together(project: Project, manager: User) -> None:
    first = bare_report(project)
    match_by_hand(report=first, study=bare_study(project), user=manager)
    first.refresh_from_db()
    second = new_version(first, "IMPRESSION: Corrected.")
    assert unmatch(report=second, user=manager).versions == 2
    assert set(Report.objects.values_list("study", flat=True)) == {None}


def test_a_match_by_identifiers_is_no_decision_to_undo(project: Project, manager: User) -> None:
    report = bare_report(project, bare_study(project))
    for one in (report, bare_report(project)):
        with pytest.raises(Conflict, match="no decision to take back"):
            unmatch(report=one, user=manager)
    match_by_hand(report=(waiting := bare_report(project)), study=bare_study(project), user=manager)
    unmatch(report=waiting, user=manager)
    Report.objects.filter(pk=waiting.pk).update(study=bare_study(project))
    assert not is_matched_by_hand(Report.objects.get(pk=waiting.pk)), "undone by hand, found by its identifiers since"
