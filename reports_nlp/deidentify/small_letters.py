"""Names in small letters among words with capitals: weak signs, and only for what is not even a misspelt word."""

from __future__ import annotations

import re

from reports_nlp.deidentify.people import People

_AGE = re.compile(r"\s(?:is|was)\s(?:a|an)\s\d")
_BORN = re.compile(r",?\s{1,2}(?:dob|mrn|age|born)\b", re.I)
_BEFORE = re.compile(r"(?:[:=|^~*\[]|--)\s{0,2}$")
_FEWEST = 4


def by_weak_signs(people: People) -> None:
    """`history: okembe is a 45 year old man`, `okembe's nurse`, `okembe says`, a line with nothing else."""
    if not people.english:
        return
    tokens = people.tokens
    for i, word in enumerate(tokens.lower):
        if people.marked[i] or tokens.capital(i) or len(word) < _FEWEST or word in people.lexicon.words:
            continue
        if people.unknown(i) and _has_sign(people, i) and not people.lexicon.is_nearly_word(word.removesuffix("'s")):
            people.mark_list(i, sure=False)
            while i >= 0 and not tokens.capital(i) and people.unknown(i):
                people.marked[i] = True
                if tokens.gap(i) not in (" ", ", "):
                    break
                i -= 1


def _has_sign(people: People, i: int) -> bool:
    tokens = people.tokens
    word, end = tokens.lower[i], tokens.ends[i]
    following = tokens.lower[i + 1] if i + 1 < len(tokens) and tokens.gap(i + 1) == " " else ""
    return (
        word.endswith("'s")
        or following in people.trig["small_verbs"]
        or following in people.trig["place_heads"]
        or _BEFORE.search(tokens.gap(i)) is not None
        or _AGE.match(tokens.text, end) is not None
        or _BORN.match(tokens.text, end) is not None
        or _alone(people, i)
    )


def _alone(people: People, i: int) -> bool:
    """Nothing else in its line but more of the kind."""
    tokens = people.tokens
    first = last = i
    while first > 0 and "\n" not in tokens.gap(first) and i - first < _FEWEST:
        first -= 1
    while last + 1 < len(tokens) and "\n" not in tokens.gap(last + 1) and last - i < _FEWEST:
        last += 1
    line_start = tokens.text.rfind("\n", 0, tokens.starts[first]) + 1
    line_end = tokens.text.find("\n", tokens.ends[last])
    line = tokens.text[line_start : line_end if line_end >= 0 else len(tokens.text)]
    return (
        last - first < _FEWEST
        and len(line) < 80
        and not any(c.isdigit() for c in line)
        and all(people.marked[k] or len(tokens.lower[k]) == 1 or people.unknown(k) for k in range(first, last + 1))
    )
