"""`reextract_reports` and `publish_reports` on the command line; the sweep looks after forgotten reports."""

from __future__ import annotations

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from annotation.models import Batch, Observation
from core.models import Project
from reports_nlp.models import Extraction, Report
from reports_nlp.services.extraction import KIND, extract_forgotten
from tests.annotation.bare import bare_study
from tests.factories import make_project, make_user
from tests.reports_nlp.reports import bare_report, chest_findings
from workers.models import Job

pytestmark = pytest.mark.django_db


@pytest.fixture
def project() -> Project:
    made = make_project()
    chest_findings(made)
    for _ in range(2):
        bare_report(made, bare_study(made))
    return made


def call(name: str, *arguments: str) -> str:
    out = StringIO()
    call_command(name, *arguments, stdout=out)
    return out.getvalue()


def test_reports_are_read_once(project: Project) -> None:
    assert "2 of 2 reports read, 2 with other findings" in call("reextract_reports", project.slug)
    assert "0 of 2 reports read, 0 with other findings" in call("reextract_reports", project.slug)
    assert Extraction.objects.count() == 2


def test_the_work_may_be_left_to_the_workers(project: Project) -> None:
    assert "2 reports to read" in call("reextract_reports", project.slug, "--queue")
    assert Job.objects.get().queue == "nlp"


def test_a_rehearsal_writes_nothing_and_publishing_says_what_it_wrote(project: Project) -> None:
    call("reextract_reports", project.slug)
    make_user("anna")
    assert "6 new" in call("publish_reports", project.slug, "--dry-run")
    assert not Observation.objects.exists()
    told = call("publish_reports", project.slug, "--user", "anna")
    assert "6 new" in told
    assert f"Batches: {Batch.objects.get().pk}." in told
    assert Batch.objects.get().created_by.username == "anna"
    assert "Batches: none" in call("publish_reports", project.slug)


@pytest.mark.parametrize(("name", "arguments", "word"), [
    ("publish_reports", ["gone"], "No project 'gone'; known:"), ("reextract_reports", ["gone"], "No project 'gone'"),
    ("publish_reports", ["{slug}", "--user", "nobody"], "No user 'nobody'"),
])
def test_a_wrong_name_is_named(project: Project, name: str, arguments: list[str], word: str) -> None:
    with pytest.raises(CommandError, match=word):
        call(name, *(argument.format(slug=project.slug) for argument in arguments))


def test_the_sweep_queues_what_nothing_has_looked_at(project: Project) -> None:
    assert extract_forgotten() == 0  # too young: their own job may be on its way
    Report.objects.update(created_at=timezone.now() - timedelta(minutes=5))
    assert extract_forgotten() == 1
    assert extract_forgotten() == 1
    assert Job.objects.filter(kind=KIND).count() == 1
    Job.objects.all().delete()
    call("reextract_reports", project.slug)
    assert extract_forgotten() == 0
