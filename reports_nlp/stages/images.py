"""References to images: "series 4 image 32", "image 45 of series 3", "(4/32)"."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from reports_nlp.stages.rules import Rules
from reports_nlp.stages.types import ImageReference, Span

_BRACKETS = re.compile(r"[(\[]\s*(?P<series>\d{1,4})\s*[/:]\s*(?P<image>\d{1,4})\s*[)\]]")
_GAP = r"[\s,.:/#-]*"
_NUMBERS = re.compile(r"\d{1,4}")


def image_references(text: str, rules: Rules) -> tuple[ImageReference, ...]:
    """In order of the text; several images of one series are several references."""
    if not any(character.isdigit() for character in text):
        return ()
    words = rules.settings.get("image_words", {})
    pattern = _pattern(tuple(words.get("series", ())), tuple(words.get("image", ())), tuple(words.get("and", ())))
    found = [
        ImageReference(Span(*match.span()), int(match["series"]), int(match["image"]))
        for match in _BRACKETS.finditer(text)
    ]
    for match in pattern.finditer(text):
        found += _references(match)
    return tuple(sorted(found, key=lambda one: one.span.start))


def _references(match: re.Match[str]) -> Iterator[ImageReference]:
    series = next((match[name] for name in ("series1", "series2") if match[name]), None)
    group = "images1" if match["images1"] else "images2"
    for number in _NUMBERS.finditer(match[group]):
        span = Span(match.start(), match.end()) if len(_NUMBERS.findall(match[group])) == 1 else Span(
            match.start(group) + number.start(), match.start(group) + number.end()
        )
        yield ImageReference(span, int(series) if series else None, int(number.group()))


@lru_cache(maxsize=16)
def _pattern(series: tuple[str, ...], image: tuple[str, ...], joining: tuple[str, ...]) -> re.Pattern[str]:
    if not series or not image:
        return re.compile(r"(?!)(?P<series1>)(?P<images1>)(?P<images2>)(?P<series2>)")
    a, b, also = ("|".join(map(re.escape, sorted(words, key=len, reverse=True))) for words in (series, image, joining))
    numbers = rf"\d{{1,4}}(?:\s*(?:,|&|-|{also or '&'})\s*\d{{1,4}})*"
    return re.compile(
        rf"\b(?:{a}){_GAP}(?P<series1>\d{{1,4}}){_GAP}(?:{b}){_GAP}(?P<images1>{numbers})(?!\d)"
        rf"|\b(?:{b}){_GAP}(?P<images2>{numbers})(?!\d)(?:{_GAP}(?:\w{{1,3}}\s+){{0,2}}(?:{a}){_GAP}(?P<series2>\d{{1,4}}))?",
        re.IGNORECASE,
    )
