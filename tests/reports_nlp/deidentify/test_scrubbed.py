"""The shape of the answer: coordinates, shifted dates, any Unicode, any length."""

from __future__ import annotations

import dataclasses
import random
import string
from datetime import date

import pytest

from reports_nlp.deidentify import Kind, Removed, scrub

TEXT = "Mr. Okembe, MRN 445566, seen 03/04/2013 with Dr. Vance-Tullow (pager 4821)."


def rebuilt(original: str, answer: object) -> str:
    """The new text, put together from the old one and the two lists of spans."""
    parts, at = [], 0
    for (start, end, _), (new_start, new_end) in zip(answer.removed, answer.placeholders, strict=True):  # type: ignore[attr-defined]
        parts += [original[at:start], answer.text[new_start:new_end]]  # type: ignore[attr-defined]
        at = end
    return "".join([*parts, original[at:]])


def test_removed_points_at_the_original_and_placeholders_at_the_answer() -> None:
    answer = scrub(TEXT)
    assert [(TEXT[r.start : r.end], r.kind) for r in answer.removed] == [
        ("Okembe", Kind.NAME),
        ("445566", Kind.ID),
        ("03/04/2013", Kind.DATE),
        ("Vance-Tullow", Kind.NAME),
        ("4821", Kind.PHONE),
    ]
    assert [answer.text[a:b] for a, b in answer.placeholders] == ["[NAME]", "[ID]", "[DATE]", "[NAME]", "[PHONE]"]
    assert rebuilt(TEXT, answer) == answer.text
    assert answer.removed[0] == Removed(4, 10, Kind.NAME)


def test_the_answer_cannot_be_changed_and_counts_are_all_that_may_be_told() -> None:
    answer = scrub(TEXT)
    with pytest.raises(dataclasses.FrozenInstanceError):
        answer.text = ""  # type: ignore[misc]
    assert answer.counts() == {"NAME": 2, "ID": 1, "DATE": 1, "PHONE": 1}


def test_shifted_dates_keep_their_intervals_and_partial_ones_go() -> None:
    answer = scrub("CT 03/04/2013, then 2013-03-14 and 24 March 2013; since March 2012, on 4/5.", day_shift=-100).text
    assert answer == "CT [DATE 2012-11-24], then [DATE 2012-12-04] and [DATE 2012-12-14]; since [DATE], on [DATE]."
    assert (date(2012, 12, 4) - date(2012, 11, 24)).days == 10


def test_the_language_says_which_number_is_the_day() -> None:
    text = "Vergleich 05.12.2013"
    assert scrub(text, day_shift=0, language="de").text == "Vergleich [DATE 2013-12-05]"
    assert scrub("prior 05/12/2013", day_shift=0).text == "prior [DATE 2013-05-12]"
    assert scrub("prior 05/12/2013", day_shift=0, language="en-GB").text == "prior [DATE 2013-12-05]"
    assert scrub("prior 25/12/2013", day_shift=0).text == "prior [DATE 2013-12-25]"


def test_a_shift_out_of_the_calendar_is_only_a_date() -> None:
    assert scrub("on 03/04/2013", day_shift=10**9).text == "on [DATE]"


@pytest.mark.parametrize("bad", [None, 3, b"text", ["text"]])
def test_anything_but_text_is_refused(bad: object) -> None:
    with pytest.raises(TypeError):
        scrub(bad)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "\n",
        "\x00",
        "\ud800",
        "[",
        "[NAME",
        "[DATE 2013-",
        "XXXX",
        "___",
        "🫁",
        "\u200b",
        "e\u0301",
        "İ",
        "ß",
        "²½",
    ],
)
def test_odd_texts_pass(text: str) -> None:
    assert scrub(text).text == text


@pytest.mark.parametrize(
    "written",
    [
        "Dr. Ok\u00ademberova",
        "Dr. Ok\u200bemberova",
        "Dr.\u00a0Okemberova",
        "Dr. O\u2019kemberova",
        "Dr. Oke\u0301mberova",
        "DR\u2009OKEMBEROVA",
        "MRN\u00a0４４５５６６",
        "MRN ٤٤٥٥٦٦",
        "03\u20114\u20112013",
        "03／04／2013",
        "okemberova＠vance.org",
    ],
)
def test_invisible_and_wide_characters_hide_nothing(written: str) -> None:
    answer = scrub(f"Today {written} was noted.")
    assert answer.removed
    assert not any(
        part in answer.text for part in ("emberova", "mberova", "EMBER", "kember", "5566", "٥", "４", "2013", "／")
    )
    assert rebuilt(f"Today {written} was noted.", answer) == answer.text


def test_random_texts_are_rebuilt_from_their_spans_and_a_second_time_changes_nothing() -> None:
    rng = random.Random(11)
    words = [
        "Dr.",
        "Okembe",
        "von",
        "MRN",
        "12/03",
        "2013",
        "5",
        "cm",
        "at",
        "[NAME]",
        "XXXX",
        ",",
        ":",
        "\n",
        "lungs",
        "HART",
        "é",
        "ﬁ",
        "\u200b",
        "St.",
        "Hospital",
        "10:30",
        "-",
        "/",
        "by",
    ]
    for _ in range(400):
        text = "".join(rng.choice(words) + rng.choice(("", " ", " ")) for _ in range(rng.randint(1, 30)))
        answer = scrub(text, known=("Hart^Ann",), day_shift=rng.choice((None, -9)))
        assert rebuilt(text, answer) == answer.text
        assert [r.start for r in answer.removed] == sorted(r.start for r in answer.removed)
        assert scrub(answer.text, known=("Hart^Ann",), day_shift=-9).text == answer.text
    for _ in range(200):
        noise = "".join(rng.choice(string.printable) for _ in range(rng.randint(1, 60)))
        once = scrub(noise).text
        assert scrub(once).text == once


@pytest.mark.timeout(120)
@pytest.mark.parametrize(
    "piece",
    ["The lungs are clear. ", "Dr. Okembe, ", "1-", "01.01.", "Okembe Hospital, ", "a@", "Dr. ", "A. ", "1 ", "name: "],
)
def test_a_long_text_takes_linear_time(piece: str) -> None:
    """A megabyte of plain report, 100 kB of each piece that would hurt: a quadratic step would take hours."""
    size = 1_000_000 if piece.startswith("The") else 100_000
    answer = scrub(piece * (size // len(piece)), known=("Hart^Bones", "12345"))
    assert len(answer.text) > 0


def test_nothing_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(0):
        scrub(TEXT, known=("Okembe",))
    assert caplog.records == []
