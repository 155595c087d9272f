"""Comparisons and the planner as pages: what they say, what they start, who may."""

from __future__ import annotations

from typing import Any

import pytest

from core.errors import Invalid
from learning.models import Comparison
from learning.recipe import PRESETS, load_recipe
from learning.selectors.comparisons import arm_rows, headline
from learning.services.comparisons.wishes import compare_with_control, wish_of
from learning.services.runs import start_run
from tests.factories import Team, make_team
from tests.frontend.learning_forms import BOTH, read_cases
from tests.frontend.pages import browser_of, messages_of, text_of
from tests.learning.rows import AGAINST, make_comparison, make_run

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}
TWO = {"arms": ["preset:quick", "preset:balanced"], "control": "preset:balanced", "folds": "2", "seeds": "2",
       "margin": "0.03", "sources": ["reader"]}


@pytest.fixture
def team() -> Team:
    return make_team()


def new_page(team: Team) -> str:
    return f"/p/{team.project.slug}/compare/new/"


def test_an_empty_list_says_what_a_comparison_is_good_for_and_starts_one(team: Team) -> None:
    address = f"/p/{team.project.slug}/compare/"
    assert "No comparison yet" in text_of(browser_of(team.annotator).get(address))
    assert "New comparison" in text_of(browser_of(team.researcher).get(address))
    assert "New comparison" not in text_of(browser_of(team.annotator).get(address))


def test_the_form_starts_a_comparison_with_the_chosen_control_arm(team: Team) -> None:
    read_cases(team, BOTH)
    answer = browser_of(team.researcher).post(new_page(team), TWO | {"act": "start"})
    comparison = Comparison.objects.get()
    assert answer["Location"].endswith(f"/compare/{comparison.pk}/")
    assert comparison.arms.get(is_control=True).name == "balanced"
    assert (comparison.folds, comparison.seeds, comparison.margin) == (2, [0, 1], 0.03)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"arms": ["preset:quick"]}, "at least two recipes"),
        ({"seeds": "many"}, "Seeds must be a whole number"),
        ({"pasted": "{"}, "not JSON"),
        ({"pasted": '{"input": {"size": 1}}'}, "input.size"),
        ({"arms": ["preset:quick", "run:777"]}, "no run 777"),
        ({"control": "preset:thorough"}, "takes no part: tick it"),
    ],
)
def test_what_is_wrong_is_said_on_the_page_and_what_was_typed_stays(
    team: Team, change: dict[str, Any], told: str
) -> None:
    read_cases(team, BOTH)
    page = browser_of(team.researcher).post(new_page(team), TWO | change | {"act": "start"})
    assert page.status_code == 400
    assert told in messages_of(page)
    assert 'value="0.03"' in page.content.decode()
    assert Comparison.objects.count() == 0


def test_the_plan_tells_the_cost_while_the_form_changes_and_starts_nothing(team: Team) -> None:
    read_cases(team, BOTH)
    client = browser_of(team.researcher)
    plan = text_of(client.post(f"{new_page(team)}plan/", TWO, headers=HTMX))
    assert "8 trainings on 4 images of 4 studies" in plan
    assert "balanced control" in plan
    assert "Tick at least two" in text_of(client.post(f"{new_page(team)}plan/", {"arms": []}, headers=HTMX))
    assert Comparison.objects.count() == 0


def test_a_model_that_was_trained_elsewhere_has_no_recipe_to_compare(team: Team) -> None:
    run = make_run(team.project, purpose="foreign", recipe_name="A forest")
    assert "A forest" not in text_of(browser_of(team.researcher).get(new_page(team)))
    with pytest.raises(Invalid, match="trained elsewhere"):
        wish_of(team.project, run=run.pk)
    with pytest.raises(Invalid, match="trained elsewhere"):
        compare_with_control(run=run, user=team.researcher)


def test_an_address_ticks_recipes_for_one(team: Team) -> None:
    read_cases(team, BOTH)
    run = make_run(team.project)
    page = browser_of(team.researcher).get(f"{new_page(team)}?arms=preset:balanced,run:{run.pk}&control=run:{run.pk}")
    html = page.content.decode()
    assert f'value="run:{run.pk}" id="earlier-1" checked' in html
    assert 'value="preset:balanced" id="arm-3" checked' in html


def test_the_table_says_of_each_arm_what_it_brought_and_how_sure_that_is(team: Team) -> None:
    comparison = make_comparison(team.project)
    told = text_of(browser_of(team.annotator).get(f"/p/{team.project.slug}/compare/{comparison.pk}/"))
    assert "weighted: clear gain, +0.050 AUROC (+0.010 to +0.090)" in told
    assert "differs from control in" in told
    assert "not given alike: input.size" in told
    assert "Not given alike: image size 96 against 64" in told, "the card says it, too"
    assert "optimiser.max_epochs 60 against 20" in told
    assert "0.020" in told, "p after correction"
    assert "30 held-out cases of 30 patients, 2 seeds, 2 folds, margin 0.02" in told
    assert "brightness alone" in told
    assert "Research use only" in told
    assert "Extend" not in told, "an annotator extends nothing"


def test_of_many_arms_the_headline_gives_figures_of_those_that_won_or_lost(team: Team) -> None:
    comparison = make_comparison(team.project)
    judged = [AGAINST | {"verdict": verdict} for verdict in ("undecided", "gain", "equivalent", "undecided")]
    for number, against in enumerate(judged, start=3):
        comparison.arms.create(number=number, name=f"arm {number}", recipe=PRESETS["quick"].model_dump(mode="json"))
        comparison.results["arms"].append({"name": f"arm {number}", "against": against, "seeds": [0, 1],
                                           "auroc": None, "per_finding": {}})
    comparison.save()
    told = headline(comparison, arm_rows(comparison))
    assert told.endswith(
        "clear gain: weighted +0.050 AUROC (+0.010 to +0.090), arm 4 +0.050 AUROC (+0.010 to +0.090); tie: arm 5; "
        "undecided: arm 3, arm 6."
    )


def test_the_live_part_is_sent_again_only_when_something_changed(team: Team) -> None:
    comparison = make_comparison(team.project, state="queued")
    client = browser_of(team.researcher)
    address = f"/p/{team.project.slug}/compare/{comparison.pk}/live/now/"
    first = client.get(address, headers=HTMX)
    seen = first.content.decode().split("?seen=")[1].split('"')[0]
    assert client.get(f"{address}?seen={seen}", headers=HTMX).status_code == 204
    Comparison.objects.filter(pk=comparison.pk).update(judged_cells=3)
    assert client.get(f"{address}?seen={seen}", headers=HTMX).status_code == 200


def test_cancel_go_on_and_extend_from_the_page(team: Team) -> None:
    comparison = make_comparison(team.project, state="queued")
    address = f"/p/{team.project.slug}/compare/{comparison.pk}/"
    client = browser_of(team.researcher)
    assert browser_of(team.annotator).post(address, {"act": "cancel"}).status_code == 403
    assert client.post(address, {"act": "cancel"}).status_code == 302
    assert "Go on" in text_of(client.get(address))
    assert client.post(address, {"act": "resume"}).status_code == 302
    assert client.post(address, {"act": "extend", "more_seeds": "2", "arms": ["preset:thorough"]}).status_code == 302
    comparison.refresh_from_db()
    assert comparison.seeds == [0, 1, 2, 3]
    assert comparison.arms.filter(name="thorough").exists()


def test_a_comparison_of_another_project_is_not_there(team: Team) -> None:
    other = make_comparison(make_team().project)
    assert browser_of(team.researcher).get(f"/p/{team.project.slug}/compare/{other.pk}/").status_code == 404


class TestPlanner:
    def page(self, team: Team, query: str = "") -> Any:
        return browser_of(team.annotator).get(f"/p/{team.project.slug}/planner/{query}")

    def test_it_says_cases_and_hours_in_a_sentence_with_where_its_numbers_come_from(self, team: Team) -> None:
        query = "?control=0.75&strategy=0.85&prevalence=30&correlation=0.5&power=80&seconds=90&readers=2"
        told = text_of(self.page(team, query))
        assert "To tell 0.85 from 0.75 AUROC with 80 % power, where 30 % of cases have the finding:" in told
        assert "2 readers for each case at 90 s a reading" in told
        assert "nothing is read yet; 20 % stands in" in told.lower()

    def test_the_prevalence_is_that_of_the_projects_answers(self, team: Team) -> None:
        read_cases(team, BOTH)
        assert "1 of 3 readers' answers on Effusion" in text_of(self.page(team))

    def test_a_finished_comparison_tells_how_alike_models_score(self, team: Team) -> None:
        make_comparison(team.project)
        page = self.page(team)
        assert "0.7: from the comparison “Weights”" in text_of(page)
        assert 'value="0.7"' in page.content.decode()

    @pytest.mark.parametrize(
        ("query", "told"),
        [("?control=2", "from 0.5 to below 1"), ("?control=0.8&strategy=0.8", "equal AUROCs"),
         ("?power=much", "Power must be a number")],
    )
    def test_what_cannot_be_planned_says_why(self, team: Team, query: str, told: str) -> None:
        assert told in text_of(self.page(team, query))


class TestVerdictOfARun:
    def page(self, team: Team, run: Any, role: str = "researcher") -> str:
        return text_of(browser_of(team.person(role)).get(f"/p/{team.project.slug}/runs/{run.pk}/"))

    def test_a_run_whose_recipe_was_compared_shows_the_card(self, team: Team) -> None:
        run = make_run(team.project, recipe=PRESETS["small-data"].model_dump(mode="json"))
        other = make_run(team.project, recipe=PRESETS["thorough"].model_dump(mode="json"))
        make_comparison(team.project, run=run)
        told = self.page(team, run)
        assert "Clear gain weighted against plain +0.050 AUROC, 95 % interval +0.010 to +0.090" in told
        assert "30 held-out cases of 30 patients, 2 seeds, 2 folds" in told
        assert "Compare with its control arm" in self.page(team, other)

    def test_one_click_compares_a_run_with_its_control_arm(self, team: Team) -> None:
        read_cases(team, BOTH * 2)
        recipe = PRESETS["balanced"].model_dump(mode="json")
        run = start_run(project=team.project, recipe=load_recipe(recipe), user=None, recipe_name="balanced")
        assert "Did its strategy help?" in self.page(team, run)
        page = f"/p/{team.project.slug}/runs/{run.pk}/"
        assert browser_of(team.annotator).post(page, {"act": "compare"}).status_code == 403
        answer = browser_of(team.researcher).post(page, {"act": "compare"})
        comparison = Comparison.objects.get()
        assert answer["Location"].endswith(f"/compare/{comparison.pk}/")
        assert comparison.snapshot_id == run.snapshot_id
        assert "Being compared in" in self.page(team, run)

    def test_plain_training_has_no_control_arm_and_says_so(self, team: Team) -> None:
        run = make_run(team.project, recipe=load_recipe({}).model_dump(mode="json"))
        assert "This is plain training" in self.page(team, run)
