"""Reports for tests of learning: short ones, extracted by a rule so simple that it is wrong in a known way."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from reports_nlp.learning.types import Example
from reports_nlp.stages.types import Extraction, Label, Mention, Polarity, SectionKind, Span

NAMES = ("Pleural Effusion",)
PRESENT = ("there is a small effusion on the left", "moderate effusion", "layering effusion is seen")
ABSENT = ("no effusion", "no evidence of effusion", "the lungs are clear, no effusion")
HIDDEN = ("blunting of the left costophrenic sulcus", "meniscus sign at the right base")
"""Present, in words that the rule does not know."""
SILENT = ("the heart is normal", "pacemaker in place", "rib fracture on the right")
FILLERS = (
    "comparison is made with the earlier study", "the patient is rotated", "portable film", "lordotic view",
    "bony structures are unremarkable", "clips project over the abdomen", "tip of the tube above the carina",
)


def told(text: str) -> Extraction:
    """`effusion` is a mention, `no` before it in the sentence a negation. One body, sentences end with a full stop."""
    mentions = []
    for match in re.finditer(r"effusion", text):
        start = text.rfind(".", 0, match.start()) + 1
        end = text.find(".", match.end())
        sentence = Span(start, len(text) if end < 0 else end)
        denied = re.search(r"\bno\b", text[start : match.start()]) is not None
        polarity = Polarity.ABSENT if denied else Polarity.PRESENT
        mentions.append(Mention(NAMES[0], Span(*match.span()), sentence, SectionKind.IMPRESSION, polarity))
    said = {mention.polarity for mention in mentions}
    labels: Sequence[Label] = ()
    if said:
        labels = (Label(NAMES[0], 1 if Polarity.PRESENT in said else 0, tuple(range(len(mentions))), "mention"),)
    return Extraction(text, (), (), tuple(mentions), tuple(labels), "d" * 64)


def example(number: int, *, seed: int = 0) -> Example:
    """The same number gives the same report. A third of those with an effusion say it in hidden words."""
    draw = np.random.default_rng([seed, number])
    state = ("present", "absent", "not_mentioned")[draw.integers(3)]
    words = {"present": HIDDEN if draw.random() < 1 / 3 else PRESENT, "absent": ABSENT, "not_mentioned": SILENT}[state]
    parts = [*(FILLERS[i] for i in draw.permutation(len(FILLERS))[:3]), words[draw.integers(len(words))]]
    text = ". ".join(parts[i] for i in draw.permutation(len(parts))) + "."
    return Example(told(text), f"P-{seed}-{number}", state)


def examples(number: int, *, seed: int = 0) -> list[Example]:
    return [example(place, seed=seed) for place in range(number)]
