"""Reports are extracted once; another definition writes only what changed."""

from __future__ import annotations

import pytest

from annotation.services.schema import create_finding
from core.models import Project
from reports_nlp.models import Extraction, Mention, Report, ReportLabel
from reports_nlp.selectors.evidence import report_evidence
from reports_nlp.services.extraction import (
    CHUNK_KIND,
    KIND,
    enqueue_extraction,
    extract_report,
    extract_reports,
    outdated,
)
from reports_nlp.services.rules_versions import rules_in_force, save_rules
from tests.annotation.bare import bare_study
from tests.factories import add_member, make_project
from tests.reports_nlp.reports import bare_report, chest_findings, new_version
from workers.engine import run_pending
from workers.models import Job

pytestmark = pytest.mark.django_db

OWN = {"finding": "Quixotoma", "words": ["quixotoma"]}


@pytest.fixture
def project() -> Project:
    made = make_project()
    chest_findings(made)
    return made


def everything() -> list[tuple]:
    """All rows of extractions, as they stand."""
    return [
        *Extraction.objects.order_by("pk").values_list("pk", "report", "definition", "content", "is_current"),
        *Mention.objects.order_by("pk").values_list("pk", "extraction", "finding", "start", "end", "polarity"),
        *ReportLabel.objects.order_by("pk").values_list("pk", "extraction", "finding", "value", "reason"),
    ]


def test_labels_keep_their_definition_and_the_phrases_that_decided(project: Project) -> None:
    report = bare_report(project, bare_study(project))
    found = extract_report(report=report)
    labels = dict(found.labels.values_list("finding", "value"))
    assert {name: labels[name] for name in ("Pleural Effusion", "Pneumothorax", "Pneumonia")} == {
        "Pleural Effusion": 1, "Pneumothorax": 0, "Pneumonia": -1
    }
    absent = found.labels.get(finding="Pneumothorax").mentions.get()
    assert report.text[absent.start : absent.end].lower() == "pneumothorax"
    assert [report.text[start:end].lower() for _, start, end, _ in absent.cues] == ["no"]
    assert absent.section == "impression"
    assert found.definition == rules_in_force(project=project).definition("en")


def test_what_has_been_extracted_is_not_touched_again(project: Project) -> None:
    bare_report(project, bare_study(project))
    assert extract_reports(project=project) == 1
    before = everything()
    assert extract_reports(project=project) == 0
    assert everything() == before


# Text, phrases of the project before and after, whether the rows of the extraction change.
TABLE = [
    ("No pneumothorax.", [], [OWN], False),  # a rule that matches nothing here
    ("Calcified quixotoma.", [], [OWN], True),  # a new mention
    ("Calcified quixotoma.", [OWN], [], True),  # a mention that is gone
    ("Calcified quixotoma.", [OWN], [OWN | {"finding": "Old quixotoma"}], True),  # another name
    ("Calcified quixotoma.", [OWN], [OWN | {"id": "other"}], True),  # the evidence has another rule
    ("No pneumothorax.", [OWN], [OWN | {"finding": "Old quixotoma"}], False),
]


@pytest.mark.parametrize(("text", "before", "after", "changes"), TABLE)
def test_other_rules_write_only_what_changed(
    project: Project, text: str, before: list, after: list, changes: bool
) -> None:
    bare_report(project, bare_study(project), f"IMPRESSION: {text}")
    save_rules(project=project, user=None, base_number=0, phrases=before)
    extract_reports(project=project)
    rows = everything()
    save_rules(project=project, user=None, base_number=1, phrases=after)
    assert outdated(project=project, rules=rules_in_force(project=project)).count() == 1
    assert extract_reports(project=project) == int(changes)
    assert (everything() != rows) is changes
    assert outdated(project=project, rules=rules_in_force(project=project)).count() == 0
    assert Extraction.objects.get(is_current=True).confirmed == rules_in_force(project=project).definition("en")


def test_rules_taken_back_bring_back_what_they_had_found(project: Project) -> None:
    report = bare_report(project, bare_study(project), "IMPRESSION: Calcified quixotoma.")
    first = extract_report(report=report)
    save_rules(project=project, user=None, base_number=0, phrases=[OWN])
    assert extract_report(report=report).pk != first.pk
    save_rules(project=project, user=None, base_number=1, phrases=[])
    assert extract_report(report=report).pk == first.pk
    assert Extraction.objects.filter(report=report).count() == 2


def test_only_the_newest_version_of_a_text_is_extracted(project: Project) -> None:
    old = bare_report(project, bare_study(project))
    new = new_version(old, "IMPRESSION: No pleural effusion.")
    extract_reports(project=project)
    assert list(Extraction.objects.values_list("report", flat=True)) == [new.pk]


def test_a_language_without_a_pack_is_read_too(project: Project) -> None:
    bare_report(project, bare_study(project), language="xx")
    assert extract_reports(project=project) == 1
    assert outdated(project=project, rules=rules_in_force(project=project)).count() == 0


def test_the_work_is_shared_among_jobs_and_done_once(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("reports_nlp.services.extraction.CHUNK", 3)
    for _ in range(8):
        bare_report(project, bare_study(project))
    job = enqueue_extraction(project=project)
    assert enqueue_extraction(project=project) == job
    run_pending()
    job.refresh_from_db()
    assert (job.state, job.queue) == ("done", "nlp")
    children = Job.objects.filter(kind=CHUNK_KIND, parent=job).order_by("created_at")
    assert [child.result["written"] for child in children] == [3, 3, 2]
    assert Extraction.objects.filter(is_current=True).count() == Report.objects.count() == 8
    assert Job.objects.filter(kind=KIND).count() == 1


def test_new_rules_are_taken_up_between_two_batches(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("reports_nlp.services.extraction.BATCH", 1)
    for _ in range(3):
        bare_report(project, bare_study(project), "IMPRESSION: Calcified quixotoma.")

    def change(done: int) -> None:
        if done == 1:
            save_rules(project=project, user=None, base_number=0, phrases=[OWN])

    extract_reports(project=project, progress=change)
    assert ReportLabel.objects.filter(finding="Quixotoma").count() == 2
    assert extract_reports(project=project) == 1  # the first one, under the new rules
    assert ReportLabel.objects.filter(finding="Quixotoma").count() == 3


def test_a_label_without_a_mention_keeps_the_statement_that_decided(project: Project) -> None:
    save_rules(project=project, user=None, base_number=0, settings={"normal_statements": {"enabled": True}})
    report = bare_report(project, bare_study(project), "IMPRESSION: The lungs are clear.")
    label = extract_report(report=report).labels.get(finding="Pneumonia")
    ((role, start, end, _),) = label.cues
    assert (label.value, label.reason, role, report.text[start:end]) == (0, "normal-statement", "normal", "clear")
    pneumonia = next(one for one in labels_shown(report) if one["code"] == "pneumonia")
    assert [report.text[cue["start"] : cue["end"]] for cue in pneumonia["cues"]] == ["clear"]


def test_a_label_that_closure_adds_shows_the_mention_it_came_from(project: Project) -> None:
    create_finding(project=project, user=None, name="Lung opacity")
    save_rules(
        project=project, user=None, base_number=0,
        settings={"closure": {"enabled": True, "parents": {"Pneumonia": "Lung Opacity"}}},
    )
    report = bare_report(project, bare_study(project), "IMPRESSION: Pneumonia.")
    opacity = next(one for one in labels_shown(report) if one["code"] == "lung-opacity")
    (mention,) = opacity["mentions"]
    assert (opacity["state"], opacity["reason"]) == ("present", "closure:Pneumonia")
    assert Mention.objects.get(pk=mention).finding == "Pneumonia"


def labels_shown(report: Report) -> list[dict]:
    extract_report(report=report)
    reader = add_member(report.project)
    return report_evidence(report=report, user=reader)["findings"]
