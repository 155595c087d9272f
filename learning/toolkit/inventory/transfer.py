"""Rows T1 to T9, T17 and T21: transfer from other images."""

from learning.toolkit.inventory.row import Row

_EFFECTS = "benchmarks.strategy_table.effects.transfer:"
_TUNING = "tests/learning/toolkit/test_tuning.py::"
_FROZEN = "tests/learning/toolkit/test_frozen.py::"
_PUBLIC = "tests/learning/toolkit/test_public_weights.py::"
_SCRATCH = "the same network from random weights, same steps and augmentation"

ROWS: tuple[Row, ...] = (
    Row(
        "T1",
        "Features of a large source reused",
        code=("learning.toolkit.weights:start_from", "learning.toolkit.publishers:our_names"),
        tests=(
            _PUBLIC + "test_every_published_tensor_of_the_backbone_finds_its_place",
            _PUBLIC + "test_network_gives_the_features_that_the_publishers_own_code_gives",
            _PUBLIC + "test_three_channels_become_one_with_the_same_answer_on_grey",
        ),
        control=_SCRATCH,
        effect=_EFFECTS + "deep",
        claim="gain",
        note="Loaders for ImageNet, TorchXRayVision, RadImageNet, MedicalNet and MONAI; the effect is measured with a "
        "source of our own, since no public weights are part of the project.",
    ),
    Row(
        "T2",
        "Shallow tuning",
        code=("learning.toolkit.tuning:TuneStages",),
        tests=(
            _TUNING + "test_shallow_tuning_leaves_the_lower_stages_as_they_were_bit_for_bit",
            _TUNING + "test_frozen_batch_normalisation_keeps_its_statistics",
        ),
        control=_SCRATCH,
        effect=_EFFECTS + "shallow",
        claim="gain",
    ),
    Row(
        "T3",
        "Deep tuning at a low rate",
        code=("learning.toolkit.tuning:TuneStages",),
        tests=(
            _TUNING + "test_deep_tuning_changes_every_stage",
            _TUNING + "test_each_stage_learns_at_its_own_rate",
            _TUNING + "test_a_rate_of_nearly_one_is_plain_training",
        ),
        control="the same start with the body at the head's rate, same steps",
        effect=_EFFECTS + "low_rate",
        claim="gain",
    ),
    Row(
        "T4",
        "How much to tune is chosen by validation",
        code=("learning.toolkit.depths:choose_depth", "learning.toolkit.domain:rule_of_thumb"),
        tests=(
            _TUNING + "test_depth_is_chosen_without_the_cases_that_judge",
            _TUNING + "test_depth_is_chosen_by",
            "tests/learning/toolkit/test_domain.py::test_rule_follows_similarity_and_labels",
        ),
        control="one stage tuned, without a choice, at most the same steps",
        effect=_EFFECTS + "chosen_depth",
        note="The review's rule stands beside a model as a hint; the choice is made by inner validation.",
    ),
    Row(
        "T5",
        "Off-the-shelf features and a linear classifier",
        code=("learning.toolkit.frozen:fit_frozen", "learning.toolkit.linear:fit_linear"),
        tests=(
            _FROZEN + "test_c_is_chosen_within_training",
            _FROZEN + "test_a_patients_second_image_tells_nothing_in_the_choice",
            _FROZEN + "test_classifier_ends_as_the_networks_head_and_nothing_else_moves",
        ),
        control=_SCRATCH,
        effect=_EFFECTS + "frozen_features",
        claim="gain",
    ),
    Row(
        "T6.views",
        "Several views of a study, one answer",
        code=("learning.toolkit.studies:by_study", "learning.toolkit.nets.views:Bag"),
        tests=(
            "tests/learning/toolkit/test_studies.py::test_images_of_a_study_become_its_views",
            "tests/learning/toolkit/test_studies.py::test_an_absent_view_changes_no_answer",
        ),
        control="the first view alone, same studies, steps and augmentation",
        effect=_EFFECTS + "views",
        claim="gain",
        note="The volume under the ROC surface of three classes is in learning.toolkit.volume_under_surface.",
    ),
    Row(
        "T7",
        "Incremental tuning",
        code=("learning.toolkit.incremental:fit_incremental", "learning.toolkit.handcrafted:oriented_gradients"),
        tests=(
            _TUNING + "test_chosen_depth_alone_learns",
            _TUNING + "test_killed_anywhere_it_ends_as_if_left_alone",
            _FROZEN + "test_computed_features_train_and_predict_as_a_network_does",
        ),
        control="hand-crafted features (oriented gradients) with logistic regression on the same labels",
        effect=_EFFECTS + "incremental",
        claim="gain",
    ),
    Row(
        "T8",
        "Off-the-shelf features against tuning",
        code=("learning.toolkit.frozen:fit_frozen",),
        tests=(_FROZEN + "test_svm_gives_its_own_margins_through_one_sigmoid",),
        control="the same start, tuned deeply",
        effect=_EFFECTS + "frozen_against_deep",
        claim="gain",
        note="Zhu et al. found off-the-shelf features best on tumour patches; patches are input.region 'crop'.",
    ),
    Row(
        "T9",
        "Scratch, transfer, and features with a classifier side by side",
        code=("learning.toolkit.train:fit",),
        tests=(_TUNING + "test_deep_tuning_changes_every_stage", _FROZEN + "test_validation_answers_choose_nothing"),
        why="Its three arms are rows T1 and T5 against the same scratch; benchmarks.small_data has them in one table.",
    ),
    Row(
        "T17",
        "What photographs teach differs from medical images",
        code=("learning.recipe_parts.together:check_start", "learning.toolkit.domain:Domain"),
        tests=(
            _PUBLIC + "test_brightness_reaches_the_weights_as_their_publisher_scaled_it",
            _PUBLIC + "test_recipe_refuses_weights_with",
            "tests/learning/toolkit/test_domain.py::test_other_brightness_is_told_from_other_cases",
        ),
        why="A statement about photographs. What guards against it: a recipe cannot start from weights with another "
        "scaling than their publisher's, and a run says how alike source and target look.",
    ),
    Row(
        "T21",
        "Same kind of image: many radiographs, then one finding",
        code=("learning.services.start_state:start_file", "learning.toolkit.weights:adopt"),
        tests=(
            _TUNING + "test_incremental_tuning_starts_from_the_given_weights",
            _PUBLIC + "test_what_is_not_matched_is_reported_both_ways",
        ),
        control=_SCRATCH,
        effect=_EFFECTS + "same_modality",
        claim="gain",
    ),
)
