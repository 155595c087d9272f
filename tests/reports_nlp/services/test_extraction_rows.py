"""A batch is written in a few statements, and each of its reports as if it were alone."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core.models import Project
from reports_nlp.models import Extraction, Mention, Report, ReportLabel, ReportLink
from reports_nlp.services.extraction import extract_report, extract_reports
from reports_nlp.services.extraction_rows import write_extractions
from reports_nlp.services.rules_versions import rules_in_force, save_rules
from tests.annotation.bare import bare_study
from tests.factories import make_project
from tests.reports_nlp.reports import bare_report, new_version

pytestmark = pytest.mark.django_db
TEXTS = (
    "IMPRESSION: No pneumothorax.", "IMPRESSION: Small effusion, series 4 image 32.", "IMPRESSION: Possible pneumonia.",
)


@pytest.fixture
def project() -> Project:
    return make_project("chest")


def said(report: Report) -> tuple[list, list, list, list]:
    """All that is kept of a report's current extraction, without its keys."""
    found = Extraction.objects.get(report=report, is_current=True)
    labels = found.labels.order_by("finding")
    return (
        list(found.mentions.order_by("start").values_list("finding", "start", "end", "polarity", "rule")),
        list(labels.values_list("finding", "value", "reason")),
        [sorted(label.mentions.values_list("start", flat=True)) for label in labels],
        list(ReportLink.objects.filter(report=report).values_list("series_number", "image_number")),
    )


def test_reports_of_a_batch_do_not_mix(project: Project) -> None:
    together = [bare_report(project, bare_study(project), text) for text in TEXTS]
    extract_reports(project=project)
    alone = [bare_report(project, bare_study(project), text) for text in TEXTS]
    for report in alone:
        extract_report(report=report)
    assert [said(report) for report in together] == [said(report) for report in alone]
    assert said(together[1])[3] == [(4, 32)]


def test_a_batch_of_fresh_changed_same_and_superseded(project: Project) -> None:
    own = {"finding": "Quixotoma", "words": ["quixotoma"]}
    changed, same, old = (bare_report(project, bare_study(project), f"IMPRESSION: {text}") for text in (
        "A quixotoma.", "No pneumothorax.", "Mild edema."))
    extract_reports(project=project)
    save_rules(project=project, user=None, base_number=0, phrases=[own])
    new = new_version(old, "IMPRESSION: No edema.")
    batch = [changed, same, old, new]
    found = list(rules_in_force(project=project).extractor("en").pipe([report.text for report in batch]))
    assert write_extractions(list(zip(batch, found, strict=True))) == 2
    definition = found[0].definition
    confirmed = Extraction.objects.filter(is_current=True, confirmed=definition)
    assert dict(confirmed.values_list("report", "definition")) == {
        changed.pk: definition, new.pk: definition, same.pk: Extraction.objects.get(report=same).definition,
    }
    assert Extraction.objects.filter(report=same).count() == Extraction.objects.filter(report=old).count() == 1
    assert "Quixotoma" in [mention[0] for mention in said(changed)[0]]


def test_statements_do_not_grow_with_the_batch(project: Project) -> None:
    def statements(count: int) -> int:
        for _ in range(count):
            bare_report(project, bare_study(project), TEXTS[0])
        with CaptureQueriesContext(connection) as caught:
            extract_reports(project=project)
        return len(caught)

    extract_reports(project=project)
    assert statements(20) == statements(2)
    assert Mention.objects.count() >= ReportLabel.objects.filter(finding="Pneumothorax").count() == 22
