"""Of a series description only known words come in."""

from __future__ import annotations

import pytest

from imaging.dicom.described import known_words


@pytest.mark.parametrize(("description", "kept"), [
    ("t2_flair_ax", "T2 FLAIR AXIAL"),
    ("T1 SAG +C", "T1 SAGITTAL CONTRAST"),
    ("Thorax pv FS thin", "PORTAL FAT SAT THIN"),
    ("LOC survey topogram", "LOCALIZER SCOUT"),
    ("Doe John 1961-02-03 Dr. Smith 555-1234", ""),
    ("chest for DOE, PA and lat", "CHEST PA LATERAL"),
    ("", ""),
])
def test_only_words_of_the_vocabulary_pass(description: str, kept: str) -> None:
    assert known_words(description) == kept


def test_what_is_kept_fits_its_element_and_stays_as_it_is() -> None:
    kept = known_words("LOCALIZER INSPIRATION EXPIRATION SUBTRACTION MEDIASTINUM PERFUSION DIFFUSION ARTERIAL")
    assert len(kept) <= 64
    assert known_words(kept) == kept
