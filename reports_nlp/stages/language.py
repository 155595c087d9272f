"""Which pack's language a report is written in, told by the small words that every report has."""

from __future__ import annotations

import re
import tomllib
from functools import lru_cache

from reports_nlp.stages.rules import PACKS, languages

_WORD = re.compile(r"[^\W\d_]{2,}")
_READ = 4000


def detect_language(text: str, default: str = "en") -> str:
    """The language whose `function_words` the text uses most; `default` where none or several are alike.

    Words are counted as often as they stand in the first 4000 characters. A pack without such words is never told.
    """
    marks = _marks()
    counts = dict.fromkeys(languages(), 0)
    for word in _WORD.findall(text[:_READ].casefold()):
        for language in marks.get(word, ()):
            counts[language] += 1
    best = max(counts.values(), default=0)
    winners = [language for language, count in counts.items() if count == best]
    return winners[0] if best and len(winners) == 1 else default


@lru_cache(maxsize=1)
def _marks() -> dict[str, tuple[str, ...]]:
    """Word -> languages that list it."""
    marks: dict[str, tuple[str, ...]] = {}
    for language in languages():
        settings = tomllib.loads((PACKS / language / "language.toml").read_text("utf-8"))
        for word in settings.get("function_words", ()):
            marks[word.casefold()] = (*marks.get(word.casefold(), ()), language)
    return marks
