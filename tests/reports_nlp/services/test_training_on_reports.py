"""Who trains on report labels opts in; a person's verdict on the report comes before any labeler's word."""

from __future__ import annotations

import pytest

from annotation.services.ledger import Line, get_source, open_batch, record_observations
from core.errors import Invalid
from core.models import Project
from learning.selectors.snapshot_preview import preview_snapshot
from learning.services.snapshots import freeze_snapshot
from reports_nlp.services.extraction import extract_reports
from reports_nlp.services.publishing import publish_labels
from reports_nlp.services.verdicts import Shown, correct_label
from tests.annotation.bare import bare_studies
from tests.factories import add_member, make_project, make_user, make_worklist, open_next, submit
from tests.reports_nlp.reports import bare_report, chest_findings

pytestmark = pytest.mark.django_db


@pytest.fixture
def project() -> Project:
    return make_project()


def test_a_verdict_outweighs_labelers_whenever_they_spoke_and_a_reading_outweighs_both(project: Project) -> None:
    effusion = chest_findings(project)["effusion"]
    studies = bare_studies(project, 3)
    reports = [bare_report(project, study, "IMPRESSION: Left pleural effusion.") for study in studies]
    extract_reports(project=project)
    simulated = add_member(project, user=make_user(is_simulated=True))
    for report in reports[:2]:
        correct_label(
            report=report, finding=effusion, reader=simulated, state="absent",
            shown=Shown(report.extractions.get().definition, report.digest),
        )
    labeler = open_batch(
        project=project, source=get_source(project=project, kind="report", name="chexbert"), act="import"
    )
    record_observations(batch=labeler, lines=[Line(effusion, study, "present") for study in studies[:2]])
    publish_labels(project=project, user=None)
    submit(open_next(make_worklist(project, studies[1:2]), add_member(project)), {effusion.pk: "present"})

    snapshot = freeze_snapshot(project=project, sources=("reader", "report"), findings=["effusion"])
    targets = dict(snapshot.rows.values_list("instance__series__study", "targets"))
    assert [targets[study.pk]["effusion"] for study in studies] == [0.0, 1.0, 1.0]
    row = snapshot.rows.get(instance__series__study=studies[0])
    assert row.sources["effusion"] == f"report:{simulated.username}/report"
    counted = {c.code: c for c in preview_snapshot(project=project, sources=("reader", "report")).findings}["effusion"]
    assert (counted.present, counted.absent, counted.simulated) == (2, 1, 1)


def test_nobody_trains_on_reports_unasked(project: Project) -> None:
    chest_findings(project)
    for study, text in zip(bare_studies(project, 2), ["No pleural effusion.", "Left pleural effusion."], strict=True):
        bare_report(project, study, f"IMPRESSION: {text}")
    extract_reports(project=project)
    publish_labels(project=project, user=None)
    with pytest.raises(Invalid, match="labels from other sources \\(report\\)"):
        freeze_snapshot(project=project, findings=["effusion"])
    assert freeze_snapshot(project=project, sources=("report",), findings=["effusion"]).rows.count() == 2
