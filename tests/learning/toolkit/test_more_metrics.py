import itertools

import numpy as np
import pytest
from sklearn.metrics import balanced_accuracy_score, roc_curve

from learning.toolkit.calibrate import OperatingPoint
from learning.toolkit.data import DataError
from learning.toolkit.evaluation import evaluate
from learning.toolkit.froc import Mark, froc, intersection_over_union
from learning.toolkit.volume_under_surface import ordered_volume, volume, volume_with_interval

# Two cases of each class. Of the 8 trios, by hand: low 1 2, middle 2 3, high 3 4.
SCORES, CLASSES = [1, 2, 2, 3, 3, 4], [0, 0, 1, 1, 2, 2]
BY_HAND = {
    (1, 2, 3): 1, (1, 2, 4): 1, (1, 3, 3): 1 / 2, (1, 3, 4): 1,
    (2, 2, 3): 1 / 2, (2, 2, 4): 1 / 2, (2, 3, 3): 1 / 2, (2, 3, 4): 1,
}


def test_ordered_volume_by_hand():
    assert ordered_volume(SCORES, CLASSES) == pytest.approx(sum(BY_HAND.values()) / 8)
    assert ordered_volume([1, 1, 1], [0, 1, 2]) == pytest.approx(1 / 6)
    assert ordered_volume([3, 2, 1], [0, 1, 2]) == 0.0
    assert ordered_volume([1, 2], [0, 1]) is None


def test_ordered_volume_counts_every_trio_as_the_definition_does():
    rng = np.random.default_rng(0)
    s, y = rng.integers(0, 6, 40), rng.integers(0, 3, 40)
    wins = []
    for a, b, c in itertools.product(s[y == 0], s[y == 1], s[y == 2]):
        wins.append(1.0 if a < b < c else 0.5 if a == b < c or a < b == c else 1 / 6 if a == b == c else 0.0)
    assert ordered_volume(s, y) == pytest.approx(np.mean(wins))


def test_volume_of_unordered_classes_by_hand():
    right = np.array([[0.8, 0.1, 0.1], [0.1, 0.8, 0.1], [0.1, 0.1, 0.8]])
    assert volume(right, [0, 1, 2]) == 1.0
    assert volume(right, [1, 2, 0]) == 0.0
    assert volume(np.full((3, 3), 1 / 3), [0, 1, 2]) == pytest.approx(1 / 6)
    # The two middle cases tie with each other: two assignments share the point.
    tied = np.array([[0.8, 0.1, 0.1], [0.2, 0.4, 0.4], [0.2, 0.4, 0.4]])
    assert volume(tied, [0, 1, 2]) == pytest.approx(1 / 2)
    # A second case of class 0 that looks like class 1 loses against one middle case, and wins against none.
    four = np.vstack([right, [0.3, 0.6, 0.1]])
    trio = max(
        itertools.permutations(range(3)), key=lambda o: four[3, o[0]] * right[1, o[1]] * right[2, o[2]]
    )
    assert volume(four, [0, 1, 2, 0]) == pytest.approx((1 + (trio == (0, 1, 2))) / 2)
    assert volume(right[:2], [0, 1]) is None
    with pytest.raises(DataError, match="N x 3"):
        volume(right[:, :2], [0, 1, 2])


def test_guessing_gives_a_sixth_and_the_interval_holds_it():
    rng = np.random.default_rng(1)
    y = rng.integers(0, 3, 90)
    p = rng.dirichlet([1, 1, 1], 90)
    told = volume_with_interval(p, y, patients=[str(i) for i in range(90)], replicates=200)
    assert told.value == pytest.approx(volume(p, y))
    assert told.low < 1 / 6 < told.high


def test_many_trios_are_sampled_close_to_the_whole(monkeypatch):
    from learning.toolkit import volume_under_surface

    rng = np.random.default_rng(2)
    y = rng.integers(0, 3, 120)
    p = rng.dirichlet([1, 1, 1], 120) + 0.5 * np.eye(3)[y]
    whole = volume(p, y)
    monkeypatch.setattr(volume_under_surface, "_MOST_TRIOS", 20_000)
    assert volume(p, y) == pytest.approx(whole, abs=0.02)


def test_balanced_accuracy_and_sensitivity_at_fixed_specificity_follow_their_definitions():
    rng = np.random.default_rng(3)
    t = (rng.random(200) < 0.3).astype(float)
    p = (1 / (1 + np.exp(-(2 * t - 1 + rng.normal(0, 1, 200))))).round(2)
    points = [OperatingPoint(0.5, "youden", 9)]
    told = evaluate(p[:, None], t[:, None], findings=["EFF"], patients=[str(i) for i in range(200)], points=points)
    metric = told.findings[0]
    assert metric.balanced_accuracy.value == pytest.approx(balanced_accuracy_score(t, p >= 0.5))
    false, hit, _ = roc_curve(t, p, drop_intermediate=False)
    assert metric.sensitivity_at.value == pytest.approx(hit[1 - false >= 0.9].max())
    assert metric.at_specificity == 0.9
    assert metric.sensitivity_at.low < metric.sensitivity_at.value < metric.sensitivity_at.high


def test_runs_judged_together_give_their_mean_and_an_interval_over_patients_and_runs():
    rng = np.random.default_rng(4)
    t = (rng.random((80, 1)) < 0.5).astype(float)
    runs = [1 / (1 + np.exp(-(quality * t + rng.normal(0, 1, (80, 1))))) for quality in (0.2, 1.0, 2.5)]
    patients, how = [str(i) for i in range(80)], {"findings": ["EFF"]}
    alone = [evaluate(run, t, patients=patients, **how).macro_auroc for run in runs]
    both = evaluate(runs, t, patients=patients, **how)
    assert both.runs == 3
    assert both.n == 80
    assert both.macro_auroc.value == pytest.approx(np.mean([one.value for one in alone]))
    widest = max(one.high - one.low for one in alone)
    assert both.macro_auroc.high - both.macro_auroc.low > widest
    with pytest.raises(DataError, match="S x N x F"):
        evaluate(np.zeros(5), np.zeros(5), findings=["EFF"], patients=list("abcde"))


def test_froc_by_hand():
    """Image 1: one lesion hit at .9 and again at .5, a false mark at .8. Image 2: a lesion missed, a false mark at .4.
    Image 3: nothing there, a false mark at .95."""
    lesion, elsewhere = (0, 0, 10, 10), (50, 50, 10, 10)
    marks = [
        [Mark((1, 0, 10, 10), 0.9), Mark(lesion, 0.5), Mark(elsewhere, 0.8)], [Mark(elsewhere, 0.4)],
        [Mark(elsewhere, 0.95)],
    ]
    told = froc(marks, [[lesion], [lesion], []], patients=list("abc"), rates=[0.0, 1 / 3, 2 / 3, 1.0], replicates=50)
    assert (told.lesions, told.images) == (2, 3)
    assert told.found == (0.0, 0.5, 0.5, 0.5)
    assert told.mean.value == pytest.approx(3 / 8)
    perfect = froc([[Mark(lesion, 0.9)]], [[lesion]], patients=["a"], rates=[0.125], replicates=10)
    assert perfect.found == (1.0,)
    nothing = froc([[]], [[lesion]], patients=["a"], replicates=10)
    assert set(nothing.found) == {0.0}


def test_overlap_by_hand_and_what_froc_refuses():
    assert intersection_over_union((0, 0, 4, 4), (0, 0, 4, 4)) == 1.0
    assert intersection_over_union((0, 0, 4, 4), (4, 0, 4, 4)) == 0.0
    assert intersection_over_union((0, 0, 0, 0), (0, 0, 0, 0)) == 0.0
    with pytest.raises(DataError, match="differ"):
        froc([[]], [], patients=["a"])
    with pytest.raises(DataError, match="No image has a box"):
        froc([[]], [[]], patients=["a"])
