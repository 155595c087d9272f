"""Recipes over REST."""

from __future__ import annotations

import pytest

from imaging.models import Study
from tests.factories import make_findings, make_studies, make_team, make_worklist, open_next, signed_in, submit

pytestmark = pytest.mark.django_db


def test_the_schema_makes_a_form_with_titles_and_units() -> None:
    schema = signed_in(make_team().annotator).get("/api/recipes/schema/").json()
    assert schema["$defs"]["InputPart"]["properties"]["size"]["unit"] == "px"


def test_presets_are_whole_recipes() -> None:
    presets = signed_in(make_team().annotator).get("/api/recipes/presets/").json()
    assert presets[0]["name"] == "quick"
    assert presets[0]["recipe"]["input"]["size"] == 64


def test_an_estimate_counts_the_images_that_would_be_frozen() -> None:
    team = make_team()
    found = make_findings(team.project, ["nodule"])
    studies = make_studies(team.project, 3)
    worklist = make_worklist(team.project, studies)
    for _ in range(2):
        submit(open_next(worklist, team.annotator), {found["nodule"].pk: "present"})
    url = f"/api/projects/{team.project.slug}/recipes/estimate/"
    body = signed_in(team.researcher).post(url, {"preset": "quick"}).json()
    assert (body["images"], body["studies"]) == (2, 2)
    assert 0 < body["low"] <= body["seconds"] <= body["high"]
    assert Study.objects.filter(patient__split="pool").count() == 3, "asking changes nothing"


@pytest.mark.parametrize(("body", "title"), [
    ({"preset": "quick"}, "No reader has answered"),
    ({}, "exactly one of these"),
    ({"preset": "quick", "recipe": {}}, "exactly one of these"),
    ({"preset": "slow"}, "preset: "),
    ({"recipe": {"input": {"size": 5}}}, "input.size: 5 is not accepted"),
    ({"preset": "quick", "sources": ["model"]}, "sources: "),
    ({"recipe": {"targets": {"findings": ["gout"]}}}, "no finding 'gout'"),
])
def test_what_cannot_be_estimated_says_why(body: dict[str, object], title: str) -> None:
    team = make_team()
    make_findings(team.project, ["nodule"])
    answer = signed_in(team.researcher).post(f"/api/projects/{team.project.slug}/recipes/estimate/", body)
    assert answer.status_code == 400
    assert title in answer.json()["title"]
