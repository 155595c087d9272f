from itertools import combinations

import pytest

from learning.recipe import RecipeError, load_recipe

WAYS = {
    "imbalance.sampling": {"sampling": "oversample"},
    "imbalance.class_weights": {"class_weights": "class_balanced"},
    "logit_adjustment": {"loss": "logit_adjustment"},
    "ldam": {"loss": "ldam"},
    "imbalance.focal_alpha": {"loss": "focal", "focal_alpha": 0.25},
}


PAIRS = [(a, b) for a, b in combinations(WAYS, 2) if not {"loss"} <= WAYS[a].keys() & WAYS[b].keys()]


@pytest.mark.parametrize(("first", "second"), PAIRS)
def test_counting_a_rare_side_twice_is_refused_with_a_remedy(first, second):
    with pytest.raises(RecipeError, match=rf"{first}.*{second}.*count twice; keep one"):
        load_recipe({"imbalance": {**WAYS[first], **WAYS[second]}})


@pytest.mark.parametrize(
    "imbalance",
    [
        *WAYS.values(),
        {"sampling": "oversample", "loss": "focal"},
        {"sampling": "oversample", "sampling_strength": 0, "class_weights": "inverse_prevalence"},
        {"class_weights": "inverse_prevalence", "loss": "ldam", "ldam_deferred": 1},
        {"class_weights": "inverse_prevalence", "loss": "logit_adjustment", "logit_tau": 0},
    ],
)
def test_what_counts_once_is_accepted(imbalance):
    assert load_recipe({"imbalance": imbalance})


@pytest.mark.parametrize(
    ("recipe", "told"),
    [
        ({"imbalance": {"embeddings": "smote"}}, "interpolates between frozen features; choose tuning.kind 'frozen'"),
        ({"imbalance": {"sampling": "dynamic"}, "tuning": {"kind": "frozen"}}, "choose class weights or imbalance.emb"),
        ({"imbalance": {"loss": "focal"}, "tuning": {"kind": "frozen"}}, "belong to training by steps"),
        ({"imbalance": {"embeddings": "adasyn", "class_weights": "inverse_prevalence"}, "tuning": {"kind": "frozen"}},
         "count twice"),
        ({"imbalance": {"loss": "ldam"}, "targets": {"kind": "multiclass"}}, "choose 'logit_adjustment' or class"),
        ({"imbalance": {"loss": "ldam"}, "targets": {"kind": "ordinal"}}, "choose 'logit_adjustment' or class"),
        ({"imbalance": {"class_weights": "class_balanced"}, "targets": {"kind": "segmentation"}}, "dice_weight"),
    ],
)
def test_what_cannot_work_together_is_refused_with_a_remedy(recipe, told):
    with pytest.raises(RecipeError, match=told):
        load_recipe(recipe)


def test_synthetic_features_go_with_frozen_ones():
    assert load_recipe({"imbalance": {"embeddings": "smote"}, "tuning": {"kind": "frozen"}})
