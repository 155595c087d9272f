"""Advice as a page and over REST: what it rests on, and what one click starts."""

from __future__ import annotations

import pytest

from annotation.models import Finding
from imaging.models import Series
from learning.models import Comparison, Run
from learning.selectors.project_facts import facts_of
from tests.factories import Team, make_findings, make_team, signed_in
from tests.frontend.learning_forms import BOTH, read_cases
from tests.frontend.pages import browser_of, text_of
from tests.learning.rows import make_comparison, make_model

pytestmark = pytest.mark.django_db


@pytest.fixture
def team() -> Team:
    return make_team()


def page(team: Team) -> str:
    return f"/p/{team.project.slug}/advice/"


def test_without_answers_it_says_what_is_missing(team: Team) -> None:
    assert "Nothing to advise on yet" in text_of(browser_of(team.researcher).get(page(team)))
    assert signed_in(team.researcher).get(f"/api/projects/{team.project.slug}/advice/").json() == []


def test_facts_are_counted_from_the_projects_answers(team: Team) -> None:
    read_cases(team, BOTH)
    facts = facts_of(team.project, team.researcher)
    assert (facts.labelled, facts.patients, facts.fewest, facts.finding) == (4, 4, 1, "Effusion")
    assert facts.prevalence == pytest.approx(1 / 3)
    assert (facts.family, facts.is_volume, facts.sources) == ("radiographs", False, ())


def test_a_model_of_other_patients_is_a_start_and_one_of_these_patients_is_not(team: Team) -> None:
    read_cases(team, BOTH)
    other = make_team()
    make_model(team.project)
    make_model(other.project)
    from tests.factories import add_member

    add_member(other.project, "researcher", team.researcher)
    found = facts_of(team.project, team.researcher).sources
    assert [source.reference for source in found] == [f"{other.project.slug} model 1"]
    assert facts_of(team.project, team.manager).sources == (), "a project that one may not see is not told of"


def test_sites_and_makers_are_counted_where_they_are_known(team: Team) -> None:
    read_cases(team, BOTH)
    Series.objects.update(manufacturer="", site="")
    facts = facts_of(team.project, team.researcher)
    assert (facts.makers, facts.sites) == (0, 0)
    first, second, *_ = Series.objects.all()
    Series.objects.filter(pk=first.pk).update(site="north", manufacturer="GE")
    Series.objects.filter(pk=second.pk).update(site="south", manufacturer="GE")
    facts = facts_of(team.project, team.researcher)
    assert (facts.makers, facts.sites) == (1, 2)
    told = text_of(browser_of(team.annotator).get(page(team)))
    assert "Images come from 2 sites: see that each has cases with and without the finding" in told
    assert "makers of scanners" not in told
    plan = text_of(browser_of(team.annotator).get(f"/p/{team.project.slug}/planner/"))
    assert "The images come from 2 sites: more cases of them tell nothing of another site." in plan


def test_proportions_are_advised_on_only_where_no_finding_asks_for_them_already(team: Team) -> None:
    make_findings(team.project, ["Cardiomegaly"])
    assert facts_of(team.project, team.researcher).stretched == ("Cardiomegaly",)
    Finding.objects.update(invariances=["preserve_ratio"])
    assert facts_of(team.project, team.researcher).stretched == (), "every recipe is bound to keep them"


def test_verdicts_of_this_site_are_weighed_in_and_said(team: Team) -> None:
    read_cases(team, BOTH)
    make_comparison(team.project)
    verdicts = facts_of(team.project, team.researcher).verdicts
    assert [(v.verdict, v.patients, v.project) for v in verdicts] == [("gain", 30, team.project.slug)]
    assert "regularisation" in verdicts[0].sections
    told = text_of(browser_of(team.annotator).get(page(team)))
    sentence = "This site's verdicts on regularisation: 1 × clear gain; the newest +0.050 AUROC on 30 patients of"
    assert f"{sentence} {team.project.slug}." in told


def test_one_click_compares_with_the_control_arm_trains_or_compares_all_three(team: Team) -> None:
    read_cases(team, [*BOTH, *BOTH])
    client = browser_of(team.researcher)
    told = text_of(client.get(page(team)))
    assert "1. Hand-crafted features" in told
    assert "Review rows: T7, C6" in told
    assert client.post(page(team), {"act": "compare", "advice": "no dropout"}).status_code == 302
    control, arm = Comparison.objects.get().arms.exclude(kind="trivial")
    assert (control.is_control, control.recipe["regularisation"]["dropout_hidden"]) == (True, 0.5)
    assert arm.recipe["regularisation"]["dropout_hidden"] == 0.0
    assert client.post(page(team), {"act": "train", "advice": "hand-crafted features"}).status_code == 302
    assert Run.objects.get().recipe["network"]["name"] == "hog"
    assert client.post(page(team), {"act": "compare_all"}).status_code == 302
    assert Comparison.objects.first().arms.exclude(kind="trivial").count() == 4
    assert client.post(page(team), {"act": "train", "advice": "magic"}).status_code == 400
    assert browser_of(team.annotator).post(page(team), {"act": "train", "advice": "no dropout"}).status_code == 403


def test_advice_and_plans_over_rest(team: Team) -> None:
    read_cases(team, BOTH)
    client = signed_in(team.annotator)
    body = client.get(f"/api/projects/{team.project.slug}/advice/").json()
    assert body[0]["name"] == "hand-crafted features"
    assert body[0]["recipe"]["tuning"]["kind"] == "frozen"
    plan = client.get(f"/api/projects/{team.project.slug}/plan/?control=0.75&strategy=0.85&prevalence=0.3").json()
    assert plan["cases"] > plan["positives"] > 0
    assert plan["curve"][0]["power"] < plan["curve"][-1]["power"]
    wrong = client.get(f"/api/projects/{team.project.slug}/plan/?control=2")
    assert wrong.status_code == 400
    assert "from 0.5 to below 1" in wrong.json()["title"]
