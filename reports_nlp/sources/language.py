"""Which language a report is in, by the small words that every sentence has."""

from __future__ import annotations

import re

_SMALL = {
    "en": "the is of and with are there to for has have was were this from or without at by which an",
    "de": "der die das des dem den kein keine keiner keinen nicht und mit ist sind im zur zum ohne bei links rechts "
          "beidseits eine einer eines ein auf von nach soweit unauffällig wie",
    "es": "el la los las sin del con se una es por ni y lado para como izquierdo derecho",
    "fr": "le les des et du une est sans pas avec au aux sur gauche droite",
    "it": "il lo gli della del non di e con si una alla destra sinistra nei",
    "pt": "o os as do da dos das sem com um uma não em e ao",
    "nl": "de het een geen en van met zijn niet links rechts aan bij",
}
WORDS: dict[str, frozenset[str]] = {language: frozenset(words.split()) for language, words in _SMALL.items()}
_LETTERS = re.compile(r"[^\W\d_]+")
_LOOKED_AT = 20_000


def guess_language(text: str, *, default: str = "en") -> str:
    """ISO code; `default` where the text has none of the small words, or two languages are as likely."""
    words = [word.lower() for word in _LETTERS.findall(text[:_LOOKED_AT])]
    counts = {language: sum(word in known for word in words) for language, known in WORDS.items()}
    best = max(counts.values())
    likely = [language for language, count in counts.items() if count == best]
    return likely[0] if best and len(likely) == 1 else default
