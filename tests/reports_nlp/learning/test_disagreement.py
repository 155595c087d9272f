from __future__ import annotations

import itertools

import pytest

from reports_nlp.learning.disagreement import Disagreement, disagreement, strongest
from reports_nlp.learning.types import STATES


def sure(state: str, chance: float = 0.97) -> dict[str, float]:
    rest = (1 - chance) / 3
    return {name: chance if name == state else rest for name in STATES}


def test_voices_that_agree_score_next_to_nothing() -> None:
    for state in STATES:
        assert disagreement(rules=state, model=sure(state), llm=state).score < 0.02


def test_one_voice_alone_cannot_disagree() -> None:
    assert disagreement(rules="present").score == 0


def test_contradiction_stands_above_doubt_and_doubt_above_agreement() -> None:
    contradiction = disagreement(rules="present", model=sure("absent")).score
    doubt = disagreement(rules="present", model=sure("present", 0.55)).score
    agreement = disagreement(rules="present", model=sure("present")).score
    assert contradiction > doubt > agreement


def test_a_third_voice_against_two_raises_the_score() -> None:
    two = disagreement(rules="present", model=sure("present")).score
    assert disagreement(rules="present", model=sure("present"), llm="absent").score > two + 0.2


@pytest.mark.parametrize(("rules", "image"), [("present", 0.03), ("absent", 0.97)])
def test_an_image_that_shows_the_opposite_brings_a_report_up(rules: str, image: float) -> None:
    found = disagreement(rules=rules, image=image)
    assert found.score > 0.4
    assert f"image {image:.2f}" in found.reason


def test_an_image_that_shows_what_the_report_leaves_out_counts_less_than_a_contradiction() -> None:
    left_out = disagreement(rules="not_mentioned", image=0.97).score
    assert 0.3 < left_out < disagreement(rules="absent", image=0.97).score


def test_scores_stay_between_0_and_1_and_a_reason_names_every_voice() -> None:
    for rules, model, llm, image in itertools.product(STATES, STATES, STATES, (0.0, 0.5, 1.0)):
        found = disagreement(rules=rules, model=sure(model, 1.0), llm=llm, image=image)
        assert 0 <= found.score <= 1
        assert found.reason.count(";") == 3


def test_the_order_of_voices_does_not_matter() -> None:
    assert disagreement(rules="present", llm="absent").score == disagreement(rules="absent", llm="present").score


def test_a_report_stands_where_its_worst_finding_stands() -> None:
    found = strongest({"Edema": Disagreement(0.2, "a"), "Fracture": Disagreement(0.7, "rules: present; image 0.02")})
    assert found == Disagreement(0.7, "Fracture: rules: present; image 0.02")
    assert strongest({}).score == 0
