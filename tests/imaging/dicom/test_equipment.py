"""Scanner and site: machines and sites can be told apart, and nobody learns their names or reads a name out of them."""

from __future__ import annotations

import pytest

from imaging.dicom.deidentify import deidentify
from imaging.dicom.equipment import Equipment, equipment_of, filled, kept_equipment
from imaging.dicom.keys import Keys
from tests.imaging.files import KEYS, PHI, ct

SECRET = "Erika Mustermann 4711"


def of(**elements: str) -> Equipment:
    return equipment_of(ct(**elements), KEYS)


@pytest.mark.parametrize(("written", "kept"), [
    ("SIEMENS", "Siemens"), ("Siemens Healthineers", "Siemens"), ("GE MEDICAL SYSTEMS", "GE"),
    ("FUJI PHOTO FILM Co., ltd.", "Fujifilm"), ("Philips Medical Systems", "Philips"), ("CANON_MEC", "Canon"), ("", ""),
    (f"Siemens {SECRET}", "Siemens"),
])
def test_a_maker_is_its_short_name(written: str, kept: str) -> None:
    assert of(Manufacturer=written).manufacturer == kept


@pytest.mark.parametrize(("written", "kept"), [
    ("Skyra", "SKYRA"), ("SOMATOM Definition AS+", "SOMATOM DEFINITION AS+"),
    ("Discovery CT750 HD", "DISCOVERY CT750 HD"), ("Aquilion ONE", "AQUILION ONE"),
    ("Brilliance 64", "BRILLIANCE 64"), ("", ""),
])
def test_a_known_model_passes_in_capitals(written: str, kept: str) -> None:
    assert of(ManufacturerModelName=written).model_name == kept


@pytest.mark.parametrize("written", ["Skyra Mustermann", "4711", "Brilliance 64 4711", "Skyra 19610215", SECRET])
def test_a_model_with_anything_else_in_it_is_a_pseudonym(written: str) -> None:
    kept = of(ManufacturerModelName=written).model_name
    assert kept.startswith("unlisted ")
    assert not any(word.upper() in kept for word in written.split())


@pytest.mark.parametrize("keyword", ["Manufacturer", "ManufacturerModelName", "InstitutionName"])
def test_no_canary_enters_through_the_equipment(keyword: str) -> None:
    for canary in (SECRET, PHI, "St. Erika's Hospital, Musterstadt"):
        header = deidentify(ct(**{keyword: canary}), KEYS, patient_id="4711")
        told = "\n".join(str(element.value) for element in header.iterall()).upper()
        assert not any(word in told for word in ("ERIKA", "MUSTER", "4711"))


def test_station_serial_number_and_address_leave_no_trace() -> None:
    hidden = {"StationName": SECRET, "DeviceSerialNumber": SECRET, "InstitutionAddress": SECRET}
    hidden |= {"InstitutionalDepartmentName": SECRET}
    plain, with_them = (deidentify(ct(**e), KEYS, patient_id="4711") for e in ({}, hidden))
    assert plain == with_them


def test_one_site_is_one_pseudonym_however_it_is_written_and_another_key_gives_another() -> None:
    sites = {of(InstitutionName=name).site for name in ("St. Mary's", "ST MARY S", " st.mary's ")}
    assert len(sites) == 1
    assert sites != {of(InstitutionName="St. Martha's").site}
    assert sites != {equipment_of(ct(InstitutionName="St. Mary's"), Keys(b"another")).site}
    assert sites.pop().startswith("S-")


@pytest.mark.parametrize("written", ["", "Anonymized", "REMOVED", "N/A", "***"])
def test_a_site_that_was_taken_out_before_is_none(written: str) -> None:
    assert of(InstitutionName=written).site == ""


def test_a_name_given_with_the_import_stands_above_the_header() -> None:
    assert equipment_of(ct(InstitutionName="St. Mary's"), KEYS, site="north").site == "north"


def test_the_stored_header_gives_back_what_it_was_given() -> None:
    dataset = ct(Manufacturer="SIEMENS", ManufacturerModelName="Skyra", InstitutionName="St. Mary's")
    header = deidentify(dataset, KEYS, patient_id="4711")
    assert kept_equipment(header) == equipment_of(dataset, KEYS)


def test_what_was_known_is_not_overwritten() -> None:
    assert filled(Equipment("GE", "", "a"), Equipment("Siemens", "SKYRA", "b")) == Equipment("GE", "SKYRA", "a")
