"""Comparisons over REST and on the command line."""

from __future__ import annotations

import csv
from io import StringIO

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from learning.models import ArmKind, Comparison, ComparisonCell
from learning.services.comparisons.files import cell_path
from tests.factories import Team, make_findings, make_studies, make_team, make_worklist, open_next, signed_in, submit
from tests.learning.rows import make_comparison, make_run

pytestmark = pytest.mark.django_db
ARMS = [{"preset": "quick", "name": "plain"}, {"preset": "balanced", "name": "weighted"}]


@pytest.fixture
def team() -> Team:
    return make_team()


def read_some(team: Team) -> None:
    found = make_findings(team.project, ["nodule"])["nodule"]
    worklist = make_worklist(team.project, make_studies(team.project, 4))
    for state in ("present", "absent", "present", "absent"):
        submit(open_next(worklist, team.annotator), {found.pk: state})


def url(team: Team) -> str:
    return f"/api/projects/{team.project.slug}/comparisons/"


def test_a_comparison_freezes_a_snapshot_and_wants_a_training_per_arm_seed_and_fold(team: Team) -> None:
    read_some(team)
    answer = signed_in(team.researcher).post(url(team), {"arms": ARMS, "seeds": 2, "folds": 2}, format="json")
    assert answer.status_code == 201, answer.json()
    body = answer.json()
    assert [(arm["name"], arm["is_control"], arm["wanted"]) for arm in body["arms"]] == [
        ("plain", True, 4), ("weighted", False, 4), ("brightness alone", False, 2)]
    assert body["state"] == "queued"
    assert body["progress"] == {"state": "queued", "done": 0, "wanted": 10, "seconds_left": None}
    assert "imbalance.class_weights" in body["arms"][1]["differs_in"]
    assert "No verdict yet" in body["headline"]


@pytest.mark.parametrize(
    ("arms", "told"),
    [
        ([{"preset": "quick"}], "at least two recipes"),
        ([{"preset": "quick", "recipe": {}}, {"preset": "balanced"}], "exactly one of"),
        ([{"run": 999}, {"preset": "balanced"}], "no run 999"),
        ([{"recipe": {"seed": -1}}, {"preset": "balanced"}], "seed"),
        ([{"arm": 999}, {"preset": "balanced"}], "no recipe 999"),
    ],
)
def test_recipes_that_cannot_be_compared_are_refused_with_the_reason(
    team: Team, arms: list[dict[str, object]], told: str
) -> None:
    read_some(team)
    answer = signed_in(team.researcher).post(url(team), {"arms": arms, "folds": 2}, format="json")
    assert answer.status_code == 400
    assert told in answer.json()["title"]
    assert Comparison.objects.count() == 0


def test_recipes_come_from_runs_and_from_arms_of_earlier_comparisons(team: Team) -> None:
    read_some(team)
    run = make_run(team.project, recipe_name="")
    arm = make_comparison(team.project).arms.get(name="weighted")
    arms = [{"run": run.pk}, {"arm": arm.pk, "is_control": True}]
    body = signed_in(team.researcher).post(url(team), {"arms": arms, "folds": 2}, format="json").json()
    assert [(one["name"], one["is_control"]) for one in body["arms"]] == [
        ("weighted", True), (f"run {run.pk}", False), ("brightness alone", False)]


def test_the_table_is_read_by_members_and_never_of_another_project(team: Team) -> None:
    comparison = make_comparison(team.project)
    body = signed_in(team.annotator).get(f"/api/comparisons/{comparison.pk}/").json()
    weighted = next(arm for arm in body["arms"] if arm["name"] == "weighted")
    assert (weighted["against"]["verdict"], weighted["against"]["p_holm"]) == ("gain", 0.02)
    assert "weighted: clear gain, +0.050 AUROC (+0.010 to +0.090)" in body["headline"]
    assert signed_in(team.stranger).get(f"/api/comparisons/{comparison.pk}/").status_code == 404
    assert [one["id"] for one in signed_in(team.annotator).get(url(team)).json()["results"]] == [comparison.pk]


def test_predictions_come_as_csv_to_those_who_may_export(team: Team) -> None:
    comparison = make_comparison(team.project)
    address = f"/api/comparisons/{comparison.pk}/predictions/"
    assert signed_in(team.researcher).get(address).status_code == 404
    for cell in ComparisonCell.objects.filter(arm__comparison=comparison).select_related("arm"):
        cell_path(cell).parent.mkdir(parents=True, exist_ok=True)
        cell_path(cell).write_text(f"sop_uid,patient,nodule,nodule_target\n1.{cell.fold},P{cell.fold},0.5,1\n")
    rows = list(csv.DictReader(StringIO(signed_in(team.researcher).get(address).content.decode())))
    assert [(r["arm"], r["seed"], r["fold"], r["patient"]) for r in rows[:4]] == [
        ("brightness alone", "0", "0", "P0"), ("brightness alone", "0", "1", "P1"),
        ("plain", "0", "0", "P0"), ("plain", "0", "1", "P1")]
    one = list(csv.DictReader(StringIO(signed_in(team.researcher).get(f"{address}?arm=2").content.decode())))
    assert {row["arm"] for row in one} == {"weighted"}
    assert signed_in(team.annotator).get(address).status_code == 403


def test_the_table_as_csv_says_what_it_was_compared_with(team: Team) -> None:
    comparison = make_comparison(team.project)
    answer = signed_in(team.researcher).get(f"/api/comparisons/{comparison.pk}/table/")
    rows = list(csv.DictReader(StringIO(answer.content.decode())))
    weighted = next(row for row in rows if row["arm"] == "weighted" and row["finding"] == "mean")
    assert (weighted["against"], weighted["difference"], weighted["verdict"], weighted["cases"]) == (
        "plain", "0.05", "clear gain", "30")
    assert {row["note"] for row in rows} == {"Research use only"}
    assert "research-use-only" in answer.headers["Content-Disposition"]


def test_cancel_resume_and_extend(team: Team) -> None:
    client = signed_in(team.researcher)
    comparison = make_comparison(team.project, state="queued")
    address = f"/api/comparisons/{comparison.pk}/"
    assert client.post(f"{address}cancel/").json()["state"] == "cancelled"
    assert client.post(f"{address}cancel/").status_code == 409
    assert client.post(f"{address}resume/").json()["state"] == "queued"
    assert client.post(f"{address}resume/").status_code == 409
    body = client.post(f"{address}extend/", {"more_seeds": 1}, format="json").json()
    assert body["seeds"] == [0, 1, 2]
    assert client.post(f"{address}extend/", {}, format="json").status_code == 400


def test_a_run_is_compared_with_its_recipe_less_the_strategy_on_its_own_snapshot(team: Team) -> None:
    read_some(team)
    client = signed_in(team.researcher)
    made = client.post(f"/api/projects/{team.project.slug}/runs/", {"preset": "balanced"}).json()
    body = client.post(f"/api/runs/{made['id']}/compare/", {"folds": 2}, format="json").json()
    assert body["snapshot"] == made["snapshot"]["hash"]
    control, arm, _ = body["arms"]
    assert (control["name"], control["is_control"]) == ("without imbalance", True)
    assert arm["differs_in"] == ["imbalance.class_weights"]
    plain = make_run(team.project)  # quick: less dropout than plain training, and nothing else
    made_of_plain = client.post(f"/api/runs/{plain.pk}/compare/", {"strategy": "imbalance"}, format="json")
    assert "does not use 'imbalance'" in made_of_plain.json()["title"]
    assert client.post(f"/api/runs/{made['id']}/compare/", {"strategy": "magic"}, format="json").status_code == 400


def test_the_command_queues_and_names_the_control_arm(team: Team) -> None:
    read_some(team)
    told = StringIO()
    call_command(
        "compare_recipes", team.project.slug, "--recipes", "quick", "heavy=balanced", "--control", "heavy",
        "--folds", "2", "--seeds", "1", stdout=told,
    )
    comparison = Comparison.objects.get()
    assert comparison.arms.get(is_control=True).name == "heavy"
    assert comparison.arms.filter(kind=ArmKind.RECIPE).count() == 2
    assert f"Comparison {comparison.pk}: 2 recipes" in told.getvalue()
    with pytest.raises(CommandError, match="No recipe is called 'light'"):
        call_command("compare_recipes", team.project.slug, "--recipes", "quick", "balanced", "--control", "light")
