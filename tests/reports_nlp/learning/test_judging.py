from __future__ import annotations

import numpy as np
import pytest

from reports_nlp.learning.compare import LEAST_PATIENTS, cases_to_decide, compare, decide
from reports_nlp.learning.evaluate import Case, micro_f1, score
from reports_nlp.learning.types import LearningError

TRUTHS = ("present", "absent", "equivocal", "not_mentioned")


def cases(pairs: str, *, per_patient: int = 1) -> list[Case]:
    """`PA` is present in truth and absent as said; one pair per case."""
    words = dict(zip("PAEN", TRUTHS, strict=True))
    return [
        Case(f"P{place // per_patient}", words[pair[0]], words[pair[1]]) for place, pair in enumerate(pairs.split())
    ]


def test_counts_are_those_of_a_table_done_by_hand() -> None:
    found = score(cases("PP PP PA AA AN NP EE EP NN NN"))
    mention, negation, uncertainty, presence = found.tasks.values()
    assert (mention.yes, mention.said_yes) == (7, 7)
    assert mention.precision is not None
    assert mention.precision.value == pytest.approx(6 / 7)
    assert mention.recall is not None
    assert mention.recall.value == pytest.approx(6 / 7)
    assert (negation.yes, negation.said_yes) == (2, 2)
    assert negation.f1 is not None
    assert negation.f1.value == pytest.approx(0.5)
    assert uncertainty.precision is not None
    assert uncertainty.precision.value == 1
    assert uncertainty.recall is not None
    assert uncertainty.recall.value == pytest.approx(0.5)
    assert presence.f1 is not None
    assert presence.f1.value == pytest.approx(2 * 2 / (3 + 4))
    assert found.agreement is not None
    assert found.agreement.value == pytest.approx(0.6)


def test_what_nobody_says_has_no_figure() -> None:
    uncertainty = score(cases("PP AA")).tasks["uncertainty"]
    assert (uncertainty.precision, uncertainty.recall, uncertainty.f1) == (None, None, None)
    assert score([]).agreement is None


def test_an_interval_covers_the_truth_about_as_often_as_it_says() -> None:
    draw = np.random.default_rng(0)
    covered = 0
    for _ in range(100):
        right = draw.random(80) < 0.8
        found = score(cases(" ".join("PP" if one else "PN" for one in right)), replicates=300).tasks["presence"].recall
        assert found is not None
        assert found.low is not None
        assert found.high is not None
        covered += found.low <= 0.8 <= found.high
    assert covered >= 88


def test_many_reports_of_one_patient_count_as_one_draw() -> None:
    pairs = " ".join(["PP"] * 40 + ["PN"] * 20)
    apart, together = score(cases(pairs)), score(cases(pairs, per_patient=10))
    widths = [s.tasks["presence"].recall for s in (apart, together)]
    assert all(w is not None and w.low is not None and w.high is not None for w in widths)
    assert widths[1].high - widths[1].low > 1.5 * (widths[0].high - widths[0].low)  # type: ignore[union-attr,operator]


def test_a_perfect_score_of_few_patients_is_not_certain() -> None:
    recall = score(cases("PP PP PP PP PP PP PP PP PP PP")).tasks["presence"].recall
    assert recall is not None
    assert recall.low == pytest.approx(0.7)


def test_silence_on_both_sides_says_nothing_about_a_labeler() -> None:
    assert micro_f1(cases("PP NN NN NN PN")) == micro_f1(cases("PP PN"))
    with pytest.raises(LearningError):
        micro_f1(cases("NN NN"))


def paired(number: int, right: int, wrong: int, *, both_wrong: int = 0) -> tuple[list[Case], list[Case]]:
    """Rules and model on `number` present cases, of which the model puts `right` right and spoils `wrong`."""
    rules = ["PN"] * right + ["PP"] * wrong + ["PN"] * both_wrong + ["PP"] * (number - right - wrong - both_wrong)
    model = ["PP"] * right + ["PN"] * wrong + ["PN"] * both_wrong + ["PP"] * (number - right - wrong - both_wrong)
    return cases(" ".join(rules)), cases(" ".join(model))


@pytest.mark.parametrize(
    ("number", "right", "wrong", "verdict"),
    [
        (200, 30, 4, "gain"),
        (200, 4, 30, "harm"),
        (2000, 5, 5, "equivalent"),
        (60, 4, 4, "undecided"),
        (60, 3, 0, "undecided"),
        (LEAST_PATIENTS - 1, 15, 0, "undecided"),
        (40, 0, 0, "undecided"),
    ],
)
def test_verdicts(number: int, right: int, wrong: int, verdict: str) -> None:
    found = compare(*paired(number, right, wrong))
    assert found.verdict == verdict
    assert (found.put_right, found.spoiled) == (right, wrong)
    assert (found.cases_to_decide is not None) == (verdict == "undecided")


def test_the_number_of_cases_that_would_decide_is_more_than_there_are() -> None:
    found = compare(*paired(60, 4, 4))
    assert found.cases_to_decide is not None
    assert found.cases_to_decide > 60
    assert cases_to_decide(0.05, 0.10, 0.02, 100) == 400


def test_no_difference_seen_is_no_difference_only_with_many_patients() -> None:
    assert compare(*paired(40, 0, 0)).verdict == "undecided"
    assert compare(*paired(400, 0, 0)).verdict == "equivalent"


def test_by_chance_alone_a_model_is_rarely_promoted() -> None:
    draw = np.random.default_rng(1)
    gains = 0
    for _ in range(200):
        differ = int(draw.binomial(150, 0.1))
        right = int(draw.binomial(differ, 0.5))
        gains += compare(*paired(150, right, differ - right), replicates=200).verdict == "gain"
    assert gains <= 8


def test_other_cases_are_not_compared() -> None:
    with pytest.raises(LearningError, match="different cases"):
        compare(cases("PP AA"), cases("PP PP"))


def test_the_sentence_says_what_was_compared_and_on_how_many() -> None:
    found = compare(*paired(200, 30, 4))
    assert "200 held-out verdicts of 200 patients" in found.sentence
    assert found.sentence.endswith("better.")


def test_a_gain_needs_the_sign_test_too() -> None:
    assert decide(0.01, 0.05, 0.02, sign=0.25, patients=80) == "undecided"
    assert decide(0.01, 0.05, 0.02, sign=0.01, patients=80) == "gain"
