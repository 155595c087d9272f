"""Publishing brings the ledger to what the reports say: only differences are written, one withdrawal undoes an act."""

from __future__ import annotations

import pytest

from annotation.models import Batch, CurrentObservation, Finding, Observation
from annotation.selectors.answers import reserved_answers, verified_answers
from annotation.services.import_labels import get_source
from annotation.services.ledger import Line, open_batch, rebuild_projections, record_observations, withdraw_batch
from annotation.services.reserve import draw_reserved_sets
from annotation.services.schema import create_finding, merge_findings
from core.errors import Invalid
from core.models import Project, User
from imaging.models import Patient, Split
from reports_nlp.models import Report, ReportVoice, TextModel
from reports_nlp.selectors.evidence import report_evidence
from reports_nlp.selectors.flags import flagged_verdicts
from reports_nlp.services.extraction import extract_reports
from reports_nlp.services.publishing import enqueue_publishing, preview_publication, publish_labels
from reports_nlp.services.rules_versions import rules_in_force, save_rules
from reports_nlp.services.verdicts import Shown, accept_label, correct_label
from tests.annotation.bare import bare_studies, bare_study
from tests.factories import add_member, make_project
from tests.reports_nlp.reports import bare_report, chest_findings, new_version
from workers.engine import run_pending

pytestmark = pytest.mark.django_db
RULES = "report:rules:chexpert"


@pytest.fixture
def project() -> Project:
    return make_project()


@pytest.fixture
def findings(project: Project) -> dict[str, Finding]:
    return chest_findings(project)


@pytest.fixture
def report(project: Project, findings: dict[str, Finding]) -> Report:
    made = bare_report(project, bare_study(project))
    extract_reports(project=project)
    return made


def said(project: Project) -> dict[tuple[str, str], str]:
    """(source, finding) → state, of what counts."""
    rows = CurrentObservation.objects.filter(project=project).select_related("source", "finding", "observation")
    return {(str(row.source), row.finding.code): row.observation.state for row in rows}


def publish(project: Project) -> tuple[int, int, int, int]:
    """Publish; how many lines are new, changed, withdrawn, unchanged. The preview says the same before."""
    before = preview_publication(project=project)
    done = publish_labels(project=project, user=None)
    assert before.sentence == done.sentence
    return done.new, done.changed, done.withdrawn, done.unchanged


def test_each_label_becomes_a_line_with_its_evidence(project: Project, report: Report) -> None:
    assert publish(project) == (3, 0, 0, 0)
    assert said(project) == {
        (RULES, "effusion"): "present", (RULES, "pneumonia"): "equivocal", (RULES, "pneumothorax"): "absent",
    }
    line = Observation.objects.get(finding__code="pneumothorax")
    (evidence,) = line.shown["evidence"]
    assert (evidence["report"], evidence["digest"]) == (report.pk, report.digest)
    assert [mention["cues"][0][0] for mention in evidence["mentions"]] == ["negation"]
    assert (line.batch.act, line.source.user) == ("report", None)


def test_publishing_again_writes_nothing(project: Project, report: Report) -> None:
    publish(project)
    rows = list(Observation.objects.values_list("pk", flat=True))
    assert publish(project) == (0, 0, 0, 3)
    assert list(Observation.objects.values_list("pk", flat=True)) == rows
    assert Batch.objects.count() == 1


def test_only_what_changed_is_written_and_what_vanished_is_withdrawn(project: Project, report: Report) -> None:
    publish(project)
    new_version(report, "IMPRESSION: No pleural effusion. Possible pneumonia.")
    extract_reports(project=project)
    assert publish(project) == (0, 1, 1, 1)
    assert said(project) == {(RULES, "effusion"): "absent", (RULES, "pneumonia"): "equivocal"}
    assert Observation.objects.filter(batch=Batch.objects.latest("pk")).count() == 2
    before = said(project)
    rebuild_projections(project=project)
    assert said(project) == before


def test_one_withdrawal_undoes_an_act(project: Project, report: Report) -> None:
    publish(project)
    first = said(project)
    new_version(report, "IMPRESSION: No pleural effusion.")
    extract_reports(project=project)
    publish(project)
    withdraw_batch(batch=Batch.objects.latest("pk"), user=None)
    assert said(project) == first
    withdraw_batch(batch=Batch.objects.earliest("pk"), user=None)
    assert said(project) == {}
    assert publish(project) == (1, 0, 0, 0)


def test_another_policy_is_another_source_and_the_old_one_is_silent(project: Project, report: Report) -> None:
    publish(project)
    save_rules(project=project, user=None, base_number=0, policy="mesh")
    extract_reports(project=project)
    publish(project)
    assert {source for source, _ in said(project)} == {"report:rules:mesh"}


def test_imported_labels_of_a_report_labeler_are_left_alone(
    project: Project, report: Report, findings: dict[str, Finding]
) -> None:
    source = get_source(project=project, kind="report", name="chexbert")
    batch = open_batch(project=project, source=source, act="import")
    assert report.study is not None
    record_observations(batch=batch, lines=[Line(findings["cardiomegaly"], report.study, "present")])
    publish(project)
    assert publish(project) == (0, 0, 0, 3)
    assert said(project)[("report:chexbert", "cardiomegaly")] == "present"


@pytest.mark.parametrize("purpose", ["gate", "calibration", "test"])
def test_reserved_sets_get_no_line(project: Project, findings: dict[str, Finding], purpose: str) -> None:
    studies = bare_studies(project, 2, split=Split.UNASSIGNED)
    draw_reserved_sets(project=project, sizes={purpose: 1}, seed=1)
    for study in studies:
        bare_report(project, study)
    extract_reports(project=project)
    done = publish_labels(project=project, user=None)
    assert (done.studies, done.reserved_studies) == (1, 1)
    assert "1 studies of reserved sets" in done.sentence
    assert set(Observation.objects.values_list("study__patient__split", flat=True)) == {Split.POOL}
    assert reserved_answers(project=project, purpose=purpose) == {}
    assert verified_answers(project=project) == {}


def test_a_study_that_becomes_reserved_in_another_project_loses_its_lines(project: Project, report: Report) -> None:
    publish(project)
    assert report.study is not None
    Patient.objects.filter(pk=report.study.patient_id).update(split=Split.GATE)
    assert publish(project) == (0, 0, 3, 0)


def test_what_a_reader_has_judged_stands_as_the_reader_s(
    project: Project, report: Report, findings: dict[str, Finding]
) -> None:
    reader = add_member(project)
    publish(project)
    shown = Shown(report.extractions.get().definition, report.digest)
    accept_label(report=report, finding=findings["effusion"], reader=reader, shown=shown)
    correct_label(report=report, finding=findings["pneumonia"], reader=reader, shown=shown, state="not_mentioned")
    assert publish(project) == (0, 0, 2, 1)
    assert said(project) == {
        (f"report:{reader.username}/report", "effusion"): "present", (RULES, "pneumothorax"): "absent",
    }


def test_a_promoted_text_model_speaks_in_the_rules_place(
    project: Project, report: Report, findings: dict[str, Finding]
) -> None:
    publish(project)
    rules = rules_in_force(project=project)
    measured = {"names": list(rules.finding_map["effusion"]), "rules": {"en": rules.definition("en")}}
    TextModel.objects.create(
        project=project, finding=findings["effusion"], kind="linear", state="promoted", definition="d" * 64,
        metrics=measured,
    )
    assert publish(project) == (0, 0, 0, 3)  # it has not read this report yet
    ReportVoice.objects.create(
        report=report, finding=findings["effusion"], source="text:linear", definition="d" * 64, state="absent",
        probability=0.9, spans=[[0, 4]],
    )
    assert publish(project) == (1, 0, 1, 2)
    assert said(project)[("report:text:linear", "effusion")] == "absent"
    assert (RULES, "effusion") not in said(project)
    line = Observation.objects.get(source__name="text:linear")
    assert (round(line.probability or 0, 3), line.shown["evidence"][0]["spans"]) == (0.1, [[0, 4]])
    TextModel.objects.update(metrics=measured | {"rules": {"en": "measured against others"}})
    assert publish(project) == (1, 0, 1, 2)
    TextModel.objects.update(metrics=measured)
    assert publish(project) == (1, 0, 1, 2)
    TextModel.objects.update(state="retired")
    assert publish(project) == (1, 0, 1, 2)
    assert said(project)[(RULES, "effusion")] == "present"


def test_sides_and_grades_come_where_the_finding_has_room_for_them(project: Project) -> None:
    kind = {"kind": "ordinal", "grades": ["small", "moderate", "large"]}
    create_finding(project=project, user=None, name="Pleural effusion", has_laterality=True, **kind)
    create_finding(project=project, user=None, name="Pneumothorax")
    bare_report(
        project, bare_study(project), "IMPRESSION: Large right pleural effusion. Small right pneumothorax."
    )
    extract_reports(project=project)
    publish(project)
    effusion = Observation.objects.get(finding__name="Pleural effusion")
    assert (effusion.laterality, effusion.grade) == ("right", 2)
    pneumothorax = Observation.objects.get(finding__name="Pneumothorax")
    assert (pneumothorax.laterality, pneumothorax.grade) == ("", None)


def test_unmatched_and_unread_reports_are_counted_as_left_out(project: Project, report: Report) -> None:
    bare_report(project)
    bare_report(project, bare_study(project))
    done = preview_publication(project=project)
    assert (done.unmatched_reports, done.not_extracted_reports) == (1, 1)
    assert done.sentence.endswith("Left out: 1 unmatched reports, 1 reports not extracted yet.")


def test_a_job_that_was_cut_off_goes_on_in_its_own_batch(
    project: Project, findings: dict[str, Finding], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("reports_nlp.services.publishing.BATCH", 1)
    for study in bare_studies(project, 4):
        bare_report(project, study)
    extract_reports(project=project)

    def cut(fraction: float) -> None:
        if fraction >= 0.5:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        publish_labels(project=project, user=None, key="job", progress=cut)
    assert Observation.objects.count() == 6
    done = publish_labels(project=project, user=None, key="job")
    assert (done.new, done.unchanged) == (6, 6)
    assert Batch.objects.count() == 1
    assert len(said(project)) == 3
    assert CurrentObservation.objects.count() == 12


def test_the_job_tells_what_it_wrote(project: Project, report: Report) -> None:
    manager: User = add_member(project, "manager")
    job = enqueue_publishing(project=project, user=manager)
    assert enqueue_publishing(project=project, user=manager) == job
    run_pending()
    job.refresh_from_db()
    assert (job.state, job.result["new"]) == ("done", 3)
    assert Batch.objects.get().created_by == manager


def test_there_must_be_something_to_publish(project: Project) -> None:
    with pytest.raises(Invalid, match="Import reports first"):
        enqueue_publishing(project=project, user=None)


def test_a_preview_may_look_at_the_first_studies_only(
    project: Project, findings: dict[str, Finding], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("reports_nlp.services.publishing.BATCH", 1)
    for study in bare_studies(project, 3):
        bare_report(project, study)
    extract_reports(project=project)
    part = preview_publication(project=project, most=2)
    assert (part.studies, part.new, part.is_partial) == (2, 6, True)
    assert part.sentence.startswith("Of the first studies alone: 6 new")
    assert preview_publication(project=project, most=3).is_partial is False


def test_a_merged_finding_s_words_and_verdicts_count_for_what_it_became(
    project: Project, findings: dict[str, Finding]
) -> None:
    fluid = create_finding(project=project, user=None, name="Quixotoma")
    reader = add_member(project)
    reports = [bare_report(project, bare_study(project), "IMPRESSION: Left quixotoma.") for _ in range(2)]
    extract_reports(project=project)
    verdict = accept_label(
        report=reports[0], finding=fluid, reader=reader,
        shown=Shown(reports[0].extractions.get().definition, reports[0].digest),
    )
    publish(project)
    merge_findings(into=findings["effusion"], from_=fluid, user=None)
    extract_reports(project=project)
    assert flagged_verdicts(project=project) == {}
    assert publish(project) == (1, 0, 1, 0)
    rows = CurrentObservation.objects.filter(source__name="rules:chexpert")
    assert list(rows.values_list("study", "finding__code")) == [(reports[1].study_id, "effusion")]
    page = report_evidence(report=reports[0], user=reader)["findings"]
    (effusion,) = [one for one in page if one["code"] == "effusion"]
    assert (effusion["state"], [one["id"] for one in effusion["verdicts"]]) == ("present", [verdict.pk])
