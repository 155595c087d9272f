"""Words that say that a name stands beside them: titles, signatures, verbs of telling, degrees."""

from __future__ import annotations

from reports_nlp.deidentify.people import People

_TITLES_WITH_STOP = ("dr", "mr", "mrs", "ms", "prof", "dra", "sra", "sr")
_BESIDE = frozenset({" ", ", ", " (", ": ", " - "})
_SAID_BEFORE = {"with": ("with_verbs", 6), "to": ("to_verbs", 6), "from": ("from_words", 3), "as": ("known_words", 1)}
_PREPOSITIONS = frozenset({"by", "durch", "von", "por", "i", "w", *_SAID_BEFORE})
_MOST_SKIPPED = 4
_INTO = frozenset({"in", "from", "to", "at", "near", "of"})
_WORDS_AND_TITLES = ("miss", "don", "col", "sir", "captain")


def by_words_around(people: People) -> None:
    """Mark names that a word before or after them gives away."""
    tokens, trig, lexicon = people.tokens, people.trig, people.lexicon
    last = len(tokens) - 1
    for i, word in enumerate(tokens.lower):
        dotted = tokens.starts[i] in people.dotted
        if word not in lexicon.wakes and not dotted:
            continue
        if word in trig["credentials"] or dotted:
            _before_credential(people, i)
        if word in lexicon.given_names and word not in lexicon.eponyms and word not in lexicon.words:
            people.mark_run(i, sure=False)
        if i == last:
            break
        if word in trig["titles"]:
            _after_title(people, i)
        elif word in trig["place_verbs"] and i + 1 < last and tokens.lower[i + 1] in _INTO:
            if people.unknown(i + 2) and tokens.gap(i + 2) == " ":
                people.mark_run(i + 2, sure=False)
        elif word in _PREPOSITIONS:
            _after_preposition(people, i)
        elif word in trig["told"] or (
            (word in trig["relatives"] or word in trig["roles"]) and tokens.gap(i + 1) in _BESIDE
        ):
            _person(people, i + 1)
        elif word == "s" and tokens.text[tokens.starts[i] - 1 : tokens.ends[i] + 1] == "/s/":
            people.mark_list(i + 1, sure=True)


def _after_preposition(people: People, i: int) -> None:
    """`signed by`, `discussed … with`, `called … to`, `consent from`, `d/w`, and `I, NAME,`."""
    tokens = people.tokens
    word = tokens.lower[i]
    unknown = people.unknown(i + 1) or people.leads_to_name(i + 1)
    if word in ("by", "durch", "von", "por"):
        if _said(people, i, "by_verbs", 2):
            _person(people, i + 1)
            _initials(people, i)
        elif people.english and unknown:
            _person(people, i + 1)
    elif word == "i":
        if tokens.gap(i + 1) == ", " and unknown:
            people.mark_list(i + 1, sure=False)
    elif word == "w":
        if tokens.gap(i + 1).startswith("/") and _said(people, i, "with_verbs", 3):
            _person(people, i + 1)
    elif _said(people, i, *_SAID_BEFORE[word]):
        _person(people, i + 1)


def _said(people: People, i: int, verbs: str, reach: int) -> bool:
    """Whether one of the words stands among the last few before word i."""
    return any(people.tokens.lower[j] in people.trig[verbs] for j in range(max(0, i - reach), i))


def _after_title(people: People, i: int) -> None:
    tokens = people.tokens
    gap = tokens.gap(i + 1)
    dotted = gap.startswith(".")
    if gap.strip(" .\n") or "\n\n" in gap or gap == "":
        return
    if dotted and not tokens.capital(i + 1) and tokens.lower[i] not in _TITLES_WITH_STOP and not people.unknown(i + 1):
        return
    if not dotted and _word_rather_than_title(people, i) and not people.could_be_name(i + 1):
        return
    people.mark_list(i + 1, sure=True)


def _word_rather_than_title(people: People, i: int) -> bool:
    """MR BRAIN, MS plaques, may miss: a title only if a name follows. `dr heart` and `Dr Heart` are people."""
    tokens = people.tokens
    word, form = tokens.lower[i], tokens.forms[i]
    if word not in people.trig["weak_titles"]:
        return False
    if form == "dr" and tokens.lower[i + 1] not in people.trig["not_names"]:
        return False
    if word in ("dr", "doctor") and len(tokens.lower[i + 1]) == 1:
        return False
    written_as_title = form[0].isupper() and not form.isupper() and word not in _WORDS_AND_TITLES
    return not (written_as_title and people.title_case(i + 1))


def _person(people: People, i: int) -> None:
    """Somebody may be named here: skip what they are, mark who they are."""
    tokens, trig = people.tokens, people.trig
    for _ in range(_MOST_SKIPPED):
        if i >= len(tokens) or not _goes_on(people, i):
            return
        word = tokens.lower[i]
        if word in trig["titles"] and i + 1 < len(tokens):
            _after_title(people, i)
            return
        if word not in trig["roles"] and word not in trig["relatives"] and word not in trig["skipped"]:
            break
        i += 1
    if i < len(tokens) and (people.leads_to_name(i) or _is_somebody(people, i)):
        people.mark_list(i, sure=False)


def _goes_on(people: People, i: int) -> bool:
    """Whether word i still belongs to the phrase before it."""
    gap = people.tokens.gap(i)
    if gap.startswith(". "):
        return "\n\n" not in gap and people.tokens.lower[i - 1] in people.trig["titles"]
    return "\n\n" not in gap and not gap.strip(" :,(-\n\"'/")


def _is_somebody(people: People, i: int) -> bool:
    if not people.could_be_name(i) or people.means_a_thing(i) or (people.caps[i] and not people.english):
        return False
    known = people.tokens.lower[i] in people.lexicon.given_names
    after_role = i > 0 and people.tokens.lower[i - 1] in people.trig["roles"]
    return not people.nouns_have_capitals or known or after_role


def _initials(people: People, i: int) -> None:
    """`read by VT`."""
    tokens = people.tokens
    form = tokens.forms[i + 1]
    signing = tokens.lower[i - 1] in people.trig["signing_verbs"] and tokens.gap(i + 1) == " "
    if signing and 2 <= len(form) <= 3 and form.isupper() and tokens.lower[i + 1] not in people.trig["no_initials"]:
        people.marked[i + 1] = True


def _before_credential(people: People, i: int) -> None:
    tokens = people.tokens
    word = tokens.lower[i]
    written = tokens.all_caps(i) or word in ("phd", "mbbs", "mbchb", "pa-c") or tokens.starts[i] in people.dotted
    gap = tokens.gap(i)
    if (
        not written
        or (word in people.trig["weak_credentials"] and gap != ", " and people.caps[i])
        or gap not in (" ", ", ", ",")
    ):
        return
    j = i - 1
    while j >= 0 and i - j <= 5:
        between = tokens.gap(j + 1) if j + 1 < i else " "
        if between not in (" ", ", ", ". ", ".", "-"):
            break
        if between == ". " and len(tokens.lower[j]) > 2:
            break
        single = len(tokens.lower[j]) == 1 and tokens.capital(j) and tokens.lower[j] != "i"
        if tokens.lower[j] in people.trig["credentials"] and between != " ":
            j -= 1
            continue
        if not (
            single
            or people.could_be_name(j)
            or (i - j <= 2 and gap == ", " and people.title_case(j) and tokens.lower[j] not in people.trig["not_names"])
        ):
            break
        people.marked[j] = True
        j -= 1
