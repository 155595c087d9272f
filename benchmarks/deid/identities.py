"""People who do not exist: names from syllables, numbers and dates in formats drawn at run time. No list of names."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

STYLES: dict[str, tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]] = {
    # beginnings, middles, ends: syllables in the manner of a family of languages
    "english": (
        ("Wyn", "Thorn", "Hald", "Brax", "Cul", "Penh", "Tre", "Ash", "Stan", "Whit"),
        ("", "er", "in", "o", "le"),
        ("thorpe", "worthy", "combe", "sley", "wick", "gill", "ford", "hurst", "stow", "bury"),
    ),
    "slavic": (
        ("Kos", "Vladi", "Zdra", "Pet", "Bogu", "Jaro", "Milo", "Stan", "Wiecz", "Drag"),
        ("", "ko", "mi", "no", "ru"),
        ("szewski", "vich", "enko", "ova", "czyk", "slav", "ovic", "inski", "nikov", "ek"),
    ),
    "west african": (
        ("Oke", "Ade", "Chi", "Nwa", "Oba", "Iké", "Ola", "Ebe", "Uzo", "Ife"),
        ("", "ba", "lu", "di", "go"),
        ("yemi", "kwu", "tunde", "mbe", "chukwu", "wale", "sanya", "boye", "nna", "duya"),
    ),
    "south asian": (
        ("Rama", "Vish", "Chandra", "Subra", "Ananth", "Deva", "Prati", "Bhatta", "Kum", "Sri"),
        ("", "na", "ka", "va", "shi"),
        ("nathan", "murthy", "charya", "swamy", "deep", "vel", "raj", "bhai", "jit", "lal"),
    ),
    "chinese": (
        ("Zh", "X", "Q", "Sh", "Ch", "L", "W", "Y", "H", "T"),
        ("i", "ia", "ua", "e", "uo"),
        ("ng", "n", "", "o", "u", "ang", "ing", "ei"),
    ),
    "arabic": (
        ("Abdu", "Mah", "Khal", "Fari", "Zay", "Muh", "Isma", "Haf", "Suley", "Rash"),
        ("", "ma", "li", "ra", "di"),
        ("llah", "oud", "eed", "han", "mani", "iyya", "awi", "zadeh", "ouri", "een"),
    ),
    "spanish": (
        ("Gonz", "Ech", "Ximen", "Arre", "Izag", "Men", "Vill", "Quint", "Zald", "Urru"),
        ("", "a", "ev", "ue", "al"),
        ("ález", "arri", "ero", "ondo", "illo", "endía", "uñez", "eta", "ívar", "ona"),
    ),
    "german": (
        ("Schü", "Krö", "Wein", "Bräu", "Läng", "Hof", "Ober", "Nie", "Zim", "Gröt"),
        ("", "ter", "den", "mel", "en"),
        ("ßler", "hauer", "mayer", "bach", "müller", "stätter", "rich", "lein", "hardt", "kamp"),
    ),
    "vietnamese": (
        ("Ngu", "Tr", "Ph", "Hu", "Đ", "V", "B", "Th", "Qu", "L"),
        ("y", "ươ", "ạ", "ỳ", "ă", "ê"),
        ("ễn", "ng", "nh", "m", "n", "c"),
    ),
    "polynesian": (
        ("Kea", "Lo", "Tui", "Fa", "Ma", "Va", "Ha", "Pu", "Tau", "Wai"),
        ("lo", "ka", "hi", "nu", "le"),
        ("hana", "loa", "kai", "moana", "fale", "tane", "lani", "uta", "mea", "pili"),
    ),
    "celtic": (
        ("Gall", "Don", "Eogh", "Bran", "Cael", "Finn", "Siob", "Aoif", "Muir", "Tadh"),
        ("", "a", "e", "i"),
        ("gan", "ghal", "chaidh", "nagh", "rick", "uin", "hán", "mhne", "goch", "wen"),
    ),
    "greek": (
        ("Papa", "Kara", "Theo", "Xeno", "Dimi", "Stav", "Pana", "Gian", "Mav", "Kyri"),
        ("", "ni", "do", "ko", "ga"),
        ("poulos", "kis", "dakis", "idis", "giotis", "oglou", "phontas", "trios", "kou", "lis"),
    ),
}
PARTICLES = ("de la", "van der", "von", "al", "bin", "del", "di", "van")


@dataclass(frozen=True)
class Canary:
    """A string that must not survive; kind as reports call it."""

    text: str
    kind: str


Draw = random.Random


def word(rng: Draw, style: str) -> str:
    begin, middle, end = STYLES[style]
    made = rng.choice(begin) + rng.choice(middle) + rng.choice(end)
    return made[0].upper() + made[1:]


def surname(rng: Draw, style: str, is_listed: Callable[[str], bool]) -> str:
    """One family name: plain, hyphenated, with an apostrophe or a particle; never one that the product lists."""
    while True:
        one = word(rng, style)
        if len(one) < 3 or is_listed(one.lower()):
            continue
        shape = rng.random()
        if shape < 0.12:
            two = word(rng, rng.choice(list(STYLES)))
            if len(two) > 2 and not is_listed(two.lower()):
                return f"{one}-{two}"
        elif shape < 0.20:
            return rng.choice(("O'", "D'", "Mc", "Mac", "O’", "N'")) + one
        elif shape < 0.28:
            return f"{rng.choice(PARTICLES)} {one}"
        return one


def given(rng: Draw, style: str, is_listed: Callable[[str], bool]) -> str:
    while True:
        one = word(rng, style)
        if len(one) > 2 and not is_listed(one.lower()):
            return one


def full_name(rng: Draw, is_listed: Callable[[str], bool]) -> tuple[str, str, str]:
    """First, middle initial (may be empty), last."""
    style = rng.choice(list(STYLES))
    return (
        given(rng, style, is_listed),
        rng.choice(("", "", rng.choice("ABCDEFGHJKLMNPRSTW"))),
        surname(rng, style, is_listed),
    )


def digits(rng: Draw, n: int) -> str:
    return str(rng.randint(1, 9)) + "".join(str(rng.randint(0, 9)) for _ in range(n - 1))


def code(rng: Draw) -> str:
    """An identifier of a shape drawn at run time: groups, letters, separators."""
    separator = rng.choice(("", "", "-", ".", "/"))
    prefix = "".join(rng.choice("ABCDEGHKMNPRSTUWXYZ") for _ in range(rng.randint(0, 3)))
    groups = [digits(rng, rng.randint(3, 5)) for _ in range(rng.randint(2, 3))]
    return (prefix + (separator if prefix and rng.random() < 0.5 else "") + separator.join(groups)) or digits(rng, 8)


def phone(rng: Draw) -> str:
    a, b, c = digits(rng, 3), digits(rng, 3), digits(rng, 4)
    return rng.choice(
        (
            f"({a}) {b}-{c}",
            f"{a}-{b}-{c}",
            f"{a}.{b}.{c}",
            f"+1 {a} {b} {c}",
            f"{a} {b} {c}",
            f"1-{a}-{b}-{c}",
            f"+49 {a} {b}{c}",
            f"+34 9{a[:2]} {b} {c[:3]}",
            f"0{a} {b} {c}",
            f"{a}-{b}-{c} x{digits(rng, 4)}",
            f"+44 20 {c} {digits(rng, 4)}",
        )
    )


MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)


def day(rng: Draw) -> date:
    return date(1931, 1, 1) + timedelta(days=rng.randint(0, 34000))


def written_date(rng: Draw, when: date) -> str:
    """A whole day in a format drawn from separators, orders, paddings and month names."""
    month = rng.choice((MONTHS[when.month - 1], MONTHS[when.month - 1][:3], MONTHS[when.month - 1][:3].upper()))
    d = rng.choice((str(when.day), f"{when.day:02}"))
    m = rng.choice((str(when.month), f"{when.month:02}"))
    year = rng.choice((str(when.year), f"{when.year % 100:02}"))
    separator = rng.choice("/-.")
    ending = {1: "st", 2: "nd", 3: "rd"}.get(when.day % 10 if when.day not in (11, 12, 13) else 0, "th")
    return rng.choice(
        (
            separator.join((m, d, year)),
            separator.join((d, m, str(when.year))),
            f"{when.year}{separator}{when.month:02}{separator}{when.day:02}",
            f"{when:%Y%m%d}",
            f"{month} {d}, {when.year}",
            f"{d} {month} {when.year}",
            f"{d}-{month}-{year}",
            f"{month} {when.day}{ending}, {when.year}",
            f"the {when.day}{ending} of {MONTHS[when.month - 1]} {when.year}",
            f"{d}{month.upper()}{when.year}",
            f"{when:%A}, {MONTHS[when.month - 1]} {when.day}, {when.year}",
            f"{when:%Y-%m-%d}T{rng.randint(0, 23):02}:{rng.randint(0, 59):02}:{rng.randint(0, 59):02}",
        )
    )


def partial_date(rng: Draw, when: date) -> str:
    """Part of a date, as comparisons name it."""
    month = MONTHS[when.month - 1]
    return rng.choice(
        (
            f"{month} {when.year}",
            f"{month[:3]} {when.year}",
            f"{when.month}/{when.year}",
            f"{month} {when.day}",
            f"{when.month}/{when.day}",
            f"{month[:3]} '{when.year % 100:02}",
        )
    )


def clock(rng: Draw) -> str:
    h, m = rng.randint(0, 23), rng.randint(0, 59)
    half = "am" if h < 12 else "pm"
    return rng.choice(
        (
            f"{h:02}:{m:02}",
            f"{h % 12 or 12}:{m:02} {half}",
            f"{h % 12 or 12}:{m:02}{half.upper()}",
            f"{h:02}{m:02} hours",
            f"{h:02}:{m:02}:{rng.randint(0, 59):02}",
            f"{h % 12 or 12}:{m:02} {half[0]}.m.",
        )
    )
