from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest
from django.conf import settings

from annotation.models import Finding
from annotation.services.schema import create_finding
from core.errors import Conflict, Invalid
from core.models import AuditEvent, Project, Role, User
from imaging.models import Patient, Split
from imaging.services.patients import withdraw_patient
from reports_nlp.models import Report, ReportVerdict, ReportVoice, TextModel
from reports_nlp.selectors.labelers import labelers
from reports_nlp.selectors.verdict_cases import HELD_OUT_SHARE, is_held_out, verdict_cases
from reports_nlp.services.rules_versions import rules_in_force, save_rules
from reports_nlp.services.text_models import (
    PromotedReaders,
    enqueue_voices,
    is_stale,
    predict_labels,
    promote,
    retire,
)
from reports_nlp.services.text_training import LEAST_VERDICTS, enqueue_training
from tests.factories import add_member, make_project, signed_in
from tests.learning.world import run_here
from tests.reports_nlp.verdicts import is_for_judging, judged_report, judged_reports, verdict
from workers.models import Job

pytestmark = pytest.mark.django_db


@dataclass
class Site:
    project: Project
    finding: Finding
    reader: User
    manager: User


@pytest.fixture
def site() -> Site:
    project = make_project()
    finding = create_finding(project=project, user=None, code="effusion", name="Pleural effusion")
    return Site(project, finding, add_member(project), add_member(project, Role.MANAGER))


def train(site: Site, *, kinds: tuple[str, ...] = ("linear",)) -> Job:
    job = enqueue_training(project=site.project, user=site.manager, kinds=kinds)
    return run_here(job)


def the_model(site: Site, kind: str = "linear") -> TextModel:
    return TextModel.objects.filter(project=site.project, kind=kind).latest("pk")


def extracted(site: Site, text: str):
    return rules_in_force(project=site.project).extractor("en")(text)


def test_a_model_that_reads_the_sites_own_words_takes_the_rules_place(site: Site) -> None:
    judged_reports(site.project, site.finding, site.reader, 260)
    assert train(site).state == "done"
    model = the_model(site)
    assert (model.verdict, model.state) == ("gain", "promoted")
    found = model.metrics["held_out"]["comparison"]
    assert found["low"] > 0
    assert found["put_right"] > found["spoiled"]
    assert AuditEvent.objects.filter(action="text_model.promoted", project=site.project).exists()
    shown = signed_in(site.manager).get(f"/api/report_models/{model.pk}/").json()
    assert (shown["verdict"], shown["is_stale"], shown["may_promote"]) == ("gain", False, False)
    assert shown["metrics"]["held_out"]["comparison"]["sentence"].endswith("better.")
    assert "patients" not in shown["metrics"]
    text = "Portable film. Quistel contour on the left."
    label = predict_labels(project=site.project, extraction=extracted(site, text))[0]
    assert (label.finding, label.state, label.value, label.source) == (site.finding, "present", 1, "text:linear")
    assert label.definition == model.definition
    assert "uistel" in " ".join(span.of(text) for span in label.spans)
    now = labelers(project=site.project)[0]
    assert (now.in_force, now.model) == ("text:linear", model)


def test_where_the_rules_are_right_they_stay_and_the_sentence_says_so(site: Site) -> None:
    judged_reports(site.project, site.finding, site.reader, 200, hidden=0.0)
    train(site)
    model = the_model(site)
    assert model.verdict != "gain"
    assert model.state == "candidate"
    assert predict_labels(project=site.project, extraction=extracted(site, "Quistel contour.")) == []
    now = labelers(project=site.project)[0]
    assert (now.in_force, now.model, now.candidate) == ("rules", None, model)
    assert now.sentence.startswith("The rules stay")


def test_the_network_is_trained_and_judged_in_the_same_run(site: Site) -> None:
    judged_reports(site.project, site.finding, site.reader, 200)
    job = train(site, kinds=("linear", "cnn"))
    assert set(job.result["models"]) == {"effusion:linear", "effusion:cnn"}
    assert TextModel.objects.filter(project=site.project, state="promoted").count() <= 1
    assert ReportVoice.objects.filter(finding=site.finding, source="candidate:cnn").exists()


def test_few_verdicts_train_nothing_and_say_so(site: Site) -> None:
    judged_reports(site.project, site.finding, site.reader, LEAST_VERDICTS // 2)
    job = train(site)
    assert job.state == "failed"
    assert str(LEAST_VERDICTS) in job.failure
    assert labelers(project=site.project)[0].sentence.startswith("The rules label: no model")


def test_no_patient_is_on_both_sides_and_none_of_a_reserved_set_on_either(site: Site) -> None:
    reports = judged_reports(site.project, site.finding, site.reader, 80)
    hidden = [
        judged_report(site.project, site.finding, site.reader, "Quistel contour.", "present", split=split)
        for split in (Split.GATE, Split.TEST, Split.CALIBRATION)
    ]
    train(site)
    model = the_model(site)
    trained_on = set(model.metrics["patients"])
    by_pk = {report.study.patient_id: report for report in reports if report.study}
    assert trained_on == {pk for pk, report in by_pk.items() if not is_for_judging(report)}
    assert not trained_on & {report.study.patient_id for report in hidden if report.study}
    assert model.metrics["held_out"]["rules"]["n"] == sum(map(is_for_judging, reports))
    assert model.metrics["left_out"] == {"patient of a reserved set": 3}
    judged = set(ReportVoice.objects.filter(source="candidate:linear").values_list("report", flat=True))
    assert judged <= {report.pk for report in reports if is_for_judging(report)}


def test_about_a_third_is_held_out_and_always_the_same() -> None:
    names = [f"P-{number}" for number in range(2000)]
    held = [is_held_out(name) for name in names]
    assert abs(sum(held) / len(held) - HELD_OUT_SHARE) < 0.04
    assert held == [is_held_out(name) for name in names]


def test_who_is_trained_on_joins_the_pool_for_ever(site: Site) -> None:
    judged_reports(site.project, site.finding, site.reader, 60)
    new = judged_report(
        site.project, site.finding, site.reader, "No pleural effusion.", "absent", split=Split.UNASSIGNED
    )
    train(site)
    assert new.study is not None
    assert Patient.objects.get(pk=new.study.patient_id).split == Split.POOL


def test_readers_who_disagree_teach_nothing(site: Site) -> None:
    report = judged_report(site.project, site.finding, site.reader, "Quistel contour.", "present")
    verdict(report, site.finding, add_member(site.project), "absent")
    found = verdict_cases(project=site.project)
    assert (found.cases, found.left_out) == ((), {"readers disagree": 1})


def test_a_verdict_that_was_replaced_does_not_count(site: Site) -> None:
    report = judged_report(site.project, site.finding, site.reader, "Quistel contour.", "present")
    ReportVerdict.objects.filter(report=report).update(is_current=False)
    verdict(report, site.finding, site.reader, "absent")
    assert [case.state for case in verdict_cases(project=site.project).cases] == ["absent"]


def test_a_second_attempt_of_the_job_trains_nothing_twice(site: Site) -> None:
    judged_reports(site.project, site.finding, site.reader, 120)
    job = train(site)
    Job.objects.filter(pk=job.pk).update(state="queued", finished_at=None, lease_expires_at=None)
    run_here(Job.objects.get(pk=job.pk))
    assert TextModel.objects.filter(project=site.project).count() == 1


def promoted(site: Site) -> TextModel:
    judged_reports(site.project, site.finding, site.reader, 260)
    train(site)
    model = the_model(site)
    assert model.state == "promoted"
    return model


def test_new_rules_silence_a_model_that_was_measured_against_the_old_ones(site: Site) -> None:
    model = promoted(site)
    save_rules(
        project=site.project, user=site.manager, base_number=0,
        phrases=[{"id": "own-1", "finding": "Pleural Effusion", "words": ["quistel contour"]}],
    )
    assert is_stale(model, rules_in_force(project=site.project))
    assert predict_labels(project=site.project, extraction=extracted(site, "Quistel contour.")) == []
    now = labelers(project=site.project)[0]
    assert now.in_force == "rules"
    assert "other rules" in now.sentence
    with pytest.raises(Conflict, match="Train it again"):
        promote(model=model, user=site.manager, note="I like it")


def test_a_damaged_file_leaves_the_rules_in_place(site: Site) -> None:
    model = promoted(site)
    (Path(settings.HOME) / model.artefact).write_bytes(b"broken")
    readers = PromotedReaders(site.project)
    assert not readers
    assert readers.unusable[0][0] == model
    assert predict_labels(project=site.project, extraction=extracted(site, "Quistel contour.")) == []


def test_a_person_may_retire_and_promote_again_what_beats_the_rules_and_nothing_else(site: Site) -> None:
    model = promoted(site)
    with pytest.raises(Invalid, match="why"):
        retire(model=model, user=site.manager, note="  ")
    retire(model=model, user=site.manager, note="Waits for the meeting")
    assert labelers(project=site.project)[0].in_force == "rules"
    promote(model=model, user=site.manager, note="The meeting agreed")
    assert labelers(project=site.project)[0].model == model
    assert AuditEvent.objects.filter(action="text_model.retired", subject=f"text_model:{model.pk}").exists()
    for verdict_word in ("equivalent", "harm", "undecided"):
        other = TextModel.objects.create(
            project=site.project, finding=site.finding, kind="linear", verdict=verdict_word, metrics=model.metrics
        )
        with pytest.raises(Conflict, match="the rules stay"):
            promote(model=other, user=site.manager, note="Please")


def test_a_second_gain_waits_for_a_person(site: Site) -> None:
    first = promoted(site)
    train(site)
    second = the_model(site)
    assert (second.verdict, second.state) == ("gain", "candidate")
    assert second.metrics["looks"] == 2
    promote(model=second, user=site.manager, note="Newer")
    first.refresh_from_db()
    assert first.state == "retired"


def test_promoted_models_speak_of_every_report_once(site: Site) -> None:
    model = promoted(site)
    judged_report(site.project, site.finding, site.reader, "Portable film. Quistel contour on the left.", "present")
    job = enqueue_voices(project=site.project)
    assert job is not None
    assert run_here(job).state == "done"
    voices = ReportVoice.objects.filter(source="text:linear", definition=model.definition)
    assert voices.count() == Report.objects.filter(project=site.project).count()
    for voice in voices.select_related("report"):
        assert voice.state == "not_mentioned" or voice.spans
        assert all(0 <= start < end <= len(voice.report.text) for start, end in voice.spans)
    again = enqueue_voices(project=site.project)
    assert again is not None
    assert run_here(again).result == {"reports": 0}


def test_without_a_promoted_model_nobody_is_asked(site: Site) -> None:
    assert enqueue_voices(project=site.project) is None


def test_a_model_that_learned_from_a_withdrawn_patient_is_marked(site: Site) -> None:
    model = promoted(site)
    patient = Patient.objects.get(pk=model.metrics["patients"][0])
    withdraw_patient(patient=patient, user=site.manager)
    model.refresh_from_db()
    assert model.metrics["used_withdrawn_patients"] is True


def test_unknown_findings_and_kinds_are_named(site: Site) -> None:
    with pytest.raises(Invalid, match="effusion"):
        enqueue_training(project=site.project, user=site.manager, findings=["nodule"])
    with pytest.raises(Invalid, match="linear, cnn"):
        enqueue_training(project=site.project, user=site.manager, kinds=["forest"])


def test_blind_verdicts_are_judged_apart(site: Site) -> None:
    judged_reports(site.project, site.finding, site.reader, 100)
    judged_reports(site.project, site.finding, site.reader, 60, seed=1, is_blind=True)
    train(site)
    metrics = the_model(site).metrics
    assert 0 < metrics["blind"]["rules"]["n"] < metrics["held_out"]["rules"]["n"]
