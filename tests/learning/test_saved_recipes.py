"""Recipes that a project keeps under names: saved, found again in trainings and comparisons, replaced, removed."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import IntegrityError, transaction

from core.errors import Conflict, Invalid
from core.models import AuditEvent
from learning.models import Run, SavedRecipe
from learning.recipe import load_recipe
from learning.services.comparisons.wishes import wish_named, wish_of
from learning.services.saved_recipes import recipe_saved_as, remove_recipe, save_recipe
from tests.factories import Team, make_team, signed_in
from tests.frontend.learning_forms import BOTH, read_cases

pytestmark = pytest.mark.django_db
SMOOTH = load_recipe({"regularisation": {"label_smoothing": 0.1}})
FOCAL = load_recipe({"imbalance": {"loss": "focal"}})


@pytest.fixture
def team() -> Team:
    return make_team()


def keep(team: Team, name: str = "Smooth", recipe: Any = SMOOTH, **how: Any) -> SavedRecipe:
    return save_recipe(project=team.project, user=team.researcher, name=name, recipe=recipe, **how)


def test_a_saved_recipe_is_found_by_its_name_whatever_its_case(team: Team) -> None:
    keep(team, "  Smooth   labels ")
    assert recipe_saved_as(team.project, "smooth labels") == (SMOOTH, "Smooth labels")
    with pytest.raises(Invalid, match="saved are: Smooth labels"):
        recipe_saved_as(team.project, "rough")
    with pytest.raises(Invalid, match="saved are: none"):
        recipe_saved_as(make_team().project, "smooth labels")


def test_a_name_that_is_taken_is_replaced_only_on_purpose_and_both_acts_are_on_record(team: Team) -> None:
    first = keep(team)
    with pytest.raises(Conflict, match="replace it"):
        keep(team, "SMOOTH", FOCAL)
    assert keep(team, "SMOOTH", FOCAL, replace=True).pk == first.pk
    assert recipe_saved_as(team.project, "smooth")[0] == FOCAL
    remove_recipe(saved=SavedRecipe.objects.get(), user=team.manager)
    events = AuditEvent.objects.filter(action__startswith="recipe.").order_by("sequence")
    assert [(e.action, e.detail.get("replaced"), e.actor) for e in events] == [
        ("recipe.saved", False, team.researcher), ("recipe.saved", True, team.researcher),
        ("recipe.removed", None, team.manager),
    ]


@pytest.mark.parametrize("name", ["", " ", "quick", "a=b", "x" * 61])
def test_names_that_would_be_taken_for_something_else_are_refused(team: Team, name: str) -> None:
    with pytest.raises(Invalid, match="will not do"):
        keep(team, name)


def test_the_database_holds_a_name_once_per_project(team: Team) -> None:
    keep(team)
    with pytest.raises(IntegrityError), transaction.atomic():
        SavedRecipe.objects.create(project=team.project, name="smooth", recipe={})
    SavedRecipe.objects.create(project=make_team().project, name="Smooth", recipe={})


def test_a_comparison_takes_it_by_name_from_the_service_and_from_the_command_line(team: Team) -> None:
    keep(team)
    for wish in (wish_of(team.project, saved="smooth"), wish_named(team.project, "saved:smooth")):
        assert (wish.name, wish.recipe) == ("Smooth", SMOOTH)
    assert wish_named(team.project, "mine=saved:Smooth").name == "mine"


class TestApi:
    def path(self, team: Team) -> str:
        return f"/api/projects/{team.project.slug}/recipes/saved/"

    def test_it_is_saved_listed_trained_by_name_and_removed(self, team: Team) -> None:
        read_cases(team, BOTH)
        client = signed_in(team.researcher)
        made = client.post(self.path(team), {"name": "Smooth", "recipe": SMOOTH.model_dump(mode="json")})
        assert made.status_code == 201, made.json()
        told = signed_in(team.annotator).get(self.path(team)).json()["results"]
        assert [(one["name"], one["saved_by"]) for one in told] == [("Smooth", team.researcher.username)]
        started = client.post(f"/api/projects/{team.project.slug}/runs/", {"saved": "smooth"})
        assert started.status_code == 201, started.json()
        run = Run.objects.get()
        assert (run.recipe_name, run.recipe["regularisation"]["label_smoothing"]) == ("Smooth", 0.1)
        assert client.delete(f"/api/recipes/saved/{made.json()['id']}/").status_code == 204
        assert Run.objects.get().recipe == run.recipe

    @pytest.mark.parametrize(
        ("body", "code", "told"),
        [
            ({"name": "smooth", "recipe": {}}, 409, "replace it"),
            ({"name": "Other", "recipe": {"input": {"size": 1}}}, 400, "input.size"),
        ],
    )
    def test_what_is_wrong_is_said(self, team: Team, body: dict[str, Any], code: int, told: str) -> None:
        keep(team)
        answer = signed_in(team.researcher).post(self.path(team), body)
        assert answer.status_code == code
        assert told in answer.json()["title"]

    def test_a_run_is_asked_for_by_exactly_one_recipe(self, team: Team) -> None:
        keep(team)
        body = {"saved": "smooth", "preset": "quick"}
        answer = signed_in(team.researcher).post(f"/api/projects/{team.project.slug}/runs/", body)
        assert answer.status_code == 400
        assert "exactly one" in answer.json()["title"]
