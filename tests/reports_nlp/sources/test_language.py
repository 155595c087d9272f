"""The language of a report that does not say it."""

from __future__ import annotations

import pytest

from reports_nlp.sources.language import guess_language


@pytest.mark.parametrize(("text", "language"), [
    ("The heart is normal in size. There is no effusion.", "en"), ("Kein Erguss.", "de"),
    ("Herz normal groß, kein Pleuraerguss, keine Infiltrate.", "de"),
    ("Sin derrame pleural. Silueta cardíaca dentro de los límites.", "es"), ("No effusion.", "en"),
    ("Pas d'épanchement. Le coeur est de taille normale.", "fr"), ("", "en"), ("1234", "en"),
])
def test_small_words_tell(text: str, language: str) -> None:
    assert guess_language(text) == language
