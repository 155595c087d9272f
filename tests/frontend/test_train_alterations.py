"""The recipe form's help with alterations, imbalance and regularisation: conditions, warnings, a preview."""

from __future__ import annotations

from typing import Any

import pytest

from annotation.models import Finding
from frontend.forms.recipe import sections_of
from frontend.views import train
from learning.recipe import Recipe, load_recipe
from tests.factories import Team, make_findings, make_team
from tests.frontend.learning_forms import BOTH, form_of, post, read_cases
from tests.frontend.pages import browser_of, text_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def team() -> Team:
    return make_team()


def plan_of(team: Team, recipe: Recipe) -> str:
    answer = post(browser_of(team.researcher), f"/p/{team.project.slug}/train/plan/", form_of(recipe))
    assert answer.status_code == 200
    return text_of(answer)


def test_fields_of_no_use_name_the_field_and_values_they_wait_for() -> None:
    fields = {f.path: f for section in sections_of(Recipe().model_dump(mode="json")) for f in section.fields}
    waiting = {path: f.only_with for path, f in fields.items() if f.only_with}
    assert waiting["imbalance.focal_gamma"] == "imbalance.loss=focal"
    for path, condition in waiting.items():
        other, _, values = condition.partition("=")
        offered = {value for value, _ in fields[other].choices}
        assert set(filter(None, values.split(","))) < offered, path
        assert values or fields[other].kind == "many", path


def test_page_carries_the_conditions_and_the_button_of_the_preview(team: Team) -> None:
    read_cases(team, BOTH)
    page = browser_of(team.researcher).get(f"/p/{team.project.slug}/train/").content.decode()
    assert 'data-only-with="imbalance.loss=ldam"' in page
    assert "Show on images of this project" in page
    assert "drop probability of 0.2" in page


def test_plan_warns_of_dropout_on_few_images_and_not_without_it(team: Team) -> None:
    read_cases(team, BOTH)
    assert "Dropout (hidden 0.5) on 4 training images" in plan_of(team, Recipe())
    assert "Dropout (" not in plan_of(team, load_recipe({"regularisation": {"dropout_hidden": 0}}))


def test_plan_says_what_is_altered_and_which_finding_forbids_what(team: Team) -> None:
    read_cases(team, BOTH)
    Finding.objects.filter(code="nodule").update(invariances=["preserve_ratio"])
    told = plan_of(team, load_recipe({"augmentation": {"kind": "standard"}}))
    assert "Left out: stretched by (preserve_ratio)" in told
    assert "Nodule: asks for preserve_ratio." in told
    assert "One network learns all findings" in told


@pytest.mark.parametrize(("changes", "words"), [
    ({"imbalance__sampling": "oversample", "imbalance__class_weights": "class_balanced"}, "count twice; keep one"),
    ({"regularisation__dropout_stages": "much"}, "is not a drop probability"),
    ({"augmentation__mixup": "0.2", "augmentation__invariances": ["hu_safe"]}, "mixup would break hu_safe"),
])
def test_combinations_that_cannot_be_are_refused_on_the_form(team: Team, changes: dict[str, Any], words: str) -> None:
    read_cases(team, BOTH)
    data = form_of(Recipe(), **changes)
    answer = post(browser_of(team.researcher), f"/p/{team.project.slug}/train/", data)
    assert words in text_of(answer)


def test_preview_is_a_picture_with_words_or_a_reason(team: Team, monkeypatch: pytest.MonkeyPatch) -> None:
    read_cases(team, BOTH)
    monkeypatch.setattr(train, "preview_sheet", lambda **asked: b"picture")
    client, page = browser_of(team.researcher), f"/p/{team.project.slug}/train/preview/"
    shown = post(client, page, form_of(Recipe())).content.decode()
    assert "data:image/png;base64,cGljdHVyZQ==" in shown
    assert "Altered: turned up to 10 degrees" in shown
    assert "Research use only" in shown
    wrong = post(client, page, form_of(Recipe(), input__size="8")).content.decode()
    assert "Correct the recipe" in wrong
    assert "<img" not in wrong


def test_only_who_may_train_sees_the_preview(team: Team) -> None:
    answer = post(browser_of(team.annotator), f"/p/{team.project.slug}/train/preview/", form_of(Recipe()))
    assert answer.status_code in (403, 404)


def test_finding_keeps_what_was_ticked_and_its_history_says_so(team: Team) -> None:
    finding = make_findings(team.project, ["Heart"])["heart"]
    client, page = browser_of(team.manager), f"/p/{team.project.slug}/findings/{finding.pk}/"
    data = {"act": "edit", "name": "Heart", "grades": "", "invariances": ["preserve_ratio", "no_lateral_flip"]}
    post(client, page, data, follow=True)
    finding.refresh_from_db()
    assert finding.invariances == ["preserve_ratio", "no_lateral_flip"]
    shown = client.get(page).content.decode()
    assert 'value="preserve_ratio" id="id_invariances_0" checked' in shown
    assert "Altered training images keep" in shown
    assert "preserve_ratio, no_lateral_flip" in shown
