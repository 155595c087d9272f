"""Language is data: German and Spanish are packs on the same engine, and a report's language is told from the text."""

from __future__ import annotations

import pytest

from reports_nlp.stages import Extractor, languages, load_policy, load_rules
from reports_nlp.stages.language import detect_language
from reports_nlp.stages.rules import pieces
from reports_nlp.stages.words import compounds
from tests.golden.reports.loader import load_all


def test_every_pack_can_be_told_from_a_text() -> None:
    assert all(load_rules(name).settings.get("function_words") for name in languages())


@pytest.mark.parametrize("language", languages())
def test_the_language_of_the_gold_is_told(language: str) -> None:
    rows = [row for row in load_all() if row.language == language]
    assert [row.id for row in rows if detect_language(row.text, default=language) != language] == []


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Es findet sich kein Nachweis eines Pleuraergusses.", "de"),
        ("No se observa derrame pleural.", "es"),
        ("There is no pleural effusion.", "en"),
        ("PNEUMOTHORAX", "en"),
        ("", "en"),
        ("Lungen frei.\n\nThe patient was examined on the ward. There is no effusion.", "en"),
    ],
)
def test_small_words_tell_the_language(text: str, language: str) -> None:
    assert detect_language(text) == language


def test_a_text_that_tells_nothing_gets_the_default() -> None:
    assert detect_language("Cardiomegaly.", default="de") == "de"


@pytest.mark.parametrize(
    ("word", "parts"),
    [
        ("Pleuraerguss", ["Pleura", "erguss"]),
        ("Rippenserienfraktur", ["Rippenserien", "fraktur"]),
        ("Rippenfraktur", ["Rippen", "fraktur"]),
        ("Pneumothorax", ["Pneumothorax"]),
        ("Pleuren", ["Pleuren"]),
        ("Herzens", ["Herzens"]),
    ],
)
def test_a_compound_comes_apart_behind_its_longest_known_part(word: str, parts: list[str]) -> None:
    assert pieces(word, compounds(["pleura", "rippen", "rippenserien", "herz"])) == parts


def test_a_part_of_a_compound_keeps_its_place_in_the_text() -> None:
    text = "Unterlappenatelektase links."
    (mention,) = Extractor(load_rules("de"), load_policy())(text).mentions
    assert text[: mention.span.end] == "Unterlappenatelektase"
