"""Acts on a project's reports over the API: extract, publish, review queue, disagreement list."""

from __future__ import annotations

import pytest

from annotation.models import Observation
from learning.models import ModelState, ModelVersion, Prediction
from reports_nlp.models import Extraction
from tests import factories
from tests.annotation.bare import bare_study, image_of
from tests.factories import Team, signed_in
from tests.learning.rows import make_model
from tests.reports_nlp.reports import bare_report, chest_findings
from workers.engine import run_pending

pytestmark = pytest.mark.django_db


@pytest.fixture
def team() -> Team:
    made = factories.make_team()
    chest_findings(made.project)
    bare_report(made.project, bare_study(made.project))
    return made


def address(team: Team, rest: str) -> str:
    return f"/api/projects/{team.project.slug}/reports/{rest}/"


def test_from_reports_to_the_ledger_and_back(team: Team) -> None:
    client = signed_in(team.manager)
    assert client.post(address(team, "publish")).status_code == 400  # nothing has been read yet
    assert client.post(address(team, "extract")).json()["kind"] == "reports.extract"
    run_pending()
    assert Extraction.objects.count() == 1
    told = client.get(address(team, "publish")).json()
    assert (told["new"], told["studies"], told["is_partial"]) == (3, 1, False)
    job = client.post(address(team, "publish")).json()
    run_pending()
    done = client.get(f"/api/jobs/{job['id']}/").json()
    assert (done["state"], done["result"]["sentence"]) == ("done", told["sentence"])
    (batch,) = client.get(f"/api/projects/{team.project.slug}/batches/?act=report").json()["results"]
    assert (batch["source"], batch["lines"], batch["created_by"]) == (
        "report:rules:chexpert", 3, team.manager.username
    )
    assert client.post(f"/api/batches/{batch['id']}/withdraw/", {"note": "again"}).status_code == 200
    assert client.get(address(team, "publish")).json()["new"] == 3
    assert Observation.objects.count() == 3


def test_a_disagreement_list_is_counted_first_and_then_made(team: Team) -> None:
    client = signed_in(team.manager)
    assert client.post(address(team, "disagreement")).status_code == 400
    champion = make_model(team.project, state=ModelState.CHAMPION)
    ModelVersion.objects.filter(pk=champion.pk).update(findings=["effusion", "pneumothorax"])
    study = team.project.reports.get().study
    Prediction.objects.create(
        model_version=champion, instance=image_of(study), uncertainty={}, boxes=[], embedding=b"",
        probabilities={"effusion": 0.02, "pneumothorax": 0.97},
    )
    client.post(address(team, "extract"))
    run_pending()
    assert client.get(address(team, "disagreement")).json() == {
        "studies": 1, "report_says_present": 1, "report_says_absent": 1
    }
    (row,) = signed_in(team.reviewer).get(address(team, "queue")).json()
    assert row["study_uid"] == study.uid
    answer = client.post(address(team, "disagreement"), {"name": "Who is right"}, format="json")
    assert (answer.status_code, answer.json()["name"], answer.json()["contradictions"]) == (201, "Who is right", 2)
    (case,) = client.get(f"/api/worklists/{answer.json()['worklist']}/queue/").json()
    assert case["reason"] is None  # a manager may yet read it unaided
    (case,) = signed_in(team.researcher).get(f"/api/worklists/{answer.json()['worklist']}/queue/").json()
    assert "model 1 says" in case["reason"]
    # The list holds the report back from those who may read the case.
    assert signed_in(team.reviewer).get(address(team, "queue")).json() == []


def test_who_may_not_do_it_is_told(team: Team) -> None:
    client = signed_in(team.annotator)
    for rest in ("extract", "publish", "disagreement", "traits", "rules/preview"):
        assert client.post(address(team, rest)).status_code == 403
