"""Several at once: rules saved, reports extracted, labels published, texts replaced. One order of events comes out."""

from __future__ import annotations

from collections import Counter

import pytest

from annotation.models import Batch, CurrentObservation, Observation
from annotation.services.ledger import rebuild_projections
from core.errors import Conflict
from core.models import Project
from reports_nlp.models import Extraction, Report, RulesVersion
from reports_nlp.services.extraction import extract_reports
from reports_nlp.services.publishing import publish_labels
from reports_nlp.services.rules_versions import save_rules
from reports_nlp.services.verdicts import Shown, correct_label
from tests.annotation.bare import bare_studies
from tests.factories import add_member, make_project
from tests.racing import errors_of, race
from tests.reports_nlp.reports import bare_report, chest_findings, new_version

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def project() -> Project:
    made = make_project()
    chest_findings(made)
    for study in bare_studies(made, 6):
        bare_report(made, study)
    return made


def test_of_several_who_save_rules_at_once_one_does(project: Project) -> None:
    answers = race(*(lambda: save_rules(project=project, user=None, base_number=0) for _ in range(4)))
    assert Counter(type(answer) for answer in answers) == {RulesVersion: 1, Conflict: 3}
    assert RulesVersion.objects.get().number == 1


def test_workers_on_the_same_reports_extract_each_once(project: Project) -> None:
    answers = race(*(lambda: extract_reports(project=project) for _ in range(3)))
    assert errors_of(answers) == []
    assert sum(answers) == 6
    assert Extraction.objects.count() == Extraction.objects.filter(is_current=True).count() == 6


def test_a_text_that_is_replaced_while_it_is_read_leaves_no_stray_extraction(project: Project) -> None:
    reports = list(Report.objects.all())
    answers = race(
        lambda: extract_reports(project=project),
        lambda: [new_version(report, "IMPRESSION: No pleural effusion.") for report in reports],
    )
    assert errors_of(answers) == []
    extract_reports(project=project)
    current = Extraction.objects.filter(is_current=True, report__is_latest=True)
    assert current.count() == 6
    assert {label.value for one in current for label in one.labels.filter(finding="Pleural Effusion")} == {0}


def test_two_who_publish_at_once_leave_each_line_counted_once(project: Project) -> None:
    extract_reports(project=project)
    answers = race(*(lambda: publish_labels(project=project, user=None) for _ in range(3)))
    assert errors_of(answers) == []
    assert CurrentObservation.objects.count() == 18
    before = set(CurrentObservation.objects.values_list("finding", "study", "observation__state"))
    rebuild_projections(project=project)
    assert set(CurrentObservation.objects.values_list("finding", "study", "observation__state")) == before
    lines = Observation.objects.count()
    publish_labels(project=project, user=None)
    assert Observation.objects.count() == lines
    assert Batch.objects.count() <= 3


def test_a_verdict_while_labels_are_published_stands_after_the_next_publishing(project: Project) -> None:
    extract_reports(project=project)
    report, reader = Report.objects.first(), add_member(project)
    assert report is not None
    effusion = project.findings.get(code="effusion")
    shown = Shown(report.extractions.get().definition, report.digest)
    answers = race(
        lambda: publish_labels(project=project, user=None),
        lambda: correct_label(report=report, finding=effusion, reader=reader, shown=shown, state="absent"),
    )
    assert errors_of(answers) == []
    publish_labels(project=project, user=None)
    lines = CurrentObservation.objects.filter(study=report.study_id, finding=effusion)
    assert list(lines.values_list("source__name", "observation__state")) == [(f"{reader.username}/report", "absent")]
