"""What findings ask of augmentation reaches every recipe that learns them."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from annotation.models import Finding, Invariance
from annotation.services.schema import create_finding, edit_finding
from annotation.services.starter_sets import add_starter_set
from core.errors import Invalid
from core.models import AuditEvent
from imaging.models import Study
from learning.recipe import Recipe, load_recipe
from learning.recipe_parts.invariances import INVARIANCES, MEANINGS
from learning.services import preview
from learning.services.invariances import alterations_in_words, asked_of, bound_recipe
from learning.services.runs import start_run
from tests.factories import Team, make_findings, make_studies, make_team
from tests.frontend.learning_forms import BOTH, read_cases

pytestmark = pytest.mark.django_db


@pytest.fixture
def team() -> Team:
    return make_team()


def ask(team: Team, **wanted: list[str]) -> None:
    findings = make_findings(team.project, [code.title() for code in wanted])
    for code, invariances in wanted.items():
        edit_finding(finding=findings[code], user=team.manager, invariances=invariances)


def test_findings_and_recipes_know_the_same_invariances() -> None:
    assert tuple(Invariance.values) == INVARIANCES == tuple(MEANINGS)


def test_recipe_keeps_what_any_of_its_findings_asks_for(team: Team) -> None:
    ask(team, heart=["preserve_ratio"], brain=["flip_only", "preserve_ratio"], other=[])
    assert asked_of(team.project, Recipe()) == {"preserve_ratio": ["Heart", "Brain"], "flip_only": ["Brain"]}
    bound = bound_recipe(team.project, load_recipe({"augmentation": {"invariances": ["hu_safe"]}}))
    assert bound.augmentation.invariances == ("preserve_ratio", "flip_only", "hu_safe")
    one = load_recipe({"targets": {"findings": ["heart"]}})
    assert bound_recipe(team.project, one).augmentation.invariances == ("preserve_ratio",)
    none = load_recipe({"targets": {"findings": ["other"]}})
    assert bound_recipe(team.project, none) is none


def test_recipe_that_alters_nothing_stays_as_it_is(team: Team) -> None:
    ask(team, heart=["preserve_ratio"])
    plain = load_recipe({"augmentation": {"kind": "none"}})
    assert bound_recipe(team.project, plain) is plain


def test_mixing_that_a_finding_forbids_is_refused(team: Team) -> None:
    ask(team, heart=["preserve_ratio"])
    with pytest.raises(Invalid, match="cutmix would break preserve_ratio"):
        bound_recipe(team.project, load_recipe({"augmentation": {"kind": "none", "cutmix": 1}}))


def test_started_run_holds_what_its_findings_ask_for(team: Team) -> None:
    read_cases(team, BOTH, first=500)
    edit_finding(finding=Finding.objects.get(project=team.project, code="nodule"), user=None, invariances=["hu_safe"])
    run = start_run(project=team.project, recipe=Recipe(), user=team.researcher)
    assert run.recipe["augmentation"]["invariances"] == ["hu_safe"]


@pytest.mark.parametrize("wrong", [["upright"], ["hu_safe", "hu_safe"], "hu_safe", [3]])
def test_what_is_no_invariance_is_refused(team: Team, wrong: object) -> None:
    with pytest.raises(Invalid, match="What must stay is a list of: preserve_ratio"):
        create_finding(project=team.project, user=None, name="Heart", invariances=wrong)


def test_cardiomegaly_of_the_starter_sets_keeps_proportions(team: Team) -> None:
    add_starter_set(project=team.project, user=None, name="chest")
    kept = Finding.objects.filter(project=team.project).exclude(invariances=[]).values_list("code", "invariances")
    assert list(kept) == [("cardiomegaly", ["preserve_ratio"])]


def test_words_name_the_findings_that_ask_and_that_one_network_learns_all(team: Team) -> None:
    ask(team, heart=["preserve_ratio"], other=[])
    told = alterations_in_words(team.project, load_recipe({"augmentation": {"kind": "standard"}}))
    assert "Left out: stretched by (preserve_ratio), cropped by (preserve_ratio)." in told[0]
    assert "only made smaller, by up to 20%" in told[1]
    assert told[2:] == [
        "Heart: asks for preserve_ratio.",
        "One network learns all findings, so what one of them asks for holds for all.",
    ]


def pictured(team: Team, recipe: dict[str, object]) -> bytes:
    return preview.preview_sheet(project=team.project, user=team.researcher, recipe=load_recipe(recipe))


def test_preview_shows_each_image_as_it_is_and_altered_four_times(team: Team) -> None:
    make_studies(team.project, 4, first=500)
    make_findings(team.project, ["Heart"])
    png = pictured(team, {"augmentation": {"kind": "strong"}})
    picture = np.asarray(Image.open(io.BytesIO(png)))
    tile = 128
    assert picture.shape == (3 * tile + 2 * 2, 6 * tile + 2 * 10 + 3 * 2, 3)
    stored, first, second, third = (picture[:tile, left : left + tile] for left in (0, 138, 276, 406))
    assert np.abs(stored.astype(float) - first).mean() < np.abs(second.astype(float) - first).mean()
    assert first.std() > 5
    assert np.abs(first.astype(float) - second).mean() > 2
    assert np.abs(second.astype(float) - third).mean() > 2
    still = pictured(team, {"augmentation": {"kind": "none"}})
    same = np.asarray(Image.open(io.BytesIO(still)))
    assert np.array_equal(same[:tile, 138 : 138 + tile], same[:tile, 276 : 276 + tile])
    opened = AuditEvent.objects.filter(action="study.opened", actor=team.researcher)
    told = list(opened.values_list("subject", flat=True))
    assert len(told) == 3  # once for both pictures
    assert set(told) <= {f"study:{s.uid}" for s in Study.objects.all()}


def test_preview_without_an_image_says_what_to_do(team: Team) -> None:
    with pytest.raises(Invalid, match="Import some first"):
        preview.preview_sheet(project=team.project, user=team.researcher, recipe=Recipe())


def test_preview_that_fails_tells_the_reason_on_one_line(team: Team, monkeypatch: pytest.MonkeyPatch) -> None:
    make_studies(team.project, 1, first=500)
    monkeypatch.setattr(preview.np, "save", lambda path, values: path.write_bytes(b"not an array"))
    with pytest.raises(Invalid, match="These images cannot be shown with this recipe: ValueError"):
        preview.preview_sheet(project=team.project, user=team.researcher, recipe=Recipe())


@pytest.mark.parametrize("input", [
    {"spacing_mm": 5.0, "orientation": "standard"}, {"volume": "views", "views": 2}, {"normalise": "xrv"},
    {"channels": 3, "normalise": "imagenet"},
])
def test_preview_shows_whatever_the_recipe_reads(team: Team, input: dict[str, object]) -> None:
    make_studies(team.project, 1, first=500)
    recipe = load_recipe({"input": input, "augmentation": {"kind": "none"}})
    picture = np.asarray(Image.open(io.BytesIO(
        preview.preview_sheet(project=team.project, user=team.researcher, recipe=recipe)
    )))
    assert picture.shape == (128, 6 * 128 + 2 * 10 + 3 * 2, 3)
    assert picture[:, 138 : 138 + 128].std() > 5


def test_preview_says_which_images_cannot_be_read_and_shows_none_of_another_project(team: Team) -> None:
    make_studies(team.project, 1, first=500)
    with pytest.raises(Invalid, match=r"1 series is left out: .*do not form a volume"):
        preview.preview_sheet(
            project=team.project, user=team.researcher, recipe=load_recipe({"input": {"volume": "slices"}})
        )
    with pytest.raises(Invalid, match="no image to show"):
        preview.preview_sheet(project=team.project, user=team.stranger, recipe=Recipe())
    assert not AuditEvent.objects.filter(action="study.opened").exists()
