"""The table of claims: when each applies, what it changes, why, and by which rows of the review.

Numbers are the review's or of the recipes it rests on; each is a bound to argue with, not a law.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from learning.advice.facts import Facts, Source

Changes = Mapping[str, Any]

FEW, ENOUGH = 100, 500
"""Cases of the rarer side: below FEW a network's features are better left alone, from ENOUGH on all of it may learn."""
RARE, VERY_RARE = 0.25, 0.10
FEW_IMAGES = 500
HEART = ("cardiomegaly", "cardiothoracic", "heart size", "enlarged heart")


@dataclass(frozen=True, slots=True)
class Rule:
    """One claim.

    rows     of the review, with what they say in the reason.
    section  the recipe's section that the site's verdicts are looked up by.
    weight   higher is proposed first.
    reason   filled in with the facts' fields, and {source} where there is one.
    """

    name: str
    rows: tuple[str, ...]
    section: str
    weight: int
    applies: Callable[[Facts], bool]
    changes: Callable[[Facts], Changes]
    reason: str


def _start(source: Source | None) -> dict[str, Any]:
    assert source is not None
    changes: dict[str, Any] = {
        "start": {"kind": "weights", "weights": source.reference} if source.is_public
        else {"kind": "checkpoint", "model": source.reference},
        "network": {"name": source.network},
    }
    if source.normalise:
        changes["input"] = {"normalise": source.normalise}
    if source.network.endswith("_3d"):
        changes["input"] = changes.get("input", {}) | {"volume": "3d"}
    return changes


def _transfer(facts: Facts, low: int, high: float) -> bool:
    return facts.best_source is not None and low <= facts.fewest < high


RULES: tuple[Rule, ...] = (
    Rule(
        "frozen features", ("T5", "T8"), "start", 90,
        lambda f: _transfer(f, 0, FEW),
        lambda f: _start(f.best_source) | {"tuning": {"kind": "frozen"}},
        "With {fewest} cases of the rarer side of {finding}, features of {source} with a linear classifier on top have "
        "few numbers to fit, and often beat a trained network (T5, T8).",
    ),
    Rule(
        "tune the top", ("T2", "T4"), "start", 85,
        lambda f: _transfer(f, FEW // 2, ENOUGH),
        lambda f: _start(f.best_source) | {"tuning": {"kind": "shallow"}},
        "{source} stands close to these images, so the last layers are enough, and {fewest} cases can't carry more "
        "(T2, T4).",
    ),
    Rule(
        "tune everything gently", ("T3", "T4"), "start", 88,
        lambda f: _transfer(f, ENOUGH, float("inf")),
        lambda f: _start(f.best_source) | {"tuning": {"kind": "all", "body_rate": 0.1}},
        "{fewest} cases of the rarer side are enough to let all of {source} learn, at a low rate (T3, T4).",
    ),
    Rule(
        "free one stage at a time", ("T7", "T4"), "start", 60,
        lambda f: _transfer(f, FEW, ENOUGH),
        lambda f: _start(f.best_source) | {"tuning": {"kind": "incremental"}},
        "How deep to tune is a setting to be found: stages of {source} are freed one by one, and inner validation "
        "chooses (T4, T7).",
    ),
    Rule(
        "hand-crafted features", ("T7", "C6"), "tuning", 55,
        lambda f: f.fewest < FEW and not f.is_volume,
        lambda f: {"network": {"name": "hog"}, "tuning": {"kind": "frozen", "classifier": "logistic"}},
        "Oriented gradients with logistic regression take seconds and are the honest baseline: with {fewest} cases of "
        "the rarer side a network has to beat them first (T7).",
    ),
    Rule(
        "no dropout", ("R2",), "regularisation", 50,
        lambda f: f.labelled < FEW_IMAGES,
        lambda f: {"regularisation": {"dropout_hidden": 0.0}},
        "{labelled} labelled studies: between 100 and 500 images dropout is said to gain nothing (R2). This shows "
        "whether that holds here.",
    ),
    Rule(
        "class-balanced weights", ("I1", "I7"), "imbalance", 75,
        lambda f: f.prevalence < RARE or f.prevalence > 1 - RARE,
        lambda f: {"imbalance": {"class_weights": "class_balanced"}},
        "{finding} is present in {share} of answers, so training leans to the frequent side (I1); weights by "
        "the effective number of cases hold against it (I7).",
    ),
    Rule(
        "logit adjustment", ("I1", "I7"), "imbalance", 65,
        lambda f: f.prevalence < VERY_RARE,
        lambda f: {"imbalance": {"loss": "logit_adjustment"}},
        "At {share} present, shifting the log odds by the prevalence while training aims at balanced accuracy "
        "without repeating the few cases (I1).",
    ),
    Rule(
        "focal loss", ("I8",), "imbalance", 40,
        lambda f: f.prevalence < VERY_RARE and f.fewest >= 20,
        lambda f: {"imbalance": {"loss": "focal"}},
        "With {share} present most cases are easy ones; focal loss turns to the hard ones (I8). Its "
        "probabilities need calibration.",
    ),
    Rule(
        "keep the heart's proportions", ("A3",), "augmentation", 70,
        lambda f: any(word in name.lower() for name in f.stretched for word in HEART),
        lambda f: {"augmentation": {"kind": "limited", "invariances": ["preserve_ratio"]}},
        "A finding here is read off the heart's proportions: alterations must not stretch the image (A3).",
    ),
    Rule(
        "three planes", ("T14", "T15"), "input", 80,
        lambda f: f.is_volume,
        lambda f: {"input": {"volume": "tri_planar"}},
        "These are volumes with {labelled} labelled studies: three planes through the centre let a 2-D network see "
        "them without a volume's many numbers (T14), though neighbouring slices are lost (T15).",
    ),
    Rule(
        "slices in order", ("T16",), "input", 72,
        lambda f: f.is_volume and f.fewest >= FEW // 2,
        lambda f: {"input": {"volume": "slices", "combine": "gru"}},
        "Where it matters in what order slices come, a network that reads them one after the other keeps it (T16).",
    ),
    Rule(
        "a 3-D network", ("T10",), "input", 45,
        lambda f: f.is_volume and f.fewest >= FEW,
        lambda f: {"input": {"volume": "3d"}, "network": {"name": "small_cnn3d"}},
        "A small 3-D network sees everything at once; 3-D networks need more cases (T10), of which there are {fewest}.",
    ),
    Rule(
        "more weight decay", ("R4",), "regularisation", 20,
        lambda f: True,
        lambda f: {"regularisation": {"weight_decay": 0.05}},
        "A stronger pull of the weights to zero (R4) is the mildest thing to try on {labelled} studies.",
    ),
    Rule(
        "smooth labels", ("R4",), "regularisation", 10,
        lambda f: True,
        lambda f: {"regularisation": {"label_smoothing": 0.1}},
        "Answers of readers are not certain; training on 0.95 in place of 1 says so.",
    ),
    Rule(
        "draw rare cases again", ("I2", "I3"), "imbalance", 15,
        lambda f: True,
        lambda f: {"imbalance": {"sampling": "oversample"}},
        "Showing the rarer side of {finding} as often as the other costs nothing to try; too much of it overfits "
        "(I2, I3, I6).",
    ),
)
