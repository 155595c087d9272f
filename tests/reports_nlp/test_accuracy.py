from __future__ import annotations

from dataclasses import dataclass

import pytest

from annotation.models import Finding
from annotation.services.ledger import Line, open_batch, reader_source, record_observations
from annotation.services.schema import create_finding
from core.errors import Invalid
from core.models import Project, Role, User
from imaging.models import Split
from reports_nlp.models import Report, ReportVoice, TextModel
from reports_nlp.selectors.accuracy import Accuracy, accuracy, errors
from reports_nlp.services.extraction import extract_reports
from tests.factories import add_member, make_project, signed_in
from tests.reports_nlp.verdicts import is_for_judging, judged_report, judged_reports

pytestmark = pytest.mark.django_db
FOUND, NOT_FOUND = "Moderate left pleural effusion.", "Quistel contour on the left."


@dataclass
class Site:
    project: Project
    finding: Finding
    reader: User
    manager: User

    def judged(self, text: str, state: str, **how: object) -> Report:
        report = judged_report(self.project, self.finding, self.reader, text, state, **how)  # type: ignore[arg-type]
        extract_reports(project=self.project)
        return report


@pytest.fixture
def site() -> Site:
    project = make_project()
    finding = create_finding(project=project, user=None, code="effusion", name="Pleural effusion")
    return Site(project, finding, add_member(project), add_member(project, Role.MANAGER))


def presence(found: Accuracy, labeler: str = "rules") -> tuple[int, float | None, float | None]:
    """n, precision and recall for presence."""
    scores = next(row.scores for row in found.findings[0][1] if row.labeler == labeler)
    task = scores.tasks["presence"]
    return scores.n, task.precision and task.precision.value, task.recall and task.recall.value


def test_rules_are_scored_against_what_readers_say_the_text_says(site: Site) -> None:
    for _ in range(3):
        site.judged(FOUND, "present")
    site.judged(NOT_FOUND, "present")
    site.judged(FOUND, "absent")
    assert presence(accuracy(project=site.project)) == (5, 0.75, 0.75)


def test_the_errors_are_listed_with_what_both_said_and_where(site: Site) -> None:
    site.judged(FOUND, "present")
    wrong = site.judged(NOT_FOUND, "present", spans=[(0, 15)])
    false_alarm = site.judged(FOUND, "absent")
    rows = errors(project=site.project, user=site.manager)
    assert [(row.report_id, row.said, row.truth) for row in rows] == [
        (false_alarm.pk, "present", "absent"), (wrong.pk, "not_mentioned", "present"),
    ]
    assert rows[1].reader_spans == ((0, 15),)
    start, end = rows[0].spans[0]
    assert "effusion" in FOUND[start:end]


def test_blind_verdicts_are_counted_apart_and_their_caveat_differs(site: Site) -> None:
    site.judged(FOUND, "present", act="accepted")
    site.judged(NOT_FOUND, "present", is_blind=True)
    everything, blind = accuracy(project=site.project), accuracy(project=site.project, only="blind")
    assert presence(everything)[0] == 2
    assert presence(blind) == (1, None, 0.0)
    assert any("lean towards it" in caveat for caveat in everything.caveats)
    assert not any("lean towards it" in caveat for caveat in blind.caveats)


def test_reserved_patients_are_not_looked_at(site: Site) -> None:
    site.judged(FOUND, "present")
    site.judged(NOT_FOUND, "present", split=Split.TEST)
    found = accuracy(project=site.project)
    assert presence(found)[0] == 1
    assert found.left_out == {"patient of a reserved set": 1}


def test_text_models_are_judged_on_held_out_patients_beside_the_rules_on_the_same_cases(site: Site) -> None:
    reports = judged_reports(site.project, site.finding, site.reader, 40)
    extract_reports(project=site.project)
    model = TextModel.objects.create(project=site.project, finding=site.finding, kind="linear", definition="m1")
    old = TextModel.objects.create(project=site.project, finding=site.finding, kind="cnn", definition="c0")
    TextModel.objects.create(project=site.project, finding=site.finding, kind="cnn", definition="c1")
    for report in reports:
        for source, definition in (("candidate:linear", model.definition), ("candidate:cnn", old.definition)):
            ReportVoice.objects.create(
                report=report, finding=site.finding, source=source, definition=definition, state="absent",
            )
    labelers = {row.labeler: row for row in accuracy(project=site.project).findings[0][1]}
    # Of the network only the newest counts, and that one has said nothing yet.
    assert set(labelers) == {"rules", "text:linear"}
    held_out = sum(map(is_for_judging, reports))
    assert labelers["rules"].scores.n == 40
    assert labelers["text:linear"].scores.n == held_out
    assert labelers["text:linear"].rules is not None
    assert labelers["text:linear"].rules.n == held_out


def test_a_language_model_is_scored_where_it_has_spoken(site: Site) -> None:
    report, _ = site.judged(NOT_FOUND, "present"), site.judged(FOUND, "present")
    ReportVoice.objects.create(
        report=report, finding=site.finding, source="llm:small", definition="d", state="present", spans=[[0, 15]]
    )
    found = accuracy(project=site.project)
    assert presence(found, "llm:small") == (1, 1.0, 1.0)
    assert found.overall[-1].labeler == "llm:small"


def test_against_the_images_a_report_is_compared_with_what_readers_saw(site: Site) -> None:
    report = site.judged(FOUND, "present")
    assert report.study is not None
    source = reader_source(project=site.project, reader=site.reader)
    batch = open_batch(project=site.project, source=source, act="reading")
    record_observations(batch=batch, lines=[Line(site.finding, report.study, "absent")])
    found = accuracy(project=site.project, against="readings")
    assert presence(found) == (1, 0.0, None)
    assert presence(accuracy(project=site.project)) == (1, 1.0, 1.0)
    assert "images" in found.caveats[0]
    assert errors(project=site.project, user=site.manager, against="readings")[0].truth == "absent"


def test_the_newest_extraction_counts(site: Site) -> None:
    site.judged(NOT_FOUND, "present")
    assert presence(accuracy(project=site.project)) == (1, None, 0.0)
    from reports_nlp.services.rules_versions import save_rules

    save_rules(
        project=site.project, user=site.manager, base_number=0,
        phrases=[{"id": "own-1", "finding": "Pleural Effusion", "words": ["quistel contour"]}],
    )
    extract_reports(project=site.project)
    assert presence(accuracy(project=site.project)) == (1, 1.0, 1.0)


@pytest.mark.parametrize("choice", [{"against": "tea"}, {"only": "some"}, {"against": "readings", "only": "blind"}])
def test_unknown_choices_are_named(site: Site, choice: dict[str, str]) -> None:
    with pytest.raises(Invalid):
        accuracy(project=site.project, **choice)


def test_the_api_gives_figures_errors_and_a_table_without_text(site: Site) -> None:
    for _ in range(3):
        site.judged(NOT_FOUND, "present")
    client = signed_in(site.manager)
    base = f"/api/projects/{site.project.slug}/report_accuracy/"
    told = client.get(base).json()
    assert told["findings"][0]["labelers"][0]["scores"]["tasks"]["presence"]["recall"]["value"] == 0
    page = client.get(f"{base}errors/?page_size=2&finding=effusion&labeler=rules").json()
    assert (page["count"], len(page["results"])) == (3, 2)
    assert page["results"][0]["finding"]["code"] == "effusion"
    table = client.get(f"{base}errors.csv").content.decode()
    assert table.startswith("report,finding,labeler,said,truth")
    assert len(table.splitlines()) == 4
    assert "uistel" not in table
    assert client.get(f"{base}?only=some").status_code == 400


def test_the_api_lists_models_and_says_who_labels(site: Site) -> None:
    judged_reports(site.project, site.finding, site.reader, 5)
    client = signed_in(site.manager)
    now = client.get(f"/api/projects/{site.project.slug}/report_labelers/").json()
    assert now[0]["in_force"] == "rules"
    assert now[0]["verdicts"]["n"] == 5
    job = client.post(f"/api/projects/{site.project.slug}/report_models/train/", {"kinds": ["linear"]})
    assert job.status_code == 201
    assert job.json()["kind"] == "reports.train-text-models"
    assert client.get(f"/api/projects/{site.project.slug}/report_models/").json()["results"] == []
