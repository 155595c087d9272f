"""Identifiers become keyed pseudonyms, final from the first issue on: a golden file holds them."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from pydicom.uid import UID

from imaging.dicom.keys import Keys
from tests.imaging.files import KEYS

GOLDEN = Path(__file__).parents[2] / "golden" / "keys.csv"
DERIVED = {
    "uid": lambda keys, value: keys.uid(value),
    "pseudonym": lambda keys, value: keys.pseudonym(value),
    "accession": lambda keys, value: keys.accession(value),
    "day_shift": lambda keys, value: str(keys.day_shift(value)),
    "patient digest": lambda keys, value: keys.digest("patient", value),
    "split digest": lambda keys, value: keys.digest("split", value),
    "file digest": lambda keys, value: keys.file_digest(value),
}


def rows() -> list[dict[str, str]]:
    with GOLDEN.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("row", rows(), ids=lambda row: f"{row['kind']}:{row['original'] or 'empty'}")
def test_what_the_key_derives_is_the_same_for_ever(row: dict[str, str]) -> None:
    assert DERIVED[row["kind"]](KEYS, row["original"]) == row["derived"]


def test_every_kind_is_in_the_golden_file() -> None:
    assert {row["kind"] for row in rows()} == set(DERIVED)


def test_another_key_derives_something_else() -> None:
    other = Keys(b"another key")
    for kind, derive in DERIVED.items():
        assert derive(other, "4711") != derive(KEYS, "4711"), kind


def test_uids_are_valid_and_below_the_root_for_uuids() -> None:
    for number in range(200):
        uid = UID(KEYS.uid(f"1.2.{number}"))
        assert uid.is_valid, uid
        assert uid.startswith("2.25.")


def test_the_same_text_in_two_roles_gives_unrelated_digests() -> None:
    assert KEYS.digest("patient", "4711") != KEYS.digest("accession", "4711")


def test_dates_always_move_into_the_past_by_at_most_five_years() -> None:
    shifts = [KEYS.day_shift(str(n)) for n in range(3000)]
    assert min(shifts) >= -1825
    assert max(shifts) <= -1
    assert len(set(shifts)) > 1000
