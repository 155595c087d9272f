"""Whatever happens to texts, rules and verdicts, in whatever order: publishing says what stands, once."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from annotation.models import Batch, CurrentObservation, Observation
from annotation.services.ledger import rebuild_projections, withdraw_batch
from core.models import Project, User
from reports_nlp.models import Extraction, Report, ReportVerdict
from reports_nlp.selectors.labels import STATE_OF, active_findings, finding_labels
from reports_nlp.services.extraction import extract_reports
from reports_nlp.services.publishing import publish_labels
from reports_nlp.services.rules_versions import rules_in_force, save_rules
from reports_nlp.services.verdicts import Shown, correct_label
from tests.annotation.bare import bare_study
from tests.factories import add_member, make_project
from tests.reports_nlp.reports import bare_report, chest_findings, new_version

SENTENCES = ["No pleural effusion.", "Left pleural effusion.", "Possible pneumonia.", "Quixotoma.", "No pneumothorax."]
PHRASES = [[], [{"finding": "Pneumonia", "words": ["quixotoma"]}], [{"finding": "Other", "words": ["quixotoma"]}]]
TEXTS = st.lists(st.sampled_from(SENTENCES), min_size=1, max_size=3).map(lambda s: "IMPRESSION: " + " ".join(s))
ACTS = st.lists(
    st.one_of(
        st.tuples(st.just("text"), st.integers(0, 1), TEXTS),
        st.tuples(st.just("rules"), st.sampled_from(PHRASES)),
        st.tuples(st.just("verdict"), st.integers(0, 1), st.sampled_from(["effusion", "pneumonia"]),
                  st.sampled_from(["present", "absent", "not_mentioned"])),
        st.tuples(st.just("extract")), st.tuples(st.just("publish")), st.tuples(st.just("withdraw")),
    ),
    max_size=10,
)


def act(project: Project, reader: User, keys: list[str], name: str, *more: object) -> None:
    """One thing that happens."""
    if name == "text":
        new_version(newest(project, keys[more[0]]), more[1])
    elif name == "rules":
        number = rules_in_force(project=project).number
        save_rules(project=project, user=None, base_number=number, phrases=more[0])
    elif name == "verdict":
        judge(newest(project, keys[more[0]]), reader, *more[1:])
    elif name == "extract":
        extract_reports(project=project)
    elif name == "publish":
        publish_labels(project=project, user=None)
    elif batch := Batch.objects.filter(project=project, withdrawn_at=None, source__user=None).last():
        withdraw_batch(batch=batch, user=None)


def newest(project: Project, key: str) -> Report:
    return Report.objects.get(project=project, key=key, is_latest=True)


def judge(report: Report, reader: User, code: str, state: str) -> None:
    extraction = Extraction.objects.filter(report=report, is_current=True).first()
    if extraction is None:
        return
    mine = ReportVerdict.objects.filter(report=report, finding__code=code, reader=reader, is_current=True).first()
    shown = Shown(extraction.definition, report.digest, None if mine is None else mine.pk)
    finding = report.project.findings.get(code=code)
    correct_label(report=report, finding=finding, reader=reader, shown=shown, state=state)


def wanted(project: Project) -> dict[tuple[int, str], str]:
    """(study, finding) → state: what the rules in force find in the newest texts, where no reader has judged it."""
    rules, found = rules_in_force(project=project), {}
    for report in Report.objects.filter(project=project, is_latest=True):
        extraction = Extraction.objects.get(report=report, is_current=True)
        judged = set(report.verdicts.filter(is_current=True).values_list("finding__code", flat=True))
        for label in finding_labels(
            extraction=extraction, findings=active_findings(project), finding_map=rules.finding_map
        ):
            if label.value is not None and label.finding.code not in judged:
                found[(report.study_id, label.finding.code)] = STATE_OF[label.value]
    return found


def standing(project: Project) -> dict[tuple[int, str], str]:
    rows = CurrentObservation.objects.filter(project=project, source__name__startswith="rules:")
    return {(s, f): state for s, f, state in rows.values_list("study", "finding__code", "observation__state")}


@pytest.mark.django_db
@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(acts=ACTS)
def test_after_publishing_the_ledger_says_what_the_reports_say_and_nothing_is_written_twice(acts: list) -> None:
    project = make_project()
    chest_findings(project)
    reader = add_member(project)
    keys = [bare_report(project, bare_study(project), "IMPRESSION: Left pleural effusion.").key for _ in range(2)]
    for name, *more in acts:
        act(project, reader, keys, name, *more)
    extract_reports(project=project)
    publish_labels(project=project, user=None)
    assert standing(project) == wanted(project)
    lines = Observation.objects.filter(project=project).count()
    again = publish_labels(project=project, user=None)
    assert (again.lines, Observation.objects.filter(project=project).count()) == (0, lines)
    before = standing(project)
    rebuild_projections(project=project)
    assert standing(project) == before
    for verdict in ReportVerdict.objects.filter(report__project=project):
        assert verdict.shown["digest"] == verdict.report.digest
    current = Extraction.objects.filter(report__project=project, is_current=True)
    assert current.count() == len(set(current.values_list("report", flat=True)))
