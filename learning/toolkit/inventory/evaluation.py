"""Rows E1 to E3, and the claims among G: how a model is judged on few cases, and what few cases do to it."""

from learning.toolkit.inventory.row import Row

_EFFECTS = "benchmarks.strategy_table.effects.evaluation:"
_CROSSFIT = "tests/learning/toolkit/test_crossfit.py::"

ROWS: tuple[Row, ...] = (
    Row(
        "E1", "Three-way splits starve training of small sets",
        code=("learning.toolkit.crossfit:fit_by_evaluation",),
        tests=(
            f"{_CROSSFIT}test_patients_that_judge_choose_nothing",
            f"{_CROSSFIT}test_the_model_that_is_kept_learns_from_everything_for_the_median_of_the_epochs",
        ),
        control="the same classifier trained on the 60 % that a three-way split leaves of 60 cases",
        effect=f"{_EFFECTS}whole_set_against_three_way_split", claim="gain",
        note="After cross-validation the model is trained once more on everything.",
    ),
    Row(
        "E2", "k-fold cross-validation: every case judges once",
        code=("learning.toolkit.splits:repeated_kfold", "learning.toolkit.splits:grouped_kfold"),
        tests=(
            f"{_CROSSFIT}test_repeats_draw_other_folds_and_every_patient_judges_once_in_each",
            f"{_CROSSFIT}test_outcome_tells_the_repeat_and_the_training_of_every_prediction",
        ),
        control="a hold-out of 20 %; the score is minus the distance of the estimated AUROC from that on 300 new cases",
        effect=f"{_EFFECTS}folds_against_holdout", claim="gain",
    ),
    Row(
        "E3", "Leave one patient out, for small or imbalanced sets",
        code=("learning.toolkit.splits:leave_one_patient_out",),
        tests=(f"{_CROSSFIT}test_leaving_one_patient_out_holds_out_whole_patients_one_by_one",),
        control="5-fold cross-validation of the same 40 cases, a fifth positive; scored as E2",
        effect=f"{_EFFECTS}leave_one_out_against_folds", claim="gain",
        note="The review recommends it; its figures vary more and cost n trainings: repeated k-fold is advised here.",
    ),
    Row(
        "G2", "Data of several sites generalise better",
        code=("learning.toolkit.drift:drift",),
        tests=(
            "tests/learning/toolkit/test_looking_closer.py::"
            "test_images_of_another_kind_are_drift_and_more_of_the_same_are_not",
        ),
        control="as many images of one scanner; both judged on images of three, one of them in neither set",
        effect=f"{_EFFECTS}two_scanners_against_one", claim="gain",
    ),
    Row(
        "G4", "Limited data lead to poor generalisation",
        code=("learning.toolkit.train:fit",),
        tests=("tests/learning/toolkit/test_train.py::test_small_network_learns_where_a_square_is_bright_or_dark",),
        control="400 labels, same steps",
        effect=f"{_EFFECTS}forty_labels_against_four_hundred", claim="harm",
    ),
)
