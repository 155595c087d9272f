"""Bytes become the text that was meant, declared or not."""

from __future__ import annotations

import io

import pytest

from reports_nlp.sources.encoding import decode, guess_stream

GERMAN = "Kein Pleuraerguß. Größe des Herzens unverändert, Übersicht “frei” – 3 × 4 mm."
POLISH = "Brak płynu w jamie opłucnej. Serce niepowiększone, płuca bez zmian ogniskowych, żebra całe."
RUSSIAN = "Органы грудной клетки без патологии. Плевральный выпот не определяется. Сердце не увеличено."


@pytest.mark.parametrize(("text", "encoding"), [
    (GERMAN, "utf-8"), (GERMAN, "utf-8-sig"), (GERMAN, "utf-16"), (GERMAN, "utf-16-le"), (GERMAN, "utf-16-be"),
    (GERMAN, "cp1252"), ("Größe", "latin-1"), (POLISH, "cp1250"), (RUSSIAN, "cp1251"), ("plain", "ascii"),
])
def test_undeclared_encodings(text: str, encoding: str) -> None:
    assert decode(text.encode(encoding)) == text


def test_a_declared_encoding_that_does_not_fit_is_not_believed() -> None:
    assert decode("Größe".encode("latin-1"), "utf-8") == "Größe"
    assert decode("Größe".encode(), "no-such-set") == "Größe"


def test_a_legacy_letter_far_into_a_long_file_is_seen() -> None:
    stream = io.BytesIO(b"a,b\n" * 400_000 + "Größe".encode("latin-1"))
    assert guess_stream(stream) == "cp1252"
    assert stream.read(3) == b"a,b"
