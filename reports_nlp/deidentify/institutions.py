"""Names of hospitals, clinics, universities: the word that says so, and the words that make it one of them."""

from __future__ import annotations

from collections.abc import Iterator

from reports_nlp.deidentify.people import People

_GAPS = frozenset({" ", "-", "'", ". ", " & ", "'s ", ", "})
_LONGEST = 7


def find_institutions(people: People) -> Iterator[tuple[int, int]]:
    """Spans of names of institutions."""
    tokens, trig = people.tokens, people.trig
    for i, word in enumerate(tokens.lower):
        head = i
        if word in (
            "center",
            "centre",
            "system",
            "group",
            "home",
            "care",
            "medicine",
            "school",
            "trust",
            "living",
            "facility",
            "plaza",
            "services",
            "centers",
        ):
            if i == 0 or f"{tokens.lower[i - 1]} {word}" not in trig["institutions"] or tokens.gap(i) != " ":
                continue
            head = i - 1
        elif word not in trig["institutions"] and word not in trig["institution_starts"]:
            continue
        span = _backward(people, head, i) or _forward(people, i)
        if span:
            yield span


def _backward(people: People, head: int, last: int) -> tuple[int, int] | None:
    """`St. Mary's Regional` before `Hospital`."""
    tokens, trig = people.tokens, people.trig
    first = head
    proper = institutional = False
    while first > 0 and head - first < _LONGEST:
        j = first - 1
        gap = tokens.gap(first)
        word = tokens.lower[j]
        if gap not in _GAPS or (gap == ", ") or (gap == ". " and word not in ("st", "mt", "ft") and len(word) > 1):
            break
        written = tokens.capital(j) or (not tokens.capital(head))
        own = (
            people.unknown(j)
            or word in people.lexicon.given_names
            or (word in people.lexicon.ambiguous | people.lexicon.eponyms and people.title_case(j))
        )
        if word in trig["generic_institution"] and word not in ("general", "of", "and"):
            break
        if own and written:
            proper = True
        elif word in trig["institution_words"] and written:
            institutional = institutional or (word in trig["institution_marks"] and (tokens.capital(j) or word == "va"))
        else:
            break
        first = j
    while first < head and tokens.lower[first] in ("of", "and", "the", "for", "at"):
        first += 1
    if first == head or not (proper or institutional):
        return None
    word = tokens.lower[last]
    if (
        word in trig["institutions_by_name"]
        and not (tokens.capital(last) and (proper or institutional))
        and not (proper and word in trig["institutions_in_small_letters"])
    ):
        return None
    if institutional and not proper and not tokens.capital(first) and tokens.lower[first] != "va":
        return None
    return tokens.starts[first], _end_of(people, last)


def _forward(people: People, i: int) -> tuple[int, int] | None:
    """`of Springfield` after `University`, `Universitario La Paz` after `Hospital`."""
    tokens = people.tokens
    if tokens.lower[i] not in people.trig["institution_starts"]:
        return None
    if not tokens.capital(i):
        named = (
            i + 2 < len(tokens)
            and tokens.lower[i + 1] in ("of", "de")
            and tokens.gap(i + 2) == " "
            and people.unknown(i + 2)
        )
        return (tokens.starts[i], tokens.ends[i + 2]) if named else None
    end = _end_of(people, i)
    return (tokens.starts[i], end) if end > tokens.ends[i] else None


def _end_of(people: People, i: int) -> int:
    """Where the name ends that goes on after word i."""
    tokens = people.tokens
    end, j = i, i + 1
    linked = False
    while j < len(tokens) and j - i <= _LONGEST and tokens.gap(j) in (" ", "-", ". ", "'"):
        word = tokens.lower[j]
        if tokens.gap(j) == ". " and word not in ("st", "mt") and tokens.lower[j - 1] not in ("st", "mt", "dr"):
            break
        own = (
            tokens.capital(j)
            and word not in people.trig["not_names"]
            and (
                people.unknown(j)
                or word in people.lexicon.given_names
                or (linked and (people.title_case(j) or word in people.trig["institution_words"]))
            )
        )
        if word in people.trig["institution_links"]:
            linked = True
        elif (
            own
            or (
                tokens.capital(j) and (word in people.trig["institutions"] and not people.caps[j]) and tokens.capital(i)
            )
            or (
                tokens.capital(j)
                and f"{word} {tokens.lower[j + 1] if j + 1 < len(tokens) else ''}" in people.trig["institutions"]
            )
        ):
            end = j
        elif not (tokens.capital(j) and f"{tokens.lower[j - 1]} {word}" in people.trig["institutions"]):
            break
        else:
            end = j
        j += 1
    return tokens.ends[end]
