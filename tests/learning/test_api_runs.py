"""Runs over REST."""

from __future__ import annotations

import csv

import pytest

from learning.models import Run, RunEpoch
from learning.services.runs import held_out_path
from tests.factories import Team, make_findings, make_studies, make_team, make_worklist, open_next, signed_in, submit
from tests.learning.rows import ESTIMATE, make_model, make_run
from workers.models import Job

pytestmark = pytest.mark.django_db


@pytest.fixture
def team() -> Team:
    return make_team()


def read_some(team: Team) -> None:
    found = make_findings(team.project, ["nodule"])["nodule"]
    worklist = make_worklist(team.project, make_studies(team.project, 2))
    for state in ("present", "absent"):
        submit(open_next(worklist, team.annotator), {found.pk: state})


def test_a_run_freezes_its_snapshot_and_queues_one_job(team: Team) -> None:
    read_some(team)
    url = f"/api/projects/{team.project.slug}/runs/"
    answer = signed_in(team.researcher).post(url, {"preset": "quick", "name": "first try"})
    assert answer.status_code == 201, answer.json()
    body = answer.json()
    assert (body["recipe_name"], body["job"]["state"], body["created_by"]) == (
        "first try", "queued", team.researcher.username)
    assert body["snapshot"]["counts"]["rows"] == {"verified": 2}
    assert body["job"]["may_cancel"] is True
    job = Job.objects.get(pk=body["job"]["id"])
    assert job.payload["run"] == body["id"]


def test_a_run_that_cannot_be_started_leaves_nothing_behind(team: Team) -> None:
    make_findings(team.project, ["nodule"])
    answer = signed_in(team.researcher).post(f"/api/projects/{team.project.slug}/runs/", {"preset": "quick"})
    assert answer.status_code == 400
    assert "No reader has answered" in answer.json()["title"]
    assert (Run.objects.count(), Job.objects.count()) == (0, 0)


def test_runs_are_listed_newest_first_with_their_figures(team: Team) -> None:
    first = make_run(team.project, metrics={"held_out": {"macro_auroc": ESTIMATE}, "gate": None})
    version = make_model(team.project)
    make_run(make_team().project)
    rows = signed_in(team.annotator).get(f"/api/projects/{team.project.slug}/runs/").json()["results"]
    assert [row["id"] for row in rows] == [version.run_id, first.pk]
    assert rows[0]["model"] == {"id": version.pk, "number": 1, "state": "candidate"}
    assert rows[1]["headline"] == {"held_out": ESTIMATE, "gate": None}
    assert rows[1]["model"] is None


def test_one_run_shows_recipe_snapshot_and_metrics(team: Team) -> None:
    run = make_run(team.project, metrics={"held_out": {"macro_auroc": ESTIMATE}, "gate": None})
    body = signed_in(team.annotator).get(f"/api/runs/{run.pk}/").json()
    assert body["recipe"]["input"]["size"] == 64
    assert body["metrics"]["held_out"]["macro_auroc"] == ESTIMATE
    assert body["snapshot"]["hash"] == "0" * 64
    assert body["has_held_out"] is False


def test_the_curve_is_read_on_from_the_last_point(team: Team) -> None:
    run = make_run(team.project)
    for epoch in (1, 2, 3):
        RunEpoch.objects.create(run=run, epoch=epoch, values={"validation_loss": 1 / epoch})
    client = signed_in(team.annotator)
    assert len(client.get(f"/api/runs/{run.pk}/epochs/").json()) == 3
    assert client.get(f"/api/runs/{run.pk}/epochs/?after=2").json() == [
        {"epoch": 3, "values": {"validation_loss": 1 / 3}}]
    assert client.get(f"/api/runs/{run.pk}/epochs/?after=two").json()["code"] == "invalid"


def test_held_out_predictions_come_as_csv_to_those_who_may_export(team: Team) -> None:
    run = make_run(team.project)
    url = f"/api/runs/{run.pk}/held_out/"
    assert signed_in(team.researcher).get(url).status_code == 404
    held_out_path(run).parent.mkdir(parents=True)
    held_out_path(run).write_text("sop_uid,patient,fold,nodule,nodule_target\n1.2,P1,0,0.5,1\n")
    answer = signed_in(team.researcher).get(url)
    rows = list(csv.DictReader(b"".join(answer.streaming_content).decode().splitlines()))  # type: ignore[attr-defined]
    assert rows[0]["patient"] == "P1"
    assert "research-use-only" in answer.headers["Content-Disposition"]
    assert signed_in(team.annotator).get(url).status_code == 403, "a reader must not see predictions of open cases"
