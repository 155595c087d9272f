"""Nothing that names a person passes the door, wherever in the file it stands."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from imaging.dicom.deidentify import METHOD, age_years, deidentify, shifted
from imaging.dicom.errors import ImportRefused
from tests.imaging.files import KEYS, PHI, ct

SECRET = "SECRET-7391"


def clean(dataset: Dataset, patient_id: str = "4711") -> Dataset:
    return deidentify(dataset, KEYS, patient_id=patient_id)


def everything(dataset: Dataset) -> str:
    """All values at all depths, and the private and unknown ones with them."""
    return "\n".join(f"{element.tag} {element.value!r}" for element in dataset.iterall())


FREE_TEXT = """
    PatientName OtherPatientNames PatientBirthName PatientAddress PatientTelephoneNumbers PatientComments
    EthnicGroup Occupation MilitaryRank PatientReligiousPreference MedicalRecordLocator ReferringPhysicianName
    PerformingPhysicianName OperatorsName RequestingPhysician NameOfPhysiciansReadingStudy InstitutionName
    InstitutionAddress InstitutionalDepartmentName StationName DeviceSerialNumber StudyDescription SeriesDescription
    ProtocolName ImageComments AdditionalPatientHistory RequestedProcedureDescription ReasonForStudy AdmissionID
    StudyID DerivationDescription TextComments ContrastBolusAgent InterpretationText PatientInsurancePlanCodeSequence
""".split()  # noqa: SIM905  (a table reads better)


@pytest.mark.parametrize("keyword", FREE_TEXT)
def test_free_text_stays_behind(keyword: str) -> None:
    dataset = ct()
    if keyword.endswith("Sequence"):
        item = Dataset()
        item.CodeMeaning = SECRET
        setattr(dataset, keyword, Sequence([item]))
    else:
        setattr(dataset, keyword, SECRET)
    assert SECRET not in everything(clean(dataset))


def _nested(dataset: Dataset) -> None:
    inner, outer = Dataset(), Dataset()
    inner.PatientName = SECRET
    outer.ReferencedStudySequence = Sequence([inner])
    dataset.RequestAttributesSequence = Sequence([outer])


def _private(dataset: Dataset) -> None:
    dataset.private_block(0x0029, "ACME", create=True).add_new(0x10, "LO", SECRET)


def _overlay(dataset: Dataset) -> None:
    dataset.add_new(0x60004000, "LT", SECRET)


def _curve(dataset: Dataset) -> None:
    dataset.add_new(0x50003000, "OW", SECRET.encode() + b" ")


def _enhanced(dataset: Dataset) -> None:
    measures, group = Dataset(), Dataset()
    measures.PixelSpacing, measures.ImageComments = [1, 1], SECRET
    group.PixelMeasuresSequence = Sequence([measures])
    dataset.SharedFunctionalGroupsSequence = Sequence([group])


def _number_field(dataset: Dataset) -> None:
    dataset.add_new(0x00280030, "LO", [SECRET, "0.7"])


def _lut_with_a_note(dataset: Dataset) -> None:
    table = Dataset()
    table.LUTDescriptor, table.LUTData, table.LUTExplanation = [2, 0, 16], b"\0\0\1\1", SECRET
    dataset.VOILUTSequence = Sequence([table])


def _known_term(dataset: Dataset) -> None:
    dataset.BodyPartExamined = SECRET
    dataset.ViewPosition = SECRET


@pytest.mark.parametrize(
    "hide", [_nested, _private, _overlay, _curve, _enhanced, _number_field, _lut_with_a_note, _known_term]
)
def test_there_is_no_hiding_place(hide: Any) -> None:
    dataset = ct()
    hide(dataset)
    assert SECRET in everything(dataset) or SECRET.encode() in b"".join(
        e.value for e in dataset.iterall() if isinstance(e.value, bytes)
    )
    answer = clean(dataset)
    assert SECRET not in everything(answer)
    assert SECRET.encode() not in b"".join(e.value for e in answer.iterall() if isinstance(e.value, bytes))


def test_identifiers_become_pseudonyms_and_dates_move() -> None:
    answer = clean(ct())
    assert answer.PatientID == answer.PatientName == KEYS.pseudonym("4711")
    assert answer.AccessionNumber == KEYS.accession("ACC-99")
    assert answer.StudyInstanceUID == KEYS.uid("1.2.3.10")
    assert answer.SOPInstanceUID == KEYS.uid("1.2.3.30.1.20")
    assert answer.FrameOfReferenceUID == KEYS.uid("1.2.3.40")
    moved = date.fromisoformat(answer.StudyDate) - date(2024, 3, 10)
    assert moved.days == KEYS.day_shift("4711")
    assert {answer.PatientBirthDate, answer.StudyTime, answer.StudyID, str(answer.ReferringPhysicianName)} == {""}
    text = everything(answer)
    for original in ("4711 ", PHI, "ACC-99", "1.2.3.10", "19610215", "20240310"):
        assert original not in text


def test_intervals_between_a_patients_studies_stay() -> None:
    first, second = clean(ct(StudyDate="20240310")), clean(ct(StudyDate="20240401"))
    assert (date.fromisoformat(second.StudyDate) - date.fromisoformat(first.StudyDate)).days == 22


def test_the_result_says_what_was_done() -> None:
    answer = clean(ct())
    assert (answer.PatientIdentityRemoved, answer.DeidentificationMethod) == ("YES", METHOD)


def test_geometry_and_rescale_pass_unchanged() -> None:
    answer = clean(ct())
    assert list(answer.PixelSpacing) == [0.7, 0.8]
    assert list(answer.ImagePositionPatient) == [-10, -20, 2.5]
    assert (answer.RescaleIntercept, answer.RescaleSlope, answer.BitsStored, answer.Modality) == (-1024, 1, 12, "CT")


def test_burned_in_text_is_refused() -> None:
    with pytest.raises(ImportRefused, match="burned into its pixels"):
        clean(ct(BurnedInAnnotation="YES"))


AGES = [
    # age, birth date, study date, whole years
    ("045Y", "", "", 45), ("018M", "", "", 1), ("012W", "", "", 0), ("093Y", "", "", 90), ("abc", "", "", None),
    ("", "19610215", "20240310", 63), ("", "19610415", "20240310", 62), ("", "19200101", "20240101", 90),
    ("", "20250101", "20240101", None), ("", "", "20240101", None), ("", "19610215", "", None),
    ("", "1961", "2024", None),
]


@pytest.mark.parametrize(("age", "born", "seen", "years"), AGES)
def test_age_is_whole_years_and_stops_at_ninety(age: str, born: str, seen: str, years: int | None) -> None:
    dataset = Dataset()
    dataset.PatientAge, dataset.PatientBirthDate, dataset.StudyDate = age, born, seen
    assert age_years(dataset) == years


@pytest.mark.parametrize(("text", "moved"), [
    ("20240301", "20240228"), ("20240101", "20231230"), ("", ""), ("2024", ""), ("20241399", ""), ("00010101", ""),
    ("today", ""), ("20240301-20240310", "20240228"),
])
def test_a_date_that_is_none_gives_none(text: str, moved: str) -> None:
    assert shifted(text, -2) == moved


@pytest.mark.parametrize(("keyword", "written", "kept"), [
    ("PatientSex", "F", "F"), ("PatientSex", "female", None), ("ViewPosition", "pa", "PA"),
    ("ViewPosition", "Dr Who", None),
    ("BodyPartExamined", "CHEST", "CHEST"), ("Laterality", "L", "L"), ("Modality", "??", None),
    ("KVP", "120", 120), ("WindowCenter", ["40", "-600"], [40, -600]),
])
def test_terms_pass_only_from_their_lists(keyword: str, written: Any, kept: Any) -> None:
    answer = clean(ct(**{keyword: written}))
    value = answer.get(keyword)
    assert (list(value) if isinstance(kept, list) else value) == kept
