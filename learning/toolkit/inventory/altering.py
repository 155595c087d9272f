"""Rows A1 to A4, A11, A15, R1 to R4, I1 to I3 and I6 to I8: alterations, regularisation, imbalance.

Ids with a word after the dot are what is offered today for a row of the review.
"""

from learning.toolkit.inventory.row import Claim, Row

_TESTS = "tests/learning/toolkit/altering/"
_EFFECTS = "benchmarks.strategy_table.effects.altering:"
_CONTROLS = f"{_TESTS}test_altering_controls.py::test_mechanism_controls"


def _row(
    id: str, name: str, code: tuple[str, ...], tests: tuple[str, ...], control: str, effect: str, claim: Claim = "none",
    note: str = "",
) -> Row:
    return Row(
        id, name, code=tuple(f"learning.{one}" for one in code), tests=(*(_TESTS + one for one in tests), _CONTROLS),
        control=control, effect=_EFFECTS + effect, claim=claim, note=note,
    )


_RANGES = (
    "test_rotation_turns_both_ways_and_keeps_lengths",
    "test_brightness_is_added_up_to_its_share_of_the_range",
    "test_noise_has_mean_0_a_spread_of_its_own_in_each_image_and_is_one_for_all_channels",
    "test_contrast_grows_and_shrinks_about_the_images_mean",
    "test_blur_spreads_a_point_by_its_width_and_loses_nothing",
    "test_crop_shows_a_part_from_anywhere_larger_on_both_sides_alike",
    "test_mirroring_is_along_its_own_axis_and_of_its_share_of_the_images",
)

_ALTERATIONS = (
    _row(
        "A1", "Alterations: rotation, brightness, noise, contrast, blur, cropping, mirroring",
        ("toolkit.augment:augment", "recipe_parts.alterations:plan_of"),
        ("test_alterations.py::test_every_alteration_says_what_it_breaks_and_every_policy_is_of_known_ones",
         *(f"test_ranges.py::{name}" for name in _RANGES),
         "test_mixing.py::test_only_the_training_part_is_altered"),
        "no alteration", "limited_alterations", "gain", "The limited policy, the default for radiographs.",
    ),
    _row(
        "A1.mixup", "Mixup: two images and their answers blended", ("toolkit.mixing:mix", "toolkit.mixing:blended"),
        ("test_mixing.py::test_a_share_of_0_gives_everything_back_bit_for_bit",
         "test_mixing.py::test_loss_of_mixed_answers_is_the_mean_of_both_losses_by_share_whatever_is_unknown"),
        "no mixing", "mixup",
    ),
    _row(
        "A1.cutmix", "CutMix: a rectangle of another image, answers by area",
        ("toolkit.mixing:mix", "toolkit.mixing:pasted"),
        ("test_mixing.py::test_pasted_rectangle_has_the_share_that_the_answers_get",
         "test_mixing.py::test_answers_are_mixed_as_the_pixels_are", "test_mixing.py::test_rectangles_lie_anywhere"),
        "no mixing", "cutmix",
    ),
    _row(
        "A2", "Excessive augmentation can bias and overfit", ("recipe_parts.alterations:plan_of",),
        ("test_alterations.py::test_a_trace_of_strength_alters_hardly_anything",
         "test_ranges.py::test_policies_rise_from_limited_to_strong"),
        "the limited policy", "excessive_alterations", "harm",
    ),
    _row(
        "A3", "Organ ratios preserved (cardiomegaly)",
        ("recipe_parts.alterations:plan_of", "toolkit.augment.draws:Draws"),
        ("test_alterations.py::test_ratio_is_kept_in_all_of_1000_chests_where_it_must_be",
         "test_alterations.py::test_the_same_check_fails_for_every_policy_without_the_invariance"),
        "the same policy with what breaks the ratio", "preserved_ratio", "gain",
    ),
    Row(
        "A4", "Mirroring only (brain MRI)", code=("learning.recipe_parts.alterations:plan_of",),
        tests=(f"{_TESTS}test_alterations.py::test_flip_only_gives_each_image_or_its_mirror_image_exactly",),
        why="a guarantee that is exact by test; there is no brain phantom to measure a gain on",
    ),
    Row(
        "A11", "Alterations vary what is there and bring no rare case", code=("learning.toolkit.augment:augment",),
        tests=(f"{_TESTS}test_alterations.py::test_hounsfield_units_stay_what_they_are_up_to_interpolation",),
        why="a limit, said on the form; A1 and I2 measure what alterations and repetition bring",
    ),
    _row(
        "A15", "Adverse effects are hard to quantify", ("recipe_parts.alterations:plan_of",),
        ("test_alterations.py::test_trivial_augment_alters_each_image_in_one_way_and_some_not_at_all",),
        "the limited policy", "one_alteration_each", "none",
        "Every policy has a verdict against none or the limited one; this row measures one without parameters.",
    ),
)

_TOLD = (
    "test_sampling.py::"
    "test_training_tells_dynamic_sampling_the_validation_answers_and_hard_cases_those_of_its_own_rows"
)

_IMBALANCE = (
    _row(
        "I1", "Imbalance biases to the majority", ("toolkit.rarity:side_counts",),
        ("test_rarity.py::test_sides_are_counted_by_weight_without_what_is_unknown",),
        "as many cases, half of them positive", "imbalance_itself", "harm",
    ),
    _row(
        "I2", "Oversampling of the minority", ("toolkit.sampling:Balanced", "toolkit.sides:Sides"),
        ("test_sampling.py::test_sides_are_drawn_as_often_as_they_should_be",
         "test_sampling.py::test_duplicates_never_straddle_folds"),
        "every case once", "oversampling", "gain",
    ),
    _row(
        "I2.smote", "SMOTE, borderline SMOTE and ADASYN among frozen features",
        ("toolkit.oversampling:oversample", "toolkit.frozen:fit_frozen"),
        ("test_oversampling.py::"
         "test_each_synthetic_case_lies_between_a_rare_case_and_one_of_its_5_nearest_rare_ones",),
        "the same classifier without synthetic cases", "smote",
    ),
    _row(
        "I3", "Strategic choice of samples: hard cases", ("toolkit.sampling:HardCases",),
        ("test_sampling.py::test_hard_cases_are_drawn_again_by_their_error", _TOLD),
        "every case once", "hard_cases", "gain",
    ),
    _row(
        "I3.dynamic", "Dynamic sampling by the last epoch's F1", ("toolkit.sampling:Dynamic",),
        ("test_sampling.py::test_dynamic_sampling_follows_1_less_f1_of_the_last_epoch", _TOLD),
        "every case once", "dynamic_sampling", "gain",
    ),
    _row(
        "I3.undersample", "Random undersampling", ("toolkit.sampling:Undersampled",),
        ("test_sampling.py::test_undersampling_leaves_the_same_frequent_cases_out_in_every_epoch",),
        "every case once", "undersampling",
    ),
    _row(
        "I6", "Excessive oversampling overfits",
        ("toolkit.sampling:Balanced", "recipe_parts.warnings:repetition_warning"),
        ("test_sampling.py::test_strength_lies_between_the_datas_own_share_and_an_even_one",
         "test_regularisation.py::test_warnings_are_in_the_runs_notes"),
        "a quarter of the oversampling", "excessive_oversampling", "harm",
    ),
    _row(
        "I7", "Class weights", ("toolkit.losses:inverse_prevalence", "toolkit.rarity:Rarity"),
        ("test_rarity.py::"
         "test_correcting_the_prior_brings_the_best_constant_answer_back_to_the_prevalence",),
        "unweighted loss", "class_weights", "gain",
    ),
    _row(
        "I7.class_balanced", "Class weights by the effective number of cases", ("toolkit.rarity:class_balanced",),
        ("test_rarity.py::test_class_balanced_weights_by_hand",), "unweighted loss", "class_balanced", "gain",
    ),
    _row(
        "I8", "Focal loss", ("toolkit.losses:masked_bce",),
        ("test_rarity.py::test_focal_loss_by_hand",
         "test_rarity.py::test_focal_loss_and_logit_adjustment_at_0_are_cross_entropy_exactly"),
        "cross-entropy", "focal", "gain",
    ),
    _row(
        "I8.logit_adjustment", "Logit adjustment", ("toolkit.rarity:Rarity",),
        ("test_rarity.py::test_logit_adjustment_by_hand",), "cross-entropy", "logit_adjustment", "gain",
    ),
    _row(
        "I8.ldam", "LDAM with deferred re-weighting", ("toolkit.rarity:margins", "toolkit.nets.cosine:CosineHead"),
        ("test_rarity.py::test_ldam_by_hand_with_weights_that_set_in_late",), "cross-entropy", "ldam", "gain",
    ),
)

_REGULARISATION = (
    _row(
        "R1", "Dropout", ("toolkit.nets.network:Network", "toolkit.nets.stage_dropout:drop_after"),
        ("test_regularisation.py::test_dropout_preserves_the_mean_activation_within_2_percent",
         "test_regularisation.py::test_form_says_drop_probability_and_what_08_means"),
        "no dropout", "dropout", "none",
        "The review's 0.5 to 0.8 are probabilities to keep; forms here say the drop probability.",
    ),
    _row(
        "R2", "No dropout gain on 100 to 500 cases", ("recipe_parts.warnings:dropout_warning",),
        ("test_regularisation.py::test_dropout_on_few_images_is_warned_of",), "no dropout", "dropout", "equivalent",
        "On 200 images; benchmarks.dropout_sizes sweeps the size.",
    ),
    _row(
        "R3", "Normalisation by batch, or by group where batches are small", ("toolkit.nets.norms:with_norms",),
        ("test_regularisation.py::test_normalisation_follows_the_batch_size_unless_named",),
        "batch normalisation with 8 images a step", "group_norm", "gain",
    ),
    _row(
        "R4", "L2 weight decay", ("toolkit.tuning:decayed_group",),
        ("test_regularisation.py::test_l1_makes_exact_zeros_and_l2_makes_none",), "no decay", "ridge",
    ),
    _row(
        "R4.l1", "L1 with exact zeros", ("toolkit.regularise:shrink",),
        ("test_regularisation.py::test_l1_makes_exact_zeros_and_l2_makes_none",
         "test_regularisation.py::test_a_weight_at_0_stays_there_while_its_mean_gradient_is_below_the_penalty"),
        "no penalty", "lasso",
    ),
    _row(
        "R4.smoothing", "Label smoothing", ("toolkit.losses:masked_bce",),
        ("test_regularisation.py::test_labels_are_smoothed_while_learning_and_hard_where_epochs_are_judged",),
        "hard targets", "label_smoothing",
    ),
    _row(
        "R4.average", "Averages of weights: EMA, SWA", ("toolkit.averaging:make_average",),
        ("test_regularisation.py::test_exponential_average_by_hand",
         "test_regularisation.py::test_swa_computes_batch_statistics_for_the_averaged_weights"),
        "weights of the last step", "weight_average",
    ),
)

ROWS: tuple[Row, ...] = (*_ALTERATIONS, *_IMBALANCE, *_REGULARISATION)
