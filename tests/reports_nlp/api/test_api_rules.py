"""Rules over the API: what is in force, what a change would change, a change that is in force at once."""

from __future__ import annotations

import pytest

from reports_nlp.models import Extraction, ReportLabel, RulesVersion
from reports_nlp.services.extraction import extract_reports
from reports_nlp.services.verdicts import Shown, accept_label
from tests import factories
from tests.annotation.bare import bare_study
from tests.factories import Team, signed_in
from tests.reports_nlp.reports import bare_report, chest_findings
from workers.engine import run_pending

pytestmark = pytest.mark.django_db
OWN = {"finding": "Pleural Effusion", "words": ["quixotoma"]}


@pytest.fixture
def team() -> Team:
    made = factories.make_team()
    chest_findings(made.project)
    return made


def address(team: Team, rest: str = "") -> str:
    return f"/api/projects/{team.project.slug}/reports/rules/{rest}"


def test_a_project_reads_as_shipped_until_it_says_otherwise(team: Team) -> None:
    told = signed_in(team.researcher).get(address(team)).json()
    assert (told["number"], told["policy"], told["phrases"], told["versions"]) == (0, "chexpert", [], [])
    assert told["finding_map"]["effusion"] == ["Pleural Effusion"]
    assert {"chexpert", "mesh"} <= set(told["policies"])
    assert "Pneumothorax" in told["lexicon"]


def test_a_preview_counts_and_shows_what_would_change_and_saves_nothing(team: Team) -> None:
    texts = ["IMPRESSION: Left quixotoma.", "IMPRESSION: No quixotoma.", "IMPRESSION: No pneumothorax."]
    for text in texts:
        bare_report(team.project, bare_study(team.project), text)
    extract_reports(project=team.project)
    told = signed_in(team.manager).post(address(team, "preview/"), {"phrases": [OWN]}, format="json").json()
    assert (told["reports"], told["changed_reports"], told["changed_labels"]) == (3, 2, 2)
    assert {(c["finding"], c["before"], c["after"], c["count"]) for c in told["changes"]} == {
        ("effusion", "not_mentioned", "present", 1), ("effusion", "not_mentioned", "absent", 1),
    }
    assert sorted(e["sentence"] for e in told["examples"]) == ["Left quixotoma", "No quixotoma"]
    assert not RulesVersion.objects.exists()


def test_a_preview_says_how_many_verdicts_are_met_before_and_after(team: Team) -> None:
    report = bare_report(team.project, bare_study(team.project))
    extract_reports(project=team.project)
    extraction = Extraction.objects.get()
    finding = team.project.findings.get(code="effusion")
    shown = Shown(extraction.definition, report.digest)
    accept_label(report=report, finding=finding, reader=team.annotator, shown=shown)
    told = signed_in(team.manager).post(
        address(team, "preview/"), {"finding_map": {"effusion": []}}, format="json"
    ).json()
    assert (told["verdicts"], told["agree_before"], told["agree_after"]) == (1, 1, 0)


def test_a_saved_version_is_in_force_at_once(team: Team) -> None:
    bare_report(team.project, bare_study(team.project), "IMPRESSION: Left quixotoma.")
    extract_reports(project=team.project)
    answer = signed_in(team.manager).post(
        address(team), {"base_number": 0, "phrases": [OWN], "note": "own word"}, format="json"
    )
    assert answer.status_code == 201
    assert (answer.json()["number"], answer.json()["versions"][0]["note"]) == (1, "own word")
    run_pending()
    label = ReportLabel.objects.get(extraction__is_current=True, finding="Pleural Effusion")
    assert label.value == 1
    assert label.mentions.get().rule.startswith("en/project/")


def test_a_change_of_an_older_version_is_told_that_there_is_a_newer(team: Team) -> None:
    client = signed_in(team.manager)
    client.post(address(team), {"base_number": 0}, format="json")
    answer = client.post(address(team), {"base_number": 0}, format="json")
    assert (answer.status_code, answer.json()["number"]) == (409, 1)


@pytest.mark.parametrize(("body", "word"), [
    ({"policy": "odd"}, "chexpert"), ({"settings": {"odd": 1}}, "Unknown setting"),
    ({"phrases": [{"finding": "X"}]}, "words"), ({"phrases": [{"words": ["x"]}]}, "finding"),
    ({"finding_map": {"odd": ["X"]}}, "odd"), ({"phrases": [{"finding": "X", "words": ["x (y"]}]}, "x (y"),
    ({"settings": {"hedges": "odd"}}, "settings"), ({"phrases": [{"finding": 3, "words": [4]}]}, ""),
    ({"settings": {"aggregation": {"order": []}}}, ""),
])
def test_what_cannot_be_read_is_refused_with_the_reason(team: Team, body: dict, word: str) -> None:
    for act, more in (("preview/", {}), ("", {"base_number": 0})):
        answer = signed_in(team.manager).post(address(team, act), body | more, format="json")
        assert answer.status_code == 400, (act, answer.json())
        assert word in answer.json()["title"]
    assert not RulesVersion.objects.exists()


def test_a_finding_that_the_lexicon_does_not_know_is_searched_by_its_name(team: Team) -> None:
    from annotation.services.schema import create_finding

    create_finding(project=team.project, user=None, name="Quixotoma")
    bare_report(team.project, bare_study(team.project), "IMPRESSION: No quixotoma.")
    extract_reports(project=team.project)
    rows = signed_in(team.manager).get(f"/api/projects/{team.project.slug}/reports/").json()["results"]
    assert rows[0]["absent"] == ["quixotoma"]


def test_a_finding_may_be_kept_out_of_reports(team: Team) -> None:
    bare_report(team.project, bare_study(team.project))
    signed_in(team.manager).post(address(team), {"base_number": 0, "finding_map": {"effusion": []}}, format="json")
    run_pending()
    rows = signed_in(team.manager).get(f"/api/projects/{team.project.slug}/reports/").json()["results"]
    assert rows[0]["present"] == []
