"""No text makes the stages fail, give positions outside of it, differ between runs, or take more than its length."""

from __future__ import annotations

import gc
import random
import time

import pytest

from reports_nlp.stages import Extractor, languages, load_policy, load_rules
from reports_nlp.stages.types import Extraction
from tests.golden.reports.loader import load_all

SIGNS = "abcXYZ 0123456789.,;:()[]/-_?!\n\r\t\"'°×µéßñ\u200b\u00a0\ufeff\U0001f600*#&%|~{}<>"
WORDS = sorted({word for row in load_all() for word in row.text.split()})


def texts(seed: int) -> list[str]:
    draw = random.Random(seed)
    made = [" ".join(draw.choices(WORDS, k=draw.randint(0, 40))) for _ in range(60)]
    made += ["".join(draw.choices(SIGNS, k=draw.randint(0, 80))) for _ in range(30)]
    return made + [text.replace(" ", "\n", 4) for text in made[::3]]


def check(text: str, extraction: Extraction) -> None:
    for mention in extraction.mentions:
        assert 0 <= mention.span.start < mention.span.end <= len(text)
        assert mention.sentence.holds(mention.span)
        assert all(0 <= cue.span.start < cue.span.end <= len(text) for cue in mention.cues)
    assert all(one.span.of(text) for one in (*extraction.measurements, *extraction.image_references))
    for label in extraction.labels:
        assert all(0 <= index < len(extraction.mentions) for index in label.mentions)


@pytest.mark.parametrize("language", languages())
@pytest.mark.parametrize("seed", range(3))
def test_nonsense_is_read_without_failing(language: str, seed: int) -> None:
    extractor = Extractor(load_rules(language), load_policy("chexpert"))
    for text in texts(seed):
        extraction = extractor(text)
        check(text, extraction)
        assert extraction == extractor(text)


@pytest.mark.parametrize("piece", [
    "no, ", "effusion or ", "no effusion and ", "heart ", "?", "1. ", "[", "IMPRESSION: ",
])
def test_time_grows_with_the_length_alone(piece: str) -> None:
    extractor = Extractor()
    extractor("warm")
    short, long = (seconds(extractor, (piece * size)[:size]) for size in (40_000, 160_000))
    assert long < 8 * short + 0.05


def seconds(extractor: Extractor, text: str) -> float:
    """Best of three, without the collector: its look over all that the process holds takes longer than the text."""
    took = []
    gc.collect()
    gc.disable()
    try:
        for _ in range(3):
            start = time.process_time()
            extractor(text, labels_only=True)
            took.append(time.process_time() - start)
    finally:
        gc.enable()
    return min(took)


def test_text_over_a_million_characters_is_read() -> None:
    text = "No acute disease. " * 60_000 + "Left effusion."
    [effusion] = [one for one in Extractor()(text, labels_only=True).labels if one.finding == "Pleural Effusion"]
    assert effusion.value == 1
