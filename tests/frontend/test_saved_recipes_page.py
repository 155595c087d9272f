"""Saving a recipe on the training page, and finding it there and among the recipes to compare."""

from __future__ import annotations

import pytest

from learning.models import Comparison, Run, SavedRecipe
from learning.recipe import PRESETS, load_recipe
from learning.services.saved_recipes import save_recipe
from tests.factories import Team, make_team
from tests.frontend.learning_forms import BOTH, form_of, post, read_cases
from tests.frontend.pages import browser_of, messages_of, text_of

pytestmark = pytest.mark.django_db
SMOOTH = load_recipe({"regularisation": {"label_smoothing": 0.1}})


@pytest.fixture
def team() -> Team:
    return make_team()


def page_of(team: Team) -> str:
    return f"/p/{team.project.slug}/train/"


def test_a_recipe_is_saved_from_the_form_opened_again_changed_and_removed(team: Team) -> None:
    client, page = browser_of(team.researcher), page_of(team)
    answer = post(client, page, form_of(SMOOTH, act="save", save_as="Smooth"))
    saved = SavedRecipe.objects.get()
    assert answer["Location"] == f"{page}?saved={saved.pk}"
    shown = client.get(answer["Location"])
    assert "kept as “Smooth”" in messages_of(shown)
    assert 'name="save_as" id="save-as" maxlength="60" value="Smooth"' in shown.content.decode()
    assert 'name="regularisation.label_smoothing"' in shown.content.decode()

    changed = form_of(SMOOTH, act="save", save_as="smooth", regularisation__label_smoothing="0.2")
    assert post(client, answer["Location"], changed).status_code == 302
    assert SavedRecipe.objects.get().recipe["regularisation"]["label_smoothing"] == 0.2
    refused = post(client, page, changed)
    assert refused.status_code == 409, "from another form it would replace what somebody else keeps"
    assert "Choose another name" in messages_of(refused)

    gone = form_of(SMOOTH, act="remove", opened=saved.pk)
    assert [post(client, page, gone).status_code for _ in range(2)] == [302, 404]
    assert not SavedRecipe.objects.exists()


def test_a_run_of_a_saved_recipe_bears_its_name_and_a_comparison_offers_it(team: Team) -> None:
    read_cases(team, BOTH)
    saved = save_recipe(project=team.project, user=team.researcher, name="Smooth, 0.1", recipe=SMOOTH)
    client = browser_of(team.researcher)
    assert post(client, page_of(team), form_of(SMOOTH)).status_code == 302
    assert Run.objects.get().recipe_name == "Smooth, 0.1"
    address = f"/p/{team.project.slug}/compare/new/"
    assert "Smooth, 0.1 saved small_cnn at 96 px, up to 40 epochs, label smoothing 0.1" in text_of(client.get(address))
    asked = {"arms": ["preset:quick", f"saved:{saved.pk}"], "folds": "2", "seeds": "1", "act": "start"}
    assert client.post(address, asked).status_code == 302
    assert list(Comparison.objects.get().arms.values_list("name", flat=True))[1:] == ["quick", "Smooth, 0.1"]


def test_who_may_not_train_sees_no_way_to_save_and_is_refused(team: Team) -> None:
    client = browser_of(team.annotator)
    assert "Keep this recipe" not in text_of(client.get(page_of(team)))
    assert post(client, page_of(team), form_of(PRESETS["quick"], act="save", save_as="x")).status_code == 403
