"""Reports over the API: listed, shown with their evidence, judged."""

from __future__ import annotations

import pytest

from reports_nlp.models import Report, ReportVerdict
from reports_nlp.services.extraction import extract_reports
from tests import factories
from tests.annotation.bare import bare_study
from tests.factories import Team, signed_in
from tests.reports_nlp.reports import bare_report, chest_findings, new_version

pytestmark = pytest.mark.django_db


@pytest.fixture
def team() -> Team:
    made = factories.make_team()
    chest_findings(made.project)
    return made


@pytest.fixture
def report(team: Team) -> Report:
    made = bare_report(team.project, bare_study(team.project))
    extract_reports(project=team.project)
    return made


def body(page: dict, code: str, **fields: object) -> dict:
    """A verdict on what this page shows."""
    finding = next(one for one in page["findings"] if one["code"] == code)
    mine = next((one["id"] for one in finding["verdicts"] if one["is_mine"]), None)
    return {
        "finding": finding["id"], "act": "accept", "definition": page["definition"], "digest": page["digest"],
        "verdict": mine,
    } | fields


def test_the_list_says_what_each_report_says(team: Team, report: Report) -> None:
    bare_report(team.project, None)
    client = signed_in(team.manager)
    rows = client.get(f"/api/projects/{team.project.slug}/reports/").json()
    assert [row["study_uid"] for row in rows["results"]] == [None, report.study.uid]
    row = rows["results"][1]
    assert (row["present"], row["equivocal"], row["absent"]) == (["effusion"], ["pneumonia"], ["pneumothorax"])
    assert row["is_extracted"]
    assert rows["results"][0]["is_extracted"] is False


@pytest.mark.parametrize(("query", "found"), [
    ("finding=effusion", 1), ("finding=effusion&state=absent", 0), ("finding=pneumothorax&state=absent", 1),
    ("finding=pneumonia&state=equivocal", 1), ("finding=cardiomegaly&state=not_mentioned", 1), ("show=to_review", 1),
    ("show=unmatched", 0), ("show=flagged", 0), ("show=judged", 0), ("show=not_extracted", 0),
])
def test_the_list_is_filtered(team: Team, report: Report, query: str, found: int) -> None:
    answer = signed_in(team.researcher).get(f"/api/projects/{team.project.slug}/reports/?{query}")
    assert answer.json()["count"] == found


def test_an_unknown_filter_names_the_known_ones(team: Team) -> None:
    answer = signed_in(team.manager).get(f"/api/projects/{team.project.slug}/reports/?show=odd")
    assert answer.status_code == 400
    assert "to_review" in answer.json()["title"]


def test_evidence_points_at_the_text(team: Team, report: Report) -> None:
    page = signed_in(team.annotator).get(f"/api/reports/{report.pk}/").json()
    assert page["text"] == report.text
    mentions = {one["id"]: one for one in page["mentions"]}
    finding = next(one for one in page["findings"] if one["code"] == "pneumothorax")
    assert finding["state"] == "absent"
    deciding = [mentions[pk] for pk in finding["mentions"]]
    assert {page["text"][m["start"] : m["end"]].lower() for m in deciding} == {"pneumothorax"}
    assert all("negation" in [cue["role"] for cue in m["cues"]] for m in deciding)


def test_a_verdict_is_answered_with_the_page_as_it_is_now(team: Team, report: Report) -> None:
    client = signed_in(team.annotator)
    page = client.get(f"/api/reports/{report.pk}/").json()
    answer = client.post(f"/api/reports/{report.pk}/verdicts/", body(page, "effusion"))
    assert answer.status_code == 201
    finding = next(one for one in answer.json()["findings"] if one["code"] == "effusion")
    assert [(v["act"], v["state"], v["is_mine"], v["flags"]) for v in finding["verdicts"]] == [
        ("accepted", "present", True, [])
    ]
    assert finding["published"] == "present"


def test_a_stale_page_is_told_both_versions(team: Team, report: Report) -> None:
    client = signed_in(team.annotator)
    page = client.get(f"/api/reports/{report.pk}/").json()
    newer = new_version(report, "IMPRESSION: No pleural effusion.")
    answer = client.post(f"/api/reports/{report.pk}/verdicts/", body(page, "effusion"))
    assert answer.status_code == 409
    assert answer.json()["yours"]["digest"] == report.digest
    assert answer.json()["theirs"]["digest"] == newer.digest
    assert not ReportVerdict.objects.exists()


def test_a_correction_without_an_answer_is_refused(team: Team, report: Report) -> None:
    client = signed_in(team.annotator)
    page = client.get(f"/api/reports/{report.pk}/").json()
    answer = client.post(f"/api/reports/{report.pk}/verdicts/", body(page, "effusion", act="correct"))
    assert answer.status_code == 400


def test_a_report_waits_for_the_unaided_answer(team: Team, report: Report) -> None:
    worklist = factories.make_worklist(team.project, [report.study], mode="unaided", report_policy="after")
    client = signed_in(team.annotator)
    assert client.get(f"/api/reports/{report.pk}/").status_code == 403
    assert client.get(f"/api/projects/{team.project.slug}/reports/").json()["count"] == 0
    assert client.get(f"/api/projects/{team.project.slug}/reports/coverage/").json()["withheld"] == 1
    assert signed_in(team.researcher).get(f"/api/reports/{report.pk}/").status_code == 200  # reads no cases
    factories.submit(factories.open_next(worklist, team.annotator))
    assert client.get(f"/api/reports/{report.pk}/").status_code == 200
    assert client.get(f"/api/projects/{team.project.slug}/reports/").json()["count"] == 1
