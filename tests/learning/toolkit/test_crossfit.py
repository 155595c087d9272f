import shutil
from dataclasses import replace

import numpy as np
import pytest

from learning.recipe import RecipeError, estimate_cost, load_recipe
from learning.toolkit import crossfit
from learning.toolkit.crossfit import chooses_epoch, fit_by_evaluation, splits_of
from learning.toolkit.data import DataError
from learning.toolkit.search import SPACES, with_settings
from learning.toolkit.splits import leave_one_patient_out, repeated_kfold
from learning.toolkit.train import fit
from tests.learning.toolkit.shapes import squares, tiny_recipe

FEW = squares(24, seed=3, missing=0.0)
KFOLD = {"kind": "kfold", "folds": 2}


def folded(**sections):
    return tiny_recipe(**{"evaluation": KFOLD, "optimiser": {"max_epochs": 2}, **sections})


def test_repeats_draw_other_folds_and_every_patient_judges_once_in_each():
    repeats = repeated_kfold(FEW.patients, FEW.targets, k=3, repeats=3, seed=0)
    for splits in repeats:
        assert sorted(row for _, held in splits for row in held) == list(range(24))
        for rows, held in splits:
            assert not {FEW.patients[i] for i in rows} & {FEW.patients[i] for i in held}
    assert len({tuple(splits[0][1]) for splits in repeats}) == 3
    with pytest.raises(DataError, match="at least once"):
        repeated_kfold(FEW.patients, FEW.targets, k=3, repeats=0, seed=0)


def test_leaving_one_patient_out_holds_out_whole_patients_one_by_one():
    splits = leave_one_patient_out(["b", "a", "b", "c"])
    assert [held.tolist() for _, held in splits] == [[1], [0, 2], [3]]
    assert [rows.tolist() for rows, _ in splits] == [[0, 2, 3], [1, 3], [0, 1, 2]]
    with pytest.raises(DataError, match="at least 3 patients"):
        leave_one_patient_out(["a", "a", "b"])


def test_outcome_tells_the_repeat_and_the_training_of_every_prediction(tmp_path):
    outcome = fit_by_evaluation(FEW, folded(evaluation=KFOLD | {"repeats": 2}), workdir=tmp_path)
    assert np.bincount(outcome.rows).tolist() == [2] * 24
    for repeat in (0, 1):
        assert sorted(outcome.rows[outcome.repeats == repeat]) == list(range(24))
    assert sorted(set(outcome.folds)) == [0, 1, 2, 3]
    alone = fit_by_evaluation(FEW, folded(evaluation={"kind": "leave_one_out"}), workdir=tmp_path / "alone")
    assert len(set(alone.folds)) == 12


@pytest.mark.parametrize(
    ("optimiser", "chooses"),
    [({"keep": "best", "patience": 0}, True), ({"keep": "last", "patience": 2}, True),
     ({"keep": "last", "patience": 0}, False)],
)
@pytest.mark.parametrize("evaluation", [KFOLD, {"kind": "holdout", "fraction": 0.3}])
def test_patients_that_judge_choose_nothing(tmp_path, optimiser, chooses, evaluation):
    """The labels of the judging patients are turned round: nothing that is predicted for them may change."""
    recipe = folded(optimiser={"max_epochs": 4, "learning_rate": 0.02, **optimiser}, evaluation=evaluation)
    assert chooses_epoch(recipe) is chooses
    held = splits_of(FEW, recipe)[0][0][1]
    turned = FEW.targets.copy()
    turned[held] = 1 - turned[held]
    tables = []
    for name, examples in (("plain", FEW), ("turned", replace(FEW, targets=turned))):
        outcome = fit_by_evaluation(examples, recipe, workdir=tmp_path / name)
        first = {row: p for row, p, f in zip(outcome.rows, outcome.probabilities, outcome.folds, strict=True) if f == 0}
        tables.append(first)
    shared = sorted(set(tables[0]) & set(tables[1]))
    assert shared == sorted(held)
    np.testing.assert_array_equal([tables[0][r] for r in shared], [tables[1][r] for r in shared])


@pytest.fixture(autouse=True)
def _splits_by_patient_alone(monkeypatch):
    """Stratified folds follow the labels; here they must stay when labels are turned round."""
    from learning.toolkit import splits

    blind = np.zeros_like(FEW.targets)

    def without_labels(function):
        def call(patients, targets, **how):
            return function(patients, blind[: len(targets)], **how)

        return call

    monkeypatch.setattr(crossfit, "repeated_kfold", without_labels(splits.repeated_kfold))
    monkeypatch.setattr(crossfit, "grouped_holdout", without_labels(splits.grouped_holdout))


def test_the_model_that_is_kept_learns_from_everything_for_the_median_of_the_epochs(tmp_path, monkeypatch):
    asked, kept = [], iter((1, 2, 6, 1))

    def told(train, val, recipe, **how):
        asked.append((len(train), val, recipe.optimiser.max_epochs, recipe.optimiser.patience))
        short = recipe.model_copy(update={"optimiser": recipe.optimiser.model_copy(update={"max_epochs": 1})})
        return replace(fit(train, val, short, **how), kept_epoch=next(kept))

    monkeypatch.setattr(crossfit, "fit", told)
    recipe = folded(evaluation=KFOLD | {"folds": 3}, optimiser={"max_epochs": 7, "patience": 3})
    fit_by_evaluation(FEW, recipe, workdir=tmp_path)
    assert asked[-1] == (24, None, 2, 0)
    assert len(asked) == 4
    assert all(size < 24 and (epochs, patience) == (7, 3) for size, _, epochs, patience in asked[:-1])


def nested(**part):
    search = {"tune": ["optimiser.learning_rate", "regularisation.dropout_hidden"], "trials": 3, "inner_folds": 2}
    return folded(evaluation=KFOLD | search | part, optimiser={"max_epochs": 1, "keep": "last"})


def test_search_begins_with_the_recipe_itself_and_spends_the_trials_it_was_given(tmp_path):
    outcome = fit_by_evaluation(FEW, nested(), workdir=tmp_path)
    assert [len(trials) for trials in outcome.trials] == [3, 3, 3]
    own = {"optimiser.learning_rate": 0.002, "regularisation.dropout_hidden": 0.5}
    for trials in outcome.trials:
        assert trials[0].settings == pytest.approx(own)
        for trial in trials:
            for name, value in trial.settings.items():
                assert SPACES[name].low <= value <= SPACES[name].high
    assert not list(tmp_path.glob("search-*/trial-*"))


def test_search_never_sees_the_patients_that_judge(tmp_path):
    held = splits_of(FEW, nested())[0][0][1]
    turned = FEW.targets.copy()
    turned[held] = 1 - turned[held]
    plain = fit_by_evaluation(FEW, nested(), workdir=tmp_path / "plain")
    other = fit_by_evaluation(replace(FEW, targets=turned), nested(), workdir=tmp_path / "turned")
    assert plain.trials[0] == other.trials[0]
    assert plain.trials[-1] != other.trials[-1]  # the search for the final model does


def test_the_final_model_is_trained_with_the_settings_that_won(tmp_path):
    outcome = fit_by_evaluation(FEW, nested(kind="holdout"), workdir=tmp_path)
    best = max(outcome.trials[0], key=lambda trial: trial.value)
    assert outcome.fit.model.dropout_hidden == pytest.approx(best.settings["regularisation.dropout_hidden"])


class _Killed(Exception):
    pass


@pytest.mark.parametrize("batches", [1, 5, 9, 14])
def test_killed_search_and_folds_go_on_to_the_same_end(tmp_path, batches):
    whole = fit_by_evaluation(FEW, nested(), workdir=tmp_path / "whole")
    left = iter(range(batches))

    def kill():
        if next(left, None) is None:
            raise _Killed
        return False

    with pytest.raises(_Killed):
        fit_by_evaluation(FEW, nested(), workdir=tmp_path / "cut", should_stop=kill)
    resumed = fit_by_evaluation(FEW, nested(), workdir=tmp_path / "cut", resume=True)
    assert resumed.trials == whole.trials
    np.testing.assert_array_equal(resumed.probabilities, whole.probabilities)
    np.testing.assert_array_equal(resumed.fit.model.head.weight.detach(), whole.fit.model.head.weight.detach())


def test_finished_folds_leave_predictions_and_no_checkpoint_and_are_used_for_the_same_data_alone(tmp_path):
    first = fit_by_evaluation(FEW, folded(), workdir=tmp_path / "first")
    assert [path.name for path in sorted((tmp_path / "first").iterdir())] == ["fold-2", "part-0.npz", "part-1.npz"]
    again = fit_by_evaluation(FEW, folded(), workdir=tmp_path / "first", resume=True)
    np.testing.assert_array_equal(again.probabilities, first.probabilities)
    shutil.rmtree(tmp_path / "first" / "fold-2")
    other = squares(24, seed=9, missing=0.0)
    told = fit_by_evaluation(other, folded(), workdir=tmp_path / "first", resume=True)
    fresh = fit_by_evaluation(other, folded(), workdir=tmp_path / "fresh")
    np.testing.assert_array_equal(told.probabilities, fresh.probabilities)


def test_cancelled_search_ends_as_cancelled(tmp_path):
    outcome = fit_by_evaluation(FEW, nested(), workdir=tmp_path, should_stop=lambda: True)
    assert outcome.fit.stopped_because == "cancelled"
    assert outcome.trials == ()


@pytest.mark.parametrize(
    ("part", "parts", "searches"),
    [
        ({}, 1, 0), ({"kind": "kfold", "folds": 5, "repeats": 4}, 20, 0), ({"kind": "leave_one_out"}, 60, 0),
        ({"tune": ["optimiser.learning_rate"], "trials": 8, "inner_folds": 3}, 1, 24),
        ({"kind": "kfold", "folds": 5, "tune": ["optimiser.learning_rate"], "trials": 8, "inner_folds": 3}, 5, 144),
    ],
)
def test_cost_counts_every_training(part, parts, searches):
    recipe = load_recipe({"evaluation": part})
    assert (recipe.evaluation.parts(60), recipe.evaluation.searches(60)) == (parts, searches)
    told = estimate_cost(recipe, n_images=120, threads=1, n_patients=60)
    assert told.seconds >= estimate_cost(load_recipe({}), n_images=120, threads=1, n_patients=60).seconds
    assert (f"{parts} trainings that judge" in told.basis) is (parts > 1)
    assert (f"{searches} trainings of trials" in told.basis) is (searches > 0)


def test_setting_named_twice_or_unknown_is_refused():
    with pytest.raises(RecipeError, match="names a setting twice"):
        load_recipe({"evaluation": {"tune": ["optimiser.learning_rate"] * 2}})
    with pytest.raises(RecipeError, match=r"optimiser\.learning_rate"):
        load_recipe({"evaluation": {"tune": ["optimiser.magic"]}})
    assert with_settings(load_recipe({}), {"regularisation.dropout_hidden": 0.1}).regularisation.dropout_hidden == 0.1
