"""Reports about invented people: pieces of text, each either a canary or words that should stay."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field

from benchmarks.deid import identities as make
from benchmarks.deid.sentences import SENTENCES

Piece = tuple[str, str]
"""Text and kind; an empty kind: words that should stay."""

_HEADS = (
    "Hospital",
    "Medical Center",
    "Regional Medical Center",
    "Memorial Hospital",
    "Clinic",
    "University Hospital",
    "Health System",
    "Community Hospital",
)
_STREETS = ("Street", "Avenue", "Road", "Lane", "Drive", "Boulevard", "Court", "St", "Ave", "Rd")


@dataclass
class Written:
    """A report with what it must lose and what it must keep."""

    text: str = ""
    canaries: list[tuple[int, int, str]] = field(default_factory=list)
    known: tuple[str, ...] = ()

    def add(self, text: str, kind: str = "") -> None:
        if kind:
            self.canaries.append((len(self.text), len(self.text) + len(text), kind))
        self.text += text


@dataclass
class Person:
    first: str
    middle: str
    last: str

    def western(self) -> str:
        return " ".join(p for p in (self.first, self.middle, self.last) if p)

    def reversed(self) -> str:
        return f"{self.last}, {self.first}" + (f" {self.middle}" if self.middle else "")


def _person(rng: random.Random, listed: Callable[[str], bool]) -> Person:
    return Person(*make.full_name(rng, listed))


def _name(rng: random.Random, p: Person) -> str:
    return rng.choice(
        (p.western(), p.western(), p.reversed(), f"{p.first[0]}. {p.last}", p.last, f"{p.first} {p.last}")
    )


def _header(rng: random.Random, who: Person, listed: Callable[[str], bool]) -> list[Piece]:
    doctor = _person(rng, listed)
    lines: list[list[Piece]] = [
        [
            (rng.choice(("Patient Name: ", "PATIENT: ", "Name: ", "Patient: ")), ""),
            (rng.choice((who.western(), who.reversed())), "name"),
        ],
        [
            (rng.choice(("MRN: ", "MRN ", "Medical Record Number: ", "MR#: ", "Patient ID: ")), ""),
            (make.code(rng), "id"),
        ],
        [(rng.choice(("Accession: ", "Accession #: ", "Acc No. ", "Accession Number ")), ""), (make.code(rng), "id")],
        [
            (rng.choice(("DOB: ", "Date of Birth: ", "Birth date: ")), ""),
            (make.written_date(rng, make.day(rng)), "date"),
        ],
        [
            (rng.choice(("Exam date: ", "Date of exam: ", "Date: ")), ""),
            (make.written_date(rng, make.day(rng)), "date"),
        ],
        [
            (rng.choice(("Referring Physician: ", "Ordering provider: ", "Attending: ", "Requested by: ")), ""),
            (_name(rng, doctor), "name"),
        ],
        [("SSN: ", ""), (f"{make.digits(rng, 3)}-{make.digits(rng, 2)}-{make.digits(rng, 4)}", "id")],
        [(rng.choice(("Phone: ", "Tel. ", "Telephone: ")), ""), (make.phone(rng), "phone")],
        [("Address: ", ""), *_address(rng, listed)],
    ]
    rng.shuffle(lines)
    out: list[Piece] = []
    for line in lines[: rng.randint(2, len(lines))]:
        out += [*line, (rng.choice(("\n", "\n", "   ", "\t")), "")]
    return [*out, ("\n", "")]


def _place(rng: random.Random, listed: Callable[[str], bool]) -> str:
    return make.given(rng, rng.choice(("english", "celtic", "spanish", "german", "slavic")), listed)


def _address(rng: random.Random, listed: Callable[[str], bool]) -> list[Piece]:
    street = f"{rng.randint(1, 9999)} {_place(rng, listed)} {rng.choice(_STREETS)}"
    return [
        (street, "address"),
        (", ", ""),
        (_place(rng, listed), "place"),
        (", ", ""),
        (rng.choice(("CA", "NY", "TX", "OH", "IN")), "state"),
        (" ", ""),
        (make.digits(rng, 5), "id"),
    ]


def institution(rng: random.Random, listed: Callable[[str], bool]) -> str:
    name = _place(rng, listed)
    return rng.choice(
        (
            f"St. {name}'s {rng.choice(_HEADS)}",
            f"{name} {rng.choice(_HEADS)}",
            f"{name} County Hospital",
            f"University of {name}",
            f"{name} General Hospital",
        )
    )


def _sentence(rng: random.Random, who: Person, listed: Callable[[str], bool], known: bool) -> list[Piece]:
    doc, other = _person(rng, listed), _person(rng, listed)
    when, then = make.day(rng), make.day(rng)
    name, both, date, phone = "name", f"{other.first} {other.last}", make.written_date(rng, when), make.phone(rng)
    choices: list[list[Piece]] = [
        [
            ("Findings were discussed with Dr. ", ""),
            (_name(rng, doc), name),
            (" at ", ""),
            (make.clock(rng), "time"),
            (" on ", ""),
            (date, "date"),
            (".", ""),
        ],
        [("These results were called to ", ""), (both, name), (", RN by telephone at the time of dictation.", "")],
        [("Compared to the prior study dated ", ""), (date, "date"), (", there is no significant change.", "")],
        [
            ("Comparison: CT of ", ""),
            (date, "date"),
            (" and radiograph from ", ""),
            (make.partial_date(rng, then), "date"),
            (".", ""),
        ],
        [("Mr. ", ""), (other.last, name), (" was informed and will return in 2 weeks.", "")],
        [
            ("Mrs. ", ""),
            (other.last, name),
            (" and her daughter ", ""),
            (doc.first, name),
            (" understand the recommendation.", ""),
        ],
        [("Case reviewed with ", ""), (_name(rng, doc), name), (", M.D., who agrees with the interpretation.", "")],
        [
            ("Dr. ", ""),
            (doc.last, name),
            (" was paged at ", ""),
            (make.digits(rng, 5), "id"),
            (" and acknowledged the finding.", ""),
        ],
        [("Please call ", ""), (phone, "phone"), (" with questions.", "")],
        [("Outside images from ", ""), (institution(rng, listed), "institution"), (" were reviewed.", "")],
        [
            ("Patient transferred from ", ""),
            (institution(rng, listed), "institution"),
            (" for higher level of care.", ""),
        ],
        [("History: ", ""), (str(rng.randint(90, 107)), "age"), ("-year-old man with chest pain.", "")],
        [
            ("A ", ""),
            (str(rng.randint(90, 104)), "age"),
            (" year old woman who lives in ", ""),
            (_place(rng, listed), "place"),
            (" fell at home.", ""),
        ],
        [("The pacemaker (serial number ", ""), (make.code(rng), "id"), (") is unchanged in position.", "")],
        [("Order number ", ""), (make.code(rng), "id"), (" was cancelled.", "")],
        [
            ("Report sent to ", ""),
            (
                f"{doc.first.lower()}.{other.first.lower()}@{make.word(rng, 'english').lower()}.org".encode(
                    "ascii", "ignore"
                ).decode(),
                "email",
            ),
            (" for review.", ""),
        ],
        [
            ("Images are at ", ""),
            (f"https://pacs.{make.word(rng, 'english').lower()}.net/study/{make.digits(rng, 6)}", "url"),
            (" for the team.", ""),
        ],
        [
            ("Workstation ", ""),
            (f"10.{rng.randint(0, 255)}.{rng.randint(0, 255)}.{rng.randint(1, 254)}", "ip"),
            (" was used.", ""),
        ],
        [("cc: Dr. ", ""), (doc.western(), name), ("; Dr. ", ""), (other.western(), name), ("\n", "")],
        [("Technologist: ", ""), (both, name), ("\n", "")],
        [("Seen by ", ""), (_name(rng, doc), name), (" in consultation.", "")],
        [("The patient's wife, ", ""), (other.first, name), (", provided the history.", "")],
        [("Bed in Room ", ""), (make.digits(rng, 3) + rng.choice("ABCD"), "id"), (", portable technique.", "")],
    ]
    choices += [
        [("Attn: ", ""), (_name(rng, doc), name), ("\n", "")],
        [("Preliminary read by ", ""), (both, name), (", PGY-3, at ", ""), (make.clock(rng), "time"), (".", "")],
        [("I, ", ""), (doc.western(), name), (", have personally reviewed the images.", "")],
        [("Addendum by ", ""), (_name(rng, doc), name), (" on ", ""), (date, "date"), (": no change.", "")],
        [("The on-call resident, ", ""), (both, name), (", was informed.", "")],
        [("Critical result was read back by ", ""), (both, name), (", RN.", "")],
        [
            ("Procedure performed by Drs. ", ""),
            (doc.last, name),
            (" and ", ""),
            (other.last, name),
            (" with the usual technique.", ""),
        ],
        [
            ("Consent was obtained from ", ""),
            (other.first, name),
            (" (son) by phone at ", ""),
            (phone, "phone"),
            (".", ""),
        ],
        [
            ("Patient discharged to ", ""),
            (f"{_place(rng, listed)} Nursing Home", "institution"),
            (" in stable condition.", ""),
        ],
        [("Discussed w/ ", ""), (both, name), (" via secure chat.", "")],
        [
            ("D/w Dr. ", ""),
            (doc.last, name),
            (" ", ""),
            (make.clock(rng), "time"),
            (" ", ""),
            (date, "date"),
            (".", ""),
        ],
        [("Implanted on ", ""), (date, "date"), (" (lot # ", ""), (make.code(rng), "id"), (").", "")],
        [("Encounter: ", ""), (make.code(rng), "id"), (", Visit # ", ""), (make.code(rng), "id"), ("\n", "")],
        [("Thank you for referring Ms. ", ""), (other.last, name), (".\n", "")],
        [("At the request of Dr. ", ""), (doc.western(), name), (", additional views were obtained.", "")],
        [("Pt ", ""), (other.last, name), (", age ", ""), (str(rng.randint(90, 104)), "old"), (", fell.", "")],
        [("RESIDENT: ", ""), (doc.reversed(), name), ("   FELLOW: ", ""), (both, name), ("\n", "")],
        [("Paged ", ""), (doc.last, name), (" (pager ", ""), (make.digits(rng, 4), "id"), (") without response.", "")],
        [("Fax: ", ""), (phone, "phone"), ("\n", "")],
        [
            ("Prior from ", ""),
            (institution(rng, listed), "institution"),
            (" dated ", ""),
            (date, "date"),
            (" was used.", ""),
        ],
        [("Surgery by ", ""), (both, name), (", MD, on ", ""), (date, "date"), (".", "")],
        [("Mother's name: ", ""), (both, name), ("\n", "")],
        [("Her brother ", ""), (other.first, name), (" has the same mutation.", "")],
        [("Examined on ", ""), (f"{when.month}/{when.day}", "date"), (" and again on ", ""), (date, "date"), (".", "")],
        [("Report by ", ""), (doc.last, name), (" was finalized.", "")],
        [("The family of Mr. ", ""), (other.last, name), (" was present.", "")],
        [("Radiologist ", ""), (both, name), (" agrees.", "")],
    ]
    if known:
        choices += [
            [(who.last, name), (" tolerated the procedure well.", "")],
            [("In summary, ", ""), (who.first.lower(), name), (" has stable disease.", "")],
            [("Signed consent was obtained from ", ""), (who.western().lower(), name), (" today.", "")],
            [("History per ", ""), (who.last.upper(), name), (" is limited.", "")],
        ]
    return rng.choice(choices)


def _footer(rng: random.Random, listed: Callable[[str], bool]) -> list[Piece]:
    doc, typist = _person(rng, listed), "".join(rng.choice("abcdefghjklmnprstw") for _ in range(rng.choice((2, 3))))
    d, t = make.written_date(rng, make.day(rng)), make.written_date(rng, make.day(rng))
    initials = (doc.first[0] + doc.last.lstrip("'’ ")[0]).upper()
    sign: list[list[Piece]] = [
        [("Dictated by: ", ""), (_name(rng, doc), "name"), (", M.D.\n", "")],
        [
            ("Electronically signed by ", ""),
            (doc.western(), "name"),
            (" MD on ", ""),
            (d, "date"),
            (" ", ""),
            (make.clock(rng), "time"),
            ("\n", ""),
        ],
        [(f"{initials}/{typist}", "initials"), (" D: ", ""), (d, "date"), (" T: ", ""), (t, "date"), ("\n", "")],
        [("Transcribed by ", ""), (doc.first, "name"), (" on ", ""), (d, "date"), ("\n", "")],
        [("Signed: ", ""), (_name(rng, doc), "name"), ("\n", "")],
    ]
    return rng.choice(sign)


def write_report(rng: random.Random, listed: Callable[[str], bool]) -> Written:
    """One report of one invented person, in mixed case, capitals or small letters, with and without headings."""
    who = _person(rng, listed)
    headed = rng.random() < 0.6
    has_known = rng.random() < 0.5
    pieces: list[Piece] = _header(rng, who, listed) if headed else []
    for number in range(rng.randint(3, 6)):
        if headed and number in (0, 2) and rng.random() < 0.7:
            pieces.append((("FINDINGS: ", "IMPRESSION: ")[number // 2], ""))
        pieces += [(rng.choice(SENTENCES), ""), (" ", "")]
        if rng.random() < 0.6:
            pieces += [*_sentence(rng, who, listed, has_known), (rng.choice((" ", "\n")), "")]
    pieces += [
        *_sentence(rng, who, listed, has_known),
        ("\n", ""),
        *(_footer(rng, listed) if rng.random() < 0.7 else []),
    ]
    case = rng.choices(("mixed", "upper", "lower"), (0.7, 0.2, 0.1))[0]
    written = Written()
    for text, kind in pieces:
        if case == "upper" or (case == "lower" and kind != "place"):
            text = text.upper() if case == "upper" else text.lower()
        written.add(text, kind)
    if has_known:
        written.known = (rng.choice((f"{who.last}^{who.first}^{who.middle}", who.western(), who.reversed().upper())),)
    return written
