import json

import numpy as np
import pytest

from learning.toolkit.comparison import compare_runs, compare_scores
from learning.toolkit.data import DataError
from learning.toolkit.hierarchy import over_runs
from learning.toolkit.multiplicity import bootstrap_p, holm
from learning.toolkit.verdict import Cell, Spent, verdict_card

EQUAL = (Spent(500, 1, "limited"), Spent(500, 1, "limited"))


def world(n=200, *, gain=0.0, seeds=5, folds=1, seed=0, noise=1.0):
    """Targets of n patients, and cells whose strategy separates the classes by `gain` more than the control."""
    rng = np.random.default_rng(seed)
    targets = (rng.random((n, 1)) < 0.4).astype(float)
    cells = []
    for run in range(seeds):
        for fold, rows in enumerate(np.array_split(rng.permutation(n), folds)):
            base = targets[rows] + rng.normal(0, noise, (len(rows), 1))
            better = base + gain * targets[rows]
            cells.append(Cell(run, fold, rows, _squash(better), _squash(base)))
    return targets, cells, [f"p{i}" for i in range(n)]


def _squash(odds):
    return 1 / (1 + np.exp(-odds))


def card(targets, cells, patients, **how):
    return verdict_card(
        "Focal loss", "plain", cells, targets, findings=["EFF"], patients=patients, spent=EQUAL, replicates=400, **how
    )


def test_strategy_that_separates_better_is_a_gain_over_patients_and_seeds():
    found = card(*world(gain=1.5, folds=5))
    assert (found.comparison.verdict, found.seeds, found.folds, found.pooled) == ("gain", 5, 5, False)
    assert found.strategy_value.value - found.control_value.value == pytest.approx(found.comparison.delta)
    assert "Focal loss against plain: +" in found.sentence
    assert "200 patients and 5 seeds and 5 folds." in found.sentence
    assert found.comparison.p_value < 0.02
    json.dumps(found.as_dict(), allow_nan=False)


def test_arms_that_are_the_same_are_equivalent_and_swapped_arms_are_a_harm():
    targets, cells, patients = world(gain=1.5)
    same = [Cell(c.seed, c.fold, c.rows, c.control, c.control) for c in cells]
    swapped = [Cell(c.seed, c.fold, c.rows, c.control, c.strategy) for c in cells]
    found = card(targets, same, patients)
    assert (found.comparison.delta, found.comparison.low, found.comparison.high) == (0, 0, 0)
    assert (found.comparison.verdict, found.comparison.p_value) == ("equivalent", 1.0)
    assert card(targets, swapped, patients).comparison.verdict == "harm"


def test_small_gain_on_few_cases_is_undecided_and_says_how_many_would_decide():
    targets, cells, patients = world(n=40, noise=2.0)
    rng = np.random.default_rng(5)
    other = [
        Cell(c.seed, 0, c.rows, _squash(targets[c.rows] + 0.2 + rng.normal(0, 1.8, (40, 1))), c.control) for c in cells
    ]
    found = card(targets, other, patients)
    assert found.comparison.verdict == "undecided"
    assert found.comparison.cases_to_decide > 40
    assert "cases would decide" in found.sentence


def test_leave_one_patient_out_is_judged_over_all_folds_together():
    targets, cells, patients = world(n=60, gain=1.5, seeds=2, folds=60)
    found = card(targets, cells, patients)
    whole = [
        Cell(s, 0, np.arange(60), *(_assembled(cells, s, arm) for arm in ("strategy", "control"))) for s in range(2)
    ]
    assert found.pooled
    assert found.comparison.delta == pytest.approx(card(targets, whole, patients).comparison.delta)


def _assembled(cells, seed, arm):
    table = np.empty((60, 1))
    for cell in cells:
        if cell.seed == seed:
            table[cell.rows] = getattr(cell, arm)
    return table


def test_unequal_effort_is_said_on_the_card():
    targets, cells, patients = world()
    found = verdict_card(
        "Tuned", "plain", cells, targets, findings=["EFF"], patients=patients, replicates=50,
        spent=(Spent(500, 20, "limited"), Spent(400, 1, "limited")),
    )
    assert found.unequal == ("steps: 500 against 400", "trials: 20 against 1")
    assert "Not a fair comparison: steps: 500 against 400; trials: 20 against 1." in found.sentence


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (lambda cells: [], "no finished pair"),
        (lambda cells: [*cells, cells[0]], "holds a case out in two folds"),
        (lambda cells: [cells[0], Cell(1, 0, cells[1].rows[:-1], cells[1].strategy[:-1], cells[1].control[:-1])],
         "judged on other cases"),
        (lambda cells: [Cell(0, 0, cells[0].rows, cells[0].strategy[:-1], cells[0].control)], "is needed"),
    ],
)
def test_cells_that_do_not_fit_are_refused(spoil, told):
    targets, cells, patients = world(n=30, seeds=2)
    with pytest.raises(DataError, match=told):
        card(targets, spoil(cells), patients)


def test_one_class_cannot_be_compared():
    targets, cells, patients = world(n=30, seeds=2)
    with pytest.raises(DataError, match="cannot be compared"):
        card(np.ones_like(targets), cells, patients)


def test_interval_of_patients_and_seeds_covers_the_truth_about_as_often_as_it_says():
    """Runs differ (sd 0.05) and patients differ (sd 0.3 of 100): five runs alone would cover too seldom unwidened."""
    inside = 0
    for trial in range(200):
        rng = np.random.default_rng(trial)
        patients, runs = rng.normal(0, 0.3, 100), rng.normal(0, 0.05, (5, 1))
        scores = runs + patients + rng.normal(0, 0.1, (5, 100))
        found = compare_scores(scores, np.zeros((5, 100)), patients=[str(i) for i in range(100)], replicates=300)
        inside += found.low <= 0 <= found.high
    assert 178 <= inside <= 200


def test_drawing_runs_widens_by_what_few_runs_hide():
    table = np.repeat(np.random.default_rng(0).normal(0, 1, (5, 1)), 20_000, axis=1)
    assert over_runs(table, seed=0).std() == pytest.approx(table[:, 0].std(ddof=1) / np.sqrt(5), rel=0.02)


def test_scores_and_areas_of_one_run_agree_with_the_paired_difference():
    scores = np.array([[1.0, 0.0, np.nan, 1.0]])
    found = compare_scores(scores, np.array([[0.0, 0.0, 1.0, 1.0]]), patients=list("abcd"))
    assert found.delta == pytest.approx(1 / 3)
    assert found.n == 3
    with pytest.raises(DataError, match="paired"):
        compare_scores(scores, [], patients=list("abcd"))
    with pytest.raises(DataError, match="one per case"):
        compare_scores(scores, scores, patients=list("abc"))
    targets, cells, patients = world(n=80, gain=1.0, seeds=3)
    order = [np.argsort(cell.rows) for cell in cells]
    runs = [[getattr(c, arm)[o] for c, o in zip(cells, order, strict=True)] for arm in ("strategy", "control")]
    both = compare_runs(*runs, targets, findings=["EFF"], patients=patients, replicates=400)
    assert both.delta == pytest.approx(card(targets, cells, patients).comparison.delta)


def test_holm_by_hand():
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([0.9, 0.8]) == [1.0, 1.0]
    assert holm([]) == []
    with pytest.raises(ValueError, match="0 to 1"):
        holm([1.2])


def test_bootstrap_p_counts_the_smaller_tail_on_both_sides():
    assert bootstrap_p(np.array([-1.0, *np.ones(98)])) == pytest.approx(2 * 2 / 100)
    assert bootstrap_p(np.array([-1.0, 1.0])) == 1.0
