"""How alike two sets of images look, and what follows for tuning."""

import numpy as np
import pytest

from learning.recipe_parts import InputPart
from learning.toolkit.domain import Domain, rule_of_thumb

SPEC = InputPart(size=32, normalise="none")


def images(seed, *, low=0.3, high=0.7, n=60):
    rng = np.random.default_rng(seed)
    centres = rng.uniform(low, high, (n, 1, 1))
    return np.clip(rng.normal(centres, 0.1, (n, 32, 32)), 0, 1).astype(np.float32)


def test_the_same_images_are_at_no_distance():
    one = Domain.of(images(0), SPEC)
    assert one.distance(one) == 0
    assert Domain.from_dict(one.as_dict()) == one
    assert Domain.from_dict({"mean": "x"}) is None


def test_distance_of_means_and_of_spreads_by_hand():
    one, other = Domain((0.0, 3.0), (1.0, 2.0), 10), Domain((1.0, 3.0), (1.0, 1.0), 10)
    assert one.distance(other) == pytest.approx(((1.0**2 + 0.5**2) / 2) ** 0.5)


def test_other_brightness_is_told_from_other_cases():
    """New cases of the same kind are alike, darker ones are not, and the distance is the same both ways."""
    known = Domain.of(images(0), SPEC)
    assert known.alike(Domain.of(images(1), SPEC)) == "alike"
    darker = Domain.of(images(2, low=0.15, high=0.55), SPEC)
    black = Domain.of(images(3, low=0.0, high=0.02), SPEC)
    assert known.alike(darker) == "different"
    assert known.distance(darker) < known.distance(black)
    assert known.distance(darker) == pytest.approx(darker.distance(known))


RULES = {
    ("alike", 60): "Frozen features or shallow",
    ("very different", 60): "expect less",
    ("alike", 200): "Shallow tuning is enough",
    ("very different", 200): "Incremental tuning",
    ("alike", 900): "Deep tuning at a low rate",
    ("very different", 900): "Deep tuning",
}


@pytest.mark.parametrize("case", RULES)
def test_rule_follows_similarity_and_labels(case):
    assert RULES[case] in rule_of_thumb(*case)
