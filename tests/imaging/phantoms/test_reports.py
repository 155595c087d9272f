"""A phantom's report is true to its labels, in varied words."""

from __future__ import annotations

import re
from random import Random

from imaging.phantoms import FINDINGS, report_text, sample_thorax

WORDS = {
    "nodule": ("nodule",), "effusion": ("effusion", "costophrenic"), "consolidation": ("consolidation",),
    "pneumothorax": ("pneumothorax", "pleural line"), "cardiomegaly": ("cardiomegaly", "heart is enlarged"),
}
DENIALS = ("no ", "free of", "sharp", "normal")


def sentences(text: str) -> list[str]:
    found = text.split("FINDINGS: ")[1].split("\n\n")[0]
    return [s.strip().lower() for s in re.split(r"\.(?=\s|$)", found) if s.strip()]


def test_what_is_present_is_affirmed_and_what_is_absent_is_never() -> None:
    for index in range(300):
        thorax = sample_thorax(seed=4, index=index)
        text = report_text(thorax)
        for finding in FINDINGS:
            said = [s for s in sentences(text) if any(word in s for word in WORDS[finding])]
            affirmed = [s for s in said if not any(d in s for d in DENIALS)]
            assert bool(affirmed) == bool(thorax.labels[finding]), (index, finding, text)


def test_the_impression_names_the_side_and_only_what_is_there() -> None:
    for index in range(200):
        thorax = sample_thorax(seed=4, index=index)
        impression = report_text(thorax).split("IMPRESSION: ")[1].lower()
        for finding in FINDINGS:
            assert (finding in impression) == bool(thorax.labels[finding])
        for lesion in thorax.lesions:
            assert lesion.side in impression


def test_the_same_thorax_gives_the_same_words_and_another_generator_others() -> None:
    thorax = sample_thorax(seed=4, index=7)
    assert report_text(thorax) == report_text(thorax)
    assert len({report_text(thorax, rng=Random(n)) for n in range(20)}) > 10


def test_subtypes_are_told_nowhere() -> None:
    texts = " ".join(report_text(sample_thorax(seed=4, index=n)).lower() for n in range(200))
    assert not any(word in texts for word in ("subtype", "lobar", "patchy", "scattered"))
