"""The table of advice, row by row: what a project has, and what is proposed for which reason."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from learning.advice import Facts, SiteVerdict, Source, advise
from learning.advice.choose import judging, plain
from learning.advice.rules import RULES
from learning.recipe import load_recipe
from learning.recipe_strategies import differences

FEW = Facts(labelled=60, patients=60, fewest=20, prevalence=0.35, finding="Nodule")
OWN = Source("chest-2 model 3", False, "small_cnn", "", True, 900)
IMAGENET = Source("imagenet/resnet18", True, "resnet18", "imagenet", False, 1_000_000)
VOLUMETRIC = Source("medicalnet/resnet10", True, "resnet10_3d", "", True, 1000)


def names(facts: Facts) -> list[str]:
    return [one.name for one in advise(facts)]


@pytest.mark.parametrize(
    ("change", "first"),
    [
        ({"sources": (OWN,)}, "frozen features"),
        ({"sources": (IMAGENET,)}, "frozen features"),
        ({"sources": (OWN,), "fewest": 200, "labelled": 600}, "tune the top"),
        ({"sources": (OWN,), "fewest": 900, "labelled": 2500}, "tune everything gently"),
        ({"prevalence": 0.05}, "class-balanced weights"),
        ({"is_volume": True, "family": "cross-sections"}, "three planes"),
        ({"stretched": ("Cardiomegaly",)}, "keep the heart's proportions"),
        ({}, "hand-crafted features"),
    ],
)
def test_what_a_project_has_decides_what_is_proposed_first(change: dict[str, Any], first: str) -> None:
    assert names(replace(FEW, **change))[0] == first


@pytest.mark.parametrize(
    ("change", "never"),
    [
        ({}, "frozen features"), ({}, "three planes"), ({"labelled": 800}, "no dropout"),
        ({"fewest": 400}, "hand-crafted features"), ({}, "class-balanced weights"),
        ({"sources": (VOLUMETRIC,)}, "frozen features"),
    ],
)
def test_what_a_project_lacks_is_not_proposed(change: dict[str, Any], never: str) -> None:
    assert never not in [one.name for one in advise(replace(FEW, **change), how_many=20)]


@pytest.mark.parametrize("facts", [
    FEW, replace(FEW, sources=(OWN, IMAGENET)), replace(FEW, is_volume=True, fewest=150, sources=(VOLUMETRIC,)),
    replace(FEW, prevalence=0.03, fewest=600, labelled=20_000, patients=9000), replace(FEW, prevalence=0.98),
    replace(FEW, labelled=2, patients=2, fewest=1, prevalence=0.5),
])
def test_there_are_always_three_different_recipes_with_reasons_and_a_fair_control_arm(facts: Facts) -> None:
    found = advise(facts)
    assert len(found) == 3
    for one in found:
        assert load_recipe(one.recipe.model_dump(mode="json")) == one.recipe
        assert one.rows
        assert all(row in one.reason or row in ("C6", "R4", "T15", "I7") for row in one.rows), one.reason
        assert "{" not in one.reason
        gaps = differences(one.recipe, one.control)
        assert gaps
        assert not [d.field for d in gaps if d.is_unequal and d.field.partition(".")[0] in ("optimiser", "evaluation")]
    recipes = [one.recipe for one in found]
    assert all(recipes.count(recipe) == 1 for recipe in recipes)


def test_images_of_the_same_kind_are_started_from_before_public_weights() -> None:
    best = advise(replace(FEW, sources=(IMAGENET, OWN)))[0]
    assert best.recipe.start.model == "chest-2 model 3"
    assert "chest-2 model 3" in best.reason


def test_public_weights_come_with_their_network_and_scaling() -> None:
    best = advise(replace(FEW, sources=(IMAGENET,)))[0]
    assert (best.recipe.network.name, best.recipe.input.normalise) == ("resnet18", "imagenet")
    assert best.control.network.name == "resnet18", "the control arm is the same network from scratch"
    assert best.control.start.kind == "scratch"


def verdict(word: str, section: str = "imbalance") -> SiteVerdict:
    return SiteVerdict((section,), word, 0.03, 80, "chest-2")  # type: ignore[arg-type]


@pytest.mark.parametrize(("word", "place"), [("gain", 0), ("undecided", 0), ("equivalent", 1)])
def test_the_sites_own_verdicts_move_a_proposal_up_or_down(word: str, place: int) -> None:
    facts = replace(FEW, prevalence=0.2, stretched=("Cardiomegaly",), verdicts=(verdict(word),))
    found = advise(facts)
    assert [one.name for one in found].index("class-balanced weights") == place
    assert "chest-2" in found[place].site
    assert found[1 - place].site == ""


def test_what_has_done_harm_here_is_not_proposed_again() -> None:
    facts = replace(FEW, prevalence=0.2, verdicts=(verdict("harm"), verdict("gain")))
    assert all(one.recipe.imbalance == plain(facts).imbalance for one in advise(facts))


@pytest.mark.parametrize(
    ("patients", "kind", "repeats", "told"),
    [(20, "kfold", 3, "E3"), (100, "kfold", 1, "E2"), (900, "holdout", 1, "900")],
)
def test_the_judging_follows_the_number_of_patients(patients: int, kind: str, repeats: int, told: str) -> None:
    facts = replace(FEW, patients=patients)
    part = plain(facts).evaluation
    assert (part.kind, part.repeats) == (kind, repeats)
    assert told in judging(facts)


def test_no_two_rules_have_one_name_and_every_row_is_named() -> None:
    assert len({rule.name for rule in RULES}) == len(RULES)
    assert all(rule.rows for rule in RULES)
