"""Where all cases are right, or none, drawing them anew says nothing: the interval is the exact one."""

from __future__ import annotations

import pytest

from learning.toolkit.bootstrap import Estimate
from learning.toolkit.evaluation import evaluate
from learning.toolkit.proportions import at_the_edge, exact_interval

PATIENTS = [f"p{n}" for n in range(12)]
ANSWERS = [[1.0]] * 4 + [[0.0]] * 8


@pytest.mark.parametrize(("share", "n", "low", "high"), [
    (1.0, 7, 0.5904, 1.0), (0.0, 3, 0.0, 0.7076), (0.5, 10, 0.1871, 0.8129),
])
def test_exact_intervals_are_those_of_the_published_table(share: float, n: int, low: float, high: float) -> None:
    assert exact_interval(share, n) == pytest.approx((low, high), abs=1e-4)


def test_a_model_that_errs_nowhere_on_few_cases_is_not_told_to_be_perfect() -> None:
    found = evaluate([[0.9]] * 4 + [[0.1]] * 8, ANSWERS, findings=["nodule"], patients=PATIENTS, replicates=50)
    one = found.findings[0]
    assert one.sensitivity is not None
    assert one.sensitivity.low == pytest.approx(exact_interval(1.0, 4)[0])
    assert one.specificity is not None
    assert one.specificity.low == pytest.approx(exact_interval(1.0, 8)[0])
    assert one.auroc is not None
    assert one.auroc.low == pytest.approx(exact_interval(1.0, 4)[0]), "four pairs of patients"
    assert one.auprc == Estimate(1.0, None, None)
    assert found.macro_auroc == one.auroc
    balanced = one.balanced_accuracy
    assert balanced is not None
    assert balanced.low is not None
    assert one.sensitivity.low < balanced.low < one.specificity.low


def test_images_of_one_patient_count_once() -> None:
    patients = ["same"] * 4 + PATIENTS[4:]
    found = evaluate([[0.9]] * 4 + [[0.1]] * 8, ANSWERS, findings=["nodule"], patients=patients, replicates=50)
    one = found.findings[0].sensitivity
    assert one is not None
    assert one.low == pytest.approx(0.025), "one patient was found"


def test_what_has_width_stays_as_it_was_drawn() -> None:
    drawn = Estimate(1.0, 0.8, 1.0)
    assert at_the_edge(drawn, 5) is drawn
