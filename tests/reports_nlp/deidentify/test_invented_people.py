"""The benchmark's measurement, small: nobody invented survives, and the words around them do."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from benchmarks.deid.reports import write_report
from benchmarks.deid.sentences import SENTENCES
from benchmarks.report_deid import FIXED_SEED, clinical, is_listed, measure, open_reports, survives
from reports_nlp.deidentify import scrub


@pytest.fixture(scope="module")
def tally():  # type: ignore[no-untyped-def]
    return measure(300, FIXED_SEED)


def test_no_canary_of_300_invented_people_survives(tally) -> None:  # type: ignore[no-untyped-def]
    assert tally.canaries > 2500
    assert tally.survivors == []


def test_the_words_around_them_stay(tally) -> None:  # type: ignore[no-untyped-def]
    assert tally.words > 20_000
    assert tally.lost_share <= 0.01


@pytest.mark.parametrize("shift", [None, -50])
def test_scrubbing_invented_reports_twice_changes_nothing(shift: int | None) -> None:
    rng = random.Random(77)
    for _ in range(100):
        written = write_report(rng, is_listed)
        once = scrub(written.text, known=written.known, day_shift=shift).text
        assert scrub(once, known=written.known, day_shift=shift).text == once
        assert scrub(once, day_shift=shift).text == once


@pytest.mark.parametrize("change", [str, str.upper, str.lower])
def test_authored_sentences_stay(change) -> None:  # type: ignore[no-untyped-def]
    assert clinical(change(sentence) for sentence in SENTENCES).lost_share <= 0.01


def test_open_reports_stay() -> None:
    """Real text that is de-identified already (RADLOOP_DATA)."""
    found = open_reports()
    if not found:
        pytest.skip("RADLOOP_DATA is not set")
    for texts in found.values():
        assert clinical(texts).lost_share <= 0.01
        assert clinical(text.upper() for text in texts).lost_share <= 0.01


@pytest.mark.parametrize(
    ("canary", "kind", "answer"),
    [
        ("Okembe Vance", "name", "seen by okembe"),
        ("J. Okembe", "name", "OKEMBE"),
        ("12-34567", "id", "no 34567"),
        ("05/12/2013", "date", "in 2013"),
        ("Lym", "name", "with Lym."),
    ],
)
def test_the_measure_sees_parts_of_what_survives(canary: str, kind: str, answer: str) -> None:
    assert survives(canary, kind, answer)
    assert not survives(canary, kind, "lymphoma 1234")


def test_lists_are_words_not_people_of_the_reports() -> None:
    """The shipped name lists stay small: the method is context and spelling, not memory."""
    folder = Path("reports_nlp/deidentify/data")
    assert (
        sum(len((folder / name).read_text("utf-8").split()) for name in ("given_names.txt", "ambiguous_names.txt"))
        < 1500
    )
