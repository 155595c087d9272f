"""Codes: how they may be written, and which finding the longest prefix says."""

from __future__ import annotations

import pytest

from reports_nlp.sources.codes import findings_of, icd10


@pytest.mark.parametrize(("written", "code"), [
    ("J93.0", "J93.0"), ("j930", "J93.0"), (" J90 ", "J90"), ("J18.9+", "J18.9"), ("M84.48XA", "M84.48XA"),
    ("J9", ""), ("123", ""), ("J93.0.1", ""), ("", ""), ("Pneumonia", ""),
])
def test_icd10_as_people_write_it(written: str, code: str) -> None:
    assert icd10(written) == code


@pytest.mark.parametrize(("code", "findings"), [
    ("J93.0", ("Pneumothorax",)), ("J93", ("Pneumothorax",)), ("J95.811", ("Pneumothorax",)), ("J95.9", ()),
    ("J90", ("Pleural Effusion",)), ("J18.9", ("Pneumonia",)), ("J98.11", ("Atelectasis",)), ("J98.6", ()),
    ("R91.1", ("Lung Lesion",)), ("R91.8", ("Lung Opacity",)), ("I50.14", ("Edema",)), ("I50.13", ()),
    ("S22.3", ("Fracture",)), ("S22.40XA", ("Fracture",)), ("Z95.0", ("Support Devices",)), ("E11.9", ()),
    ("J94.1", ("Pleural Other", "Pleural Thickening")), ("J94.2", ("Pleural Effusion",)),
])
def test_icd10_says_findings_by_its_longest_prefix(code: str, findings: tuple[str, ...]) -> None:
    assert findings_of("icd10", code) == findings


def test_snomed_counts_only_as_a_whole() -> None:
    assert findings_of("snomed", "36118008") == ("Pneumothorax",)
    assert findings_of("snomed", "3611800") == ()
    assert findings_of("loinc", "36118008") == ()
