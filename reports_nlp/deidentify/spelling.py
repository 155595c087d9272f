"""Names by their spelling, and what belongs to a name because it stands next to one."""

from __future__ import annotations

from reports_nlp.deidentify.people import People

_LONG = 8


def _foreign(form: str) -> bool:
    """Has letters of a script that Latin languages do not use in words (Greek stays: it names quantities)."""
    return any("\u0400" <= c <= "\u1dff" or c >= "\u2c80" for c in form)


def by_spelling(people: People) -> None:
    """Capitals where none are due, given names, other scripts, and in lines of capitals what is no word at all."""
    tokens = people.tokens
    for i, form in enumerate(tokens.forms):
        if people.marked[i]:
            continue
        if people.latin and not form.isascii() and _foreign(form):
            people.marked[i] = True
        elif people.no_capitals and len(form) >= 4 and people.unknown(i):
            people.marked[i] = not _is_eponym_here(people, i) and not _misspelt(people, i)
        elif form[0].isupper() and len(form) > 1:
            people.marked[i] = _looks_like_name(people, i)


def _looks_like_name(people: People, i: int) -> bool:
    tokens = people.tokens
    word, form = tokens.lower[i], tokens.forms[i]
    if word in people.lexicon.given_names and word not in people.lexicon.words and word not in people.lexicon.eponyms:
        return True
    if people.is_word(i):
        plural = form[1].isupper() and form.endswith("s")
        plain = plural or word in people.lexicon.words or word in people.lexicon.eponyms or "-" in word or "'" in word
        return _word_used_as_name(people, i) if plain else _odd_capital(people, i)
    if people.nouns_have_capitals or (not people.english and (people.caps[i] or tokens.begins_sentence(i))):
        return False
    if form.isupper() or people.caps[i]:
        return (len(form) >= 4 or not form.isascii()) and people.unknown(i) and not _misspelt(people, i)
    if len(form) == 2 and form[1].isupper():
        return False
    if people.unknown(i):
        return not _is_eponym_here(people, i) and not (tokens.begins_sentence(i) and _misspelt(people, i))
    return (
        tokens.begins_sentence(i)
        and i + 1 < len(tokens)
        and tokens.gap(i + 1) == " "
        and people.title_case(i + 1)
        and people.unknown(i + 1)
    )


def _misspelt(people: People, i: int) -> bool:
    """A long word with a letter wrong, rather than a name. Inside a sentence a capital counts for more."""
    word = people.tokens.lower[i]
    return len(word) >= _LONG and people.lexicon.is_nearly_word(word)


def _odd_capital(people: People, i: int) -> bool:
    """A capital inside a sentence, among words without: a derived word has no reason for it."""
    tokens = people.tokens
    if (
        people.caps[i]
        or tokens.all_caps(i)
        or tokens.begins_sentence(i)
        or "\n" in tokens.gap(i)
        or people.nouns_have_capitals
    ):
        return False
    return not tokens.capital(i - 1) and (
        i + 1 >= len(tokens) or not tokens.capital(i + 1) or tokens.begins_sentence(i + 1)
    )


def _is_eponym_here(people: People, i: int) -> bool:
    """Before `syndrome` or `sign` a name is a finding's."""
    nxt = i + 1
    return (
        nxt < len(people.tokens)
        and people.tokens.gap(nxt) == " "
        and people.tokens.lower[nxt] in people.trig["eponym_nouns"]
    )


def _word_used_as_name(people: People, i: int) -> bool:
    """Brown or Hill inside a sentence with a capital, among words without."""
    tokens = people.tokens
    word = tokens.lower[i]
    if _does_what_people_do(people, i):
        return True
    if word not in people.lexicon.ambiguous or word in people.lexicon.eponyms or people.caps[i]:
        return False
    return _odd_capital(people, i)


def _does_what_people_do(people: People, i: int) -> bool:
    """`Brown was informed`: also at the beginning of a sentence."""
    tokens = people.tokens
    if tokens.lower[i] not in people.lexicon.ambiguous and tokens.lower[i] not in people.lexicon.eponyms:
        return False
    nxt = i + 1
    while (
        nxt < len(tokens)
        and nxt - i <= 3
        and tokens.gap(nxt) == " "
        and tokens.lower[nxt] in ("was", "is", "has", "been", "also")
    ):
        nxt += 1
    if nxt >= len(tokens) or tokens.gap(nxt) != " " or not people.title_case(i):
        return False
    does = tokens.lower[nxt] in people.trig["surely_person_verbs"]
    told = tokens.lower[nxt] in people.trig["told_verbs"] and (
        nxt > i + 1 or tokens.lower[i] not in people.lexicon.words
    )
    return does or told


def by_neighbours(people: People) -> None:
    """Initials, particles and ambiguous words that touch a name belong to it."""
    tokens = people.tokens
    for order in (range(len(tokens)), range(len(tokens) - 1, -1, -1)):
        for i in order:
            if people.marked[i]:
                _extend(people, i, i + 1, after=True)
                _extend(people, i, i - 1, after=False)


def by_repetition(people: People) -> None:
    """A name found once is found everywhere, also in small letters and without a sign."""
    tokens = people.tokens
    marked = (i for i, yes in enumerate(people.marked) if yes and len(tokens.lower[i]) >= 4)
    found = {tokens.lower[i] for i in marked if people.unknown(i)}
    if not found:
        return
    for i, word in enumerate(tokens.lower):
        if word in found or (word.endswith("'s") and word[:-2] in found):
            people.marked[i] = True


def _extend(people: People, i: int, j: int, *, after: bool) -> None:
    tokens = people.tokens
    if not 0 <= j < len(tokens) or people.marked[j]:
        return
    gap = tokens.gap(max(i, j))
    word = tokens.lower[j]
    if gap not in (" ", ", ", ". ", ".", "-"):
        return
    if len(word) == 1 and tokens.capital(j) and word != "i" and (gap != ", " or after) and not (gap == ". " and after):
        following = tokens.text[tokens.ends[j] : tokens.ends[j] + 1]
        people.marked[j] = (
            following in (".", "", "\n", ",", " ", ";")
            if after
            else gap in (". ", ".", " ") and not (gap == " " and _named_letter(people, j))
        )
    elif (after and word in ("jr", "sr", "ii", "iii") and tokens.capital(j)) or (
        gap == " "
        and len(word) > 1
        and word in people.trig["particles"]
        and not tokens.all_caps(j)
        and _between_names(people, j, after)
    ):
        people.marked[j] = True
    elif gap in (" ", "-") and _also_a_name(people, j) and not _phrase_of_eponym(people, j, after):
        people.marked[j] = not tokens.begins_sentence(j) or (not after and word in people.lexicon.ambiguous)


def _also_a_name(people: People, j: int) -> bool:
    word = people.tokens.lower[j]
    listed = word in people.lexicon.ambiguous or word in people.lexicon.eponyms
    return listed and people.title_case(j) and word not in people.trig["not_names"]


def _named_letter(people: People, j: int) -> bool:
    """`Type A`, `hepatitis B`: the letter belongs to the word before."""
    return (
        j > 0
        and people.tokens.gap(j) == " "
        and people.tokens.lower[j - 1]
        in ("type", "grade", "stage", "vitamin", "hepatitis", "class", "zone", "level", "group")
    )


def _between_names(people: People, j: int, after: bool) -> bool:
    """A particle counts before a name, or after one when another follows."""
    if not after:
        return True
    k = j + 1
    while k < len(people.tokens) and people.tokens.gap(k) in (" ", "'", "-") and k - j <= 3:
        if people.marked[k]:
            return True
        if people.tokens.lower[k] not in people.trig["particles"]:
            return False
        k += 1
    return False


def _phrase_of_eponym(people: People, j: int, after: bool) -> bool:
    """An eponym with its noun (Foley catheter) stays when the name stands before it."""
    nxt = j + 1
    return (
        after
        and nxt < len(people.tokens)
        and people.tokens.gap(nxt) in (" ", "-")
        and people.is_word(nxt)
        and (
            people.tokens.lower[j] in people.lexicon.eponyms
            and not people.tokens.capital(nxt)
            and people.tokens.lower[nxt] not in people.trig["person_verbs"]
            and people.tokens.lower[nxt] not in people.trig["not_names"]
        )
    )
