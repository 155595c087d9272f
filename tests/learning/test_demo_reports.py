"""The demo's reports: read rightly, judged by a marked reader, published, in one job that may be repeated."""

from __future__ import annotations

import pytest

from annotation.models import Batch, CurrentObservation, Source
from core.errors import Invalid
from imaging import phantoms
from learning.demo.reports import READER, defer_reports
from reports_nlp.models import Extraction, ReportVerdict
from reports_nlp.services import store_report
from reports_nlp.services.simulated_verdicts import judge_reports
from tests import factories
from tests.factories import PREVALENCE, Team
from workers.engine import run_pending

pytestmark = pytest.mark.django_db
STUDIES = 12


@pytest.fixture
def team() -> Team:
    made = factories.make_team()
    factories.make_findings(made.project)
    studies = factories.make_studies(made.project, STUDIES, with_truth=True)
    for index, study in enumerate(studies):
        thorax = phantoms.sample_thorax(seed=7, index=index, prevalence=PREVALENCE)
        store_report(project=made.project, study=study, text=phantoms.report_text(thorax))
    return made


def test_reports_of_phantoms_are_read_judged_and_published(team: Team) -> None:
    job = defer_reports(project=team.project, user=team.admin, seed=1, judged=4)
    run_pending()
    job.refresh_from_db()
    assert (job.state, job.result["reports"], job.result["judged"]) == ("done", STUDIES, 4)
    assert Extraction.objects.filter(is_current=True).count() == STUDIES
    assert set(ReportVerdict.objects.values_list("reader__username", flat=True)) == {READER}
    assert Source.objects.get(name=f"{READER}/report").is_simulated
    assert Batch.objects.filter(source__name="rules:chexpert").count() == 1


def test_what_is_published_is_true_to_the_phantoms(team: Team) -> None:
    defer_reports(project=team.project, user=team.admin, seed=1, judged=0)
    run_pending()
    lines = CurrentObservation.objects.filter(source__name="rules:chexpert").select_related("observation", "finding")
    said = {(line.study_id, line.finding.code): line.observation.state for line in lines}
    truth = {
        (line.study_id, line.finding.code): line.observation.state
        for line in CurrentObservation.objects.filter(source__kind="record").select_related("observation", "finding")
    }
    wrong = {key: state for key, state in said.items() if state != truth[key]}
    assert wrong == {}
    assert len([state for state in said.values() if state == "present"]) == list(truth.values()).count("present")


def test_a_second_run_judges_and_writes_nothing_more(team: Team) -> None:
    defer_reports(project=team.project, user=team.admin, seed=1, judged=STUDIES)
    run_pending()
    before = ReportVerdict.objects.count(), Batch.objects.count()
    defer_reports(project=team.project, user=team.admin, seed=1, judged=STUDIES)
    run_pending()
    assert (ReportVerdict.objects.count(), Batch.objects.count()) == before


def test_a_person_is_never_driven_by_a_program(team: Team) -> None:
    with pytest.raises(Invalid, match="is a person"):
        judge_reports(project=team.project, reader=team.annotator, count=1, seed=1)
