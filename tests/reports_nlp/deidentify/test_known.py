"""What the record's header says of a person is found wherever it stands; words of the findings are left alone."""

from __future__ import annotations

import pytest

from reports_nlp.deidentify import scrub

KNOWN = ("O'Donnell^Wynthorpe^J^^Dr", "van der Berghoek", "Ng, Li", "00123456", "A-1234", "19570312")


@pytest.mark.parametrize(
    "written",
    [
        "odonnell",
        "o donnell",
        "O’DONNELL",
        "O'Donnell's",
        "ODonnel",
        "WYNTHORPE",
        "wynthrope",
        "wynthorpe-jones",
        "O'Donnell, Wynthorpe J",
        "wynthorpe j. o'donnell",
        "wynthorpeodonnell",
        "VanDerBerghoek",
        "van der berghoek",
        "Ng",
        "W.O.",
        "wyntho\u00adrpe",
        "W\u200bynthorpe",
        "WYNTHORPE123",
    ],
)
def test_a_known_name_goes_in_any_order_case_and_with_a_letter_wrong(written: str) -> None:
    answer = scrub(f"the lungs of {written} are clear.", known=KNOWN).text
    assert answer.startswith("the lungs of [NAME]")
    assert answer.endswith(" are clear.")


@pytest.mark.parametrize(
    "written", ["123456", "00123456", "12-34-56", "0012 3456", "A1234", "a-1234", "A.1234", "1957-03-12", "03/12/1957"]
)
def test_a_known_number_goes_with_any_separators(written: str) -> None:
    answer = scrub(f"seen as {written} before", known=KNOWN).text
    assert not any(character.isdigit() for character in answer)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Bones are intact.", "Bones are intact."),
        ("The bones are osteopenic.", "The bones are osteopenic."),
        ("BONES ARE INTACT.", "BONES ARE INTACT."),
        ("Mr Bones was seen.", "Mr [NAME] was seen."),
        ("The patient Bones is here.", "The patient [NAME] is here."),
        ("Bones denies pain.", "[NAME] denies pain."),
        ("The lungs of Bones are clear.", "The lungs of [NAME] are clear."),
        ("bones, hart", "[NAME]"),
        ("Hart was seen, and hart too.", "[NAME] was seen, and [NAME] too."),
        ("HEART SIZE IS NORMAL IN HART.", "HEART SIZE IS NORMAL IN [NAME]."),
        ("The heart is normal.", "The heart is normal."),
    ],
)
def test_context_decides_for_names_that_are_words(text: str, expected: str) -> None:
    assert scrub(text, known=("HART^BONES",)).text == expected


def test_words_one_letter_from_a_name_stay() -> None:
    text = "The breast and chest are normal, no lesion of the liver."
    assert scrub(text, known=("Brest Chesta Livers Lesione",)).text == text


def test_grammar_is_not_a_name() -> None:
    text = "There may be an effusion, and it will do no harm to him."
    assert scrub(text, known=("May Will", "An Do")).text == text


def test_known_of_one_text_is_refused() -> None:
    with pytest.raises(TypeError):
        scrub("a", known="Okembe")


def test_empty_and_odd_identifiers_do_nothing() -> None:
    assert scrub("The lungs are clear.", known=("", " ", "^", "-", "0", "00")).text == "The lungs are clear."
