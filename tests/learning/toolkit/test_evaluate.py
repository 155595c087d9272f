import json
import math

import numpy as np
import pytest
from sklearn.metrics import average_precision_score, brier_score_loss, roc_auc_score

from learning.toolkit.bootstrap import patient_weights
from learning.toolkit.calibrate import OperatingPoint, choose_points, fit_scaling, fit_temperatures, scale
from learning.toolkit.comparison import cases_to_decide, compare, compare_runs, decide
from learning.toolkit.data import DataError
from learning.toolkit.evaluation import evaluate
from learning.toolkit.ranks import RankedCases, auroc, delong


def cases(n=300, *, seed=0, strength=1.0, findings=1, per_patient=2):
    rng = np.random.default_rng(seed)
    targets = (rng.random((n, findings)) < 0.3).astype(float)
    odds = strength * (2 * targets - 1) + rng.normal(0, 1, targets.shape)
    return 1 / (1 + np.exp(-odds)), targets, [f"p{i // per_patient}" for i in range(n)]


@pytest.mark.parametrize("decimals", [1, 2, 8])  # few decimals make ties
@pytest.mark.parametrize("seed", range(4))
def test_areas_equal_scikit_learn_with_and_without_weights(decimals, seed):
    p, t, _ = cases(seed=seed)
    p, t = p[:, 0].round(decimals), t[:, 0]
    ranked = RankedCases(p, t == 1)
    assert auroc(p, t) == pytest.approx(roc_auc_score(t, p), abs=1e-12)
    weights = np.random.default_rng(seed).integers(0, 4, (3, len(p))).astype(float)
    for row, area, precision in zip(weights, ranked.auroc(weights), ranked.average_precision(weights), strict=True):
        assert area == pytest.approx(roc_auc_score(t, p, sample_weight=row), abs=1e-12)
        assert precision == pytest.approx(average_precision_score(t, p, sample_weight=row), abs=1e-12)


def test_auroc_leaves_out_what_was_not_assessed_and_what_is_soft():
    assert auroc(np.array([0.1, 0.9, 0.5, 0.4]), np.array([0.0, 1.0, np.nan, 0.5])) == 1.0
    assert auroc(np.array([0.1, 0.9]), np.array([0.0, 0.0])) is None


def test_delong_equals_the_sums_over_pairs():
    rng = np.random.default_rng(3)
    positive = np.array([1] * 12 + [0] * 20, dtype=bool)
    a = (rng.normal(0, 1, 32) + positive).round(1)
    b = (rng.normal(0, 1, 32) + positive * 0.5).round(1)

    def parts(scores):
        wins = np.sign(scores[positive][:, None] - scores[~positive][None, :]) / 2 + 0.5
        return wins.mean(axis=1), wins.mean(axis=0)

    (a1, a0), (b1, b0) = parts(a), parts(b)
    variance = np.var(a1 - b1, ddof=1) / 12 + np.var(a0 - b0, ddof=1) / 20
    result = delong(a, b, positive)
    assert result is not None
    assert result.auroc_a == pytest.approx(roc_auc_score(positive, a))
    assert result.difference == pytest.approx(a1.mean() - b1.mean())
    assert result.standard_error == pytest.approx(math.sqrt(variance))
    assert result.p_value == pytest.approx(math.erfc(abs(result.difference) / result.standard_error / math.sqrt(2)))


def test_delong_by_hand_on_five_cases():
    # wins of positives (3, 1) over negatives (0, 1, 2): 1 1 1 / 1 .5 0
    result = delong(np.array([3.0, 1, 0, 1, 2]), np.zeros(5), np.array([1, 1, 0, 0, 0], dtype=bool))
    assert result is not None
    assert result.auroc_a == pytest.approx(0.75)
    assert result.standard_error_a == pytest.approx(math.sqrt(0.125 / 2 + 0.0625 / 3))


def test_delong_needs_two_cases_of_each_class():
    assert delong(np.arange(3.0), np.arange(3.0), np.array([1, 0, 0], dtype=bool)) is None


def test_figures_of_one_finding_by_hand():
    result = evaluate(
        [[0.9], [0.6], [0.4], [0.2]],
        [[1], [0], [1], [0]],
        findings=["EFF"],
        patients=list("abcd"),
        points=[OperatingPoint(0.5, "youden", 10)],
    )
    metric = result.findings[0]
    assert (metric.n, metric.n_positive, metric.reason) == (4, 2, None)
    assert metric.auroc.value == 0.75
    assert metric.auprc.value == pytest.approx((1 + 2 / 3) / 2)
    assert (metric.sensitivity.value, metric.specificity.value) == (0.5, 0.5)
    assert metric.brier.value == pytest.approx((0.01 + 0.36 + 0.36 + 0.04) / 4)
    assert metric.ece == pytest.approx((0.1 + 0.6 + 0.6 + 0.2) / 4)
    assert metric.roc == ((0, 0), (0, 0.5), (0.5, 0.5), (0.5, 1), (1, 1))
    assert metric.threshold_from == "the calibration cases"


def test_brier_and_reliability_agree_with_their_definitions():
    p, t, patients = cases(500)
    metric = evaluate(p, t, findings=["EFF"], patients=patients).findings[0]
    assert metric.brier.value == pytest.approx(brier_score_loss(t[:, 0], p[:, 0]))
    assert sum(b.n for b in metric.reliability) == 500
    assert len(metric.reliability) <= 15
    assert len(metric.roc) <= 101
    assert metric.roc[0] == (0, 0)
    assert metric.roc[-1] == (1, 1)


def test_interval_draws_patients_not_images():
    p, t, patients = cases(200, per_patient=1)
    copies = np.repeat(np.arange(200), 8)
    once = evaluate(p, t, findings=["EFF"], patients=patients)
    copied = evaluate(p[copies], t[copies], findings=["EFF"], patients=[patients[i] for i in copies])
    naive = evaluate(p[copies], t[copies], findings=["EFF"], patients=[str(i) for i in range(1600)])

    def width(result):
        return result.findings[0].auroc.high - result.findings[0].auroc.low

    assert width(copied) == pytest.approx(width(once), rel=1e-9)
    assert width(naive) < 0.5 * width(once)


def test_weights_of_a_replicate_give_every_image_of_a_patient_the_same_count():
    patients = ["a", "b", "a", "c", "b"]
    weights = np.concatenate(list(patient_weights(patients, replicates=50, seed=1)))
    assert weights.shape == (50, 5)
    assert (weights[:, 0] == weights[:, 2]).all()
    assert (weights[:, [0, 1, 3]].sum(axis=1) == 3).all()


def test_interval_covers_the_truth_about_as_often_as_it_says():
    truth = 0.9213  # P(N(1, 1) > N(-1, 1)) = Phi(2 / sqrt 2)
    inside = 0
    for seed in range(120):
        p, t, patients = cases(150, seed=seed, per_patient=1)
        area = evaluate(p, t, findings=["EFF"], patients=patients, replicates=300).findings[0].auroc
        inside += area.low <= truth <= area.high
    assert 105 <= inside <= 120


@pytest.mark.parametrize(
    ("column", "told", "n_positive"),
    [([0, 0, 0], "All 3 assessed cases are negative", 0), ([1, 1, 1], "positive", 3), ([np.nan] * 3, "No case", 0)],
)
def test_finding_with_one_class_is_none_with_a_reason_never_nan(column, told, n_positive):
    targets = np.column_stack([column, [1, 0, 1]])
    result = evaluate(np.full((3, 2), 0.4), targets, findings=["RARE", "EFF"], patients=list("abc"))
    rare = result.findings[0]
    assert rare.auroc is None
    assert rare.auprc is None
    assert told in rare.reason
    assert rare.n_positive == n_positive
    assert result.macro_auroc.value == result.findings[1].auroc.value == 0.5
    json.dumps(result.as_dict(), allow_nan=False)


def test_macro_average_is_the_mean_over_findings():
    p, t, patients = cases(findings=3)
    result = evaluate(p, t, findings=["A", "B", "C"], patients=patients)
    assert result.macro_auroc.value == pytest.approx(np.mean([m.auroc.value for m in result.findings]))
    assert result.macro_auroc.low < result.macro_auroc.value < result.macro_auroc.high
    assert result.as_dict() == evaluate(p, t, findings=["A", "B", "C"], patients=patients).as_dict()


@pytest.mark.parametrize(
    ("probabilities", "told"), [([[0.5, 0.5]], "N x F"), ([[1.2]], "0 to 1"), ([[np.nan]], "0 to 1"), ([], "N x F")]
)
def test_probabilities_that_are_none_are_refused(probabilities, told):
    with pytest.raises(DataError, match=told):
        evaluate(probabilities, [[1]], findings=["EFF"], patients=["a"])


def test_better_model_is_a_gain_and_the_reverse_a_harm():
    good, t, patients = cases(400, strength=1.5)
    poor = cases(400, strength=0.2)[0]
    gain = compare(good, poor, t, findings=["EFF"], patients=patients)
    harm = compare(poor, good, t, findings=["EFF"], patients=patients)
    assert (gain.verdict, harm.verdict) == ("gain", "harm")
    assert (harm.delta, harm.low, harm.high) == pytest.approx((-gain.delta, -gain.high, -gain.low))
    assert gain.non_inferior
    assert not harm.non_inferior
    assert gain.delta == pytest.approx(roc_auc_score(t, good) - roc_auc_score(t, poor))
    assert "better" in gain.sentence


def test_pairing_narrows_the_interval_of_similar_models():
    p, t, patients = cases(300)
    similar = np.clip(p + np.random.default_rng(1).normal(0, 0.01, p.shape), 0, 1)
    paired = compare(similar, p, t, findings=["EFF"], patients=patients)
    alone = evaluate(p, t, findings=["EFF"], patients=patients).findings[0].auroc
    assert paired.high - paired.low < 0.3 * (alone.high - alone.low)
    assert paired.verdict == "equivalent"


@pytest.mark.parametrize(("delta", "half"), [(0.0, 0.05), (0.015, 0.03), (-0.03, 0.04), (0.001, 0.5)])
def test_the_cases_to_decide_would_decide_if_the_difference_stayed(delta, half):
    n = cases_to_decide(delta, half, 0.02, 100)
    assert decide(delta - half, delta + half, 0.02) == "undecided"
    narrowed = half * math.sqrt(100 / (n + 1))
    assert decide(delta - narrowed, delta + narrowed, 0.02) != "undecided"
    barely = half * math.sqrt(100 / (0.95 * n))
    assert decide(delta - barely, delta + barely, 0.02) == "undecided"


def test_undecided_comparison_tells_the_cases_it_needs():
    p, t, patients = cases(60, seed=1, per_patient=1)
    noisy = np.clip(p + np.random.default_rng(1).normal(0, 0.02, p.shape), 0, 1)
    few = compare(noisy, p, t, findings=["EFF"], patients=patients, margin=0.005)
    assert few.verdict == "undecided"
    assert few.cases_to_decide > 60
    assert f"about {few.cases_to_decide} cases" in few.sentence


@pytest.mark.parametrize(
    ("low", "high", "verdict"),
    [
        (0.001, 0.05, "gain"),
        (0.001, 0.01, "gain"),
        (-0.05, -0.001, "harm"),
        (-0.02, 0.02, "equivalent"),
        (-0.021, 0.02, "undecided"),
        (-0.01, 0.03, "undecided"),
        (0.0, 0.0, "equivalent"),
    ],
)
def test_verdict_follows_from_the_interval(low, high, verdict):
    assert decide(low, high, 0.02) == verdict


def test_models_are_not_compared_where_nothing_can_be_told():
    with pytest.raises(DataError, match="cannot be compared"):
        compare([[0.1], [0.2]], [[0.1], [0.2]], [[0], [0]], findings=["EFF"], patients=["a", "b"])
    p, t, patients = cases(20)
    with pytest.raises(DataError, match="margin"):
        compare(p, p, t, findings=["EFF"], patients=patients, margin=0)


def nll(p, t):
    return float(-np.mean(t * np.log(p) + (1 - t) * np.log(1 - p)))


@pytest.mark.parametrize("true_temperature", [0.5, 1.0, 3.0])
def test_temperature_is_found_keeps_the_ranking_and_never_worsens_the_likelihood(true_temperature):
    rng = np.random.default_rng(2)
    odds = rng.normal(0, 2, (4000, 1))
    targets = (rng.random(odds.shape) < 1 / (1 + np.exp(-odds))).astype(float)
    overconfident = 1 / (1 + np.exp(-odds * true_temperature))
    temperature = fit_temperatures(overconfident, targets)
    assert temperature[0] == pytest.approx(true_temperature, rel=0.1)
    calibrated = scale(overconfident, temperature)
    assert nll(calibrated, targets) <= nll(np.clip(overconfident, 1e-7, 1 - 1e-7), targets) + 1e-12
    assert auroc(calibrated[:, 0], targets[:, 0]) == pytest.approx(auroc(overconfident[:, 0], targets[:, 0]), abs=1e-4)


def test_temperature_stays_1_where_nothing_can_be_learned():
    p = np.random.default_rng(0).random((30, 3))
    targets = np.column_stack([np.ones(30), np.full(30, np.nan), np.r_[[1, 0, 1], np.full(27, np.nan)]])
    assert fit_temperatures(p, targets).tolist() == [1, 1, 1]
    assert np.isfinite(scale(np.array([[0.0, 1.0]]), [2.0, 2.0])).all()


def test_operating_points_follow_their_rule():
    p, t, _ = cases(400)
    youden = choose_points(p, t)[0]
    called = p[:, 0] >= youden.threshold
    best = max(
        ((p[:, 0] >= cut) & (t[:, 0] == 1)).sum() / t.sum() - ((p[:, 0] >= cut) & (t[:, 0] == 0)).sum() / (1 - t).sum()
        for cut in p[:, 0]
    )
    assert called[t[:, 0] == 1].mean() - called[t[:, 0] == 0].mean() == pytest.approx(best)
    sensitive = choose_points(p, t, rule="sensitivity", sensitivity=0.95)[0]
    found = (p[t[:, 0] == 1, 0] >= sensitive.threshold).mean()
    assert 0.95 <= found < 0.95 + 1.5 / t.sum()


def test_operating_point_without_both_classes_says_so():
    point = choose_points(np.array([[0.3], [0.2]]), np.array([[0.0], [0.0]]))[0]
    assert (point.threshold, point.reason) == (0.5, "only one class among the cases")


def _runs(gain: float, seeds: int) -> tuple[list[np.ndarray], list[np.ndarray], np.ndarray, list[str]]:
    rng = np.random.default_rng(5)
    targets = (np.arange(200) % 2).astype(float)[:, None]
    patients = [f"p{i // 2}" for i in range(200)]

    def table(strength: float) -> np.ndarray:
        return np.clip(0.5 + 0.1 * (strength * (targets - 0.5) + rng.normal(0, 1, targets.shape)), 0, 1)

    firsts = [table(1 + gain + rng.normal(0, 0.3)) for _ in range(seeds)]
    return firsts, [table(1.0) for _ in range(seeds)], targets, patients


def test_the_interval_over_runs_covers_seeds_and_patients():
    firsts, seconds, targets, patients = _runs(1.0, 5)
    one = [compare(a, b, targets, findings=["X"], patients=patients) for a, b in zip(firsts, seconds, strict=True)]
    both = compare_runs(firsts, seconds, targets, findings=["X"], patients=patients)
    assert both.delta == pytest.approx(np.mean([c.delta for c in one]))
    assert both.verdict == "gain"
    steady = compare_runs(firsts[:1] * 5, seconds[:1] * 5, targets, findings=["X"], patients=patients)
    assert steady.high - steady.low == pytest.approx(one[0].high - one[0].low)
    assert compare_runs(seconds, seconds, targets, findings=["X"], patients=patients).delta == 0


def test_runs_of_different_number_are_not_compared():
    firsts, seconds, targets, patients = _runs(0.0, 2)
    with pytest.raises(DataError, match="2 of the first kind cannot be compared with 1"):
        compare_runs(firsts, seconds[:1], targets, findings=["X"], patients=patients)


def test_scaling_takes_back_what_class_weights_moved():
    rng = np.random.default_rng(0)
    honest = 1 / (1 + np.exp(-rng.normal(-1.5, 1.5, (4000, 1))))
    targets = (rng.random((4000, 1)) < honest).astype(float)
    shifted = scale(honest, [0.5], [-1.2])  # overconfident, and present too often
    temperatures, shifts = fit_scaling(shifted, targets)
    repaired = scale(shifted, temperatures, shifts)
    assert abs(repaired.mean() - targets.mean()) < 0.01
    assert np.abs(repaired - honest).mean() < 0.03
    only_temperature = scale(shifted, fit_temperatures(shifted, targets))
    assert brier_score_loss(targets[:, 0], repaired[:, 0]) < brier_score_loss(targets[:, 0], only_temperature[:, 0])


def test_scaling_is_platts_published_optimum_also_where_a_gap_parts_the_sides():
    """The gradient of the likelihood with his softened targets vanishes; hard ones would have no finite answer."""
    p, positive = np.array([0.02, 0.05, 0.1, 0.2, 0.3, 0.6, 0.7, 0.8, 0.9, 0.95]), np.repeat([0.0, 1.0], [6, 4])
    temperatures, shifts = fit_scaling(p[:, None], positive[:, None])
    rest = scale(p[:, None], temperatures, shifts)[:, 0] - np.where(positive == 1, 5 / 6, 1 / 8)
    assert abs(rest.sum()) < 1e-2
    assert abs((rest * np.log(p / (1 - p))).sum()) < 1e-2


@pytest.mark.parametrize("targets", [np.zeros(50), np.ones(50), np.full(50, np.nan), np.r_[1, 0, np.full(48, np.nan)]])
def test_scaling_without_enough_cases_changes_nothing(targets):
    temperatures, shifts = fit_scaling(np.linspace(0.1, 0.9, 50)[:, None], targets[:, None])
    assert (temperatures.tolist(), shifts.tolist()) == ([1], [0])
