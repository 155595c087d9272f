"""DICOM SR and encapsulated documents, CDA, Open-i, plain texts; and which format a file is."""

from __future__ import annotations

import hashlib
import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from reports_nlp.sources import SOURCES, Problem, ReportRecord, detect
from tests.reports_nlp.sources import samples
from tests.reports_nlp.sources.samples import ACCESSION, FINDINGS, IMPRESSION, PATIENT_ID, STUDY_UID, one

TEXT = f"FINDINGS:\n{FINDINGS}\n\nIMPRESSION:\n{IMPRESSION}"


@pytest.mark.parametrize("format", list(SOURCES))
def test_every_format_is_recognised_and_gives_the_report(format: str) -> None:
    name, data = samples.every_format()[format]
    assert detect(name, data[:4096]) == format
    record = one(format, data, name)
    assert isinstance(record, ReportRecord)
    assert FINDINGS in record.text
    assert IMPRESSION in record.text


@pytest.mark.parametrize(("name", "head", "format"), [
    ("a.bin", b"MSH|^~\\&|x", "hl7"), ("a.txt", b"\x0bMSH|^~\\&|x", "hl7"), ("a.txt", b"just text", "text"),
    ("a.dat", b'{"resourceType": "Bundle"}', "fhir"), ("a.dat", b"whatever", ""), ("a.png", b"\x89PNG", ""),
    ("a.txt", b"accession\tstudy uid\treport text\r\n1\t2\tx", "csv"),
    ("a.txt", "Befund-ID;Befund".encode("utf-16"), "csv"), ("a.csv", b"id,text", "csv"), ("noext", b"", ""),
    ("a.txt", b"Findings, impression: report of the patient", "text"), ("a.xml", b"<other/>", ""),
])
def test_formats_are_found_by_what_is_inside(name: str, head: bytes, format: str) -> None:
    assert detect(name, head) == format


def test_a_structured_report_is_walked_as_a_tree() -> None:
    record = one("dicom", samples.saved(samples.sr_dataset()))
    assert record.text == TEXT
    assert record.identity.accession == ACCESSION
    assert (record.identity.study_uid, record.identity.patient_id) == (STUDY_UID, PATIENT_ID)
    assert {"Okonkwo", "Maren Thorvaldsen"} <= set(record.known)
    assert "Thorvaldsen" not in record.text


def test_a_preliminary_and_a_replacing_report_say_so() -> None:
    report = samples.sr_dataset()
    report.PreliminaryFlag = "PRELIMINARY"
    assert one("dicom", samples.saved(report)).status == "preliminary"
    report = samples.sr_dataset()
    report.PredecessorDocumentsSequence = [samples.header("1.2.840.10008.5.1.4.1.1.88.11")]
    assert one("dicom", samples.saved(report)).status == "corrected"


def test_versions_of_a_structured_report_have_one_number() -> None:
    first, second = samples.sr_dataset(), samples.sr_dataset()
    second.SOPInstanceUID += ".2"
    assert one("dicom", samples.saved(first)).number == one("dicom", samples.saved(second)).number


def test_a_report_made_by_highdicom_is_read(tmp_path: Path) -> None:
    record = one("dicom", highdicom_report())
    assert "Finding" not in record.text.splitlines()[0]
    assert "Length: 12" in record.text
    assert record.identity.patient_id == PATIENT_ID


def highdicom_report() -> bytes:
    """A measurement report (TID 1500) on one image."""
    import highdicom as hd
    from highdicom.sr.coding import CodedConcept
    from pydicom.dataset import Dataset
    from pydicom.uid import generate_uid

    image = Dataset()
    image.PatientID, image.PatientName, image.PatientBirthDate, image.PatientSex = PATIENT_ID, "Okonkwo^B", "", "F"
    image.StudyInstanceUID, image.SeriesInstanceUID = STUDY_UID, f"{STUDY_UID}.1"
    image.SOPInstanceUID = f"{STUDY_UID}.2"
    image.SOPClassUID, image.Modality, image.AccessionNumber = "1.2.840.10008.5.1.4.1.1.1.1", "DX", ACCESSION
    image.StudyDate, image.StudyTime, image.StudyID, image.ReferringPhysicianName = "20210405", "120000", "1", ""
    image.Rows, image.Columns, image.NumberOfFrames = 64, 64, 1
    person = hd.sr.PersonObserverIdentifyingAttributes(name="Thorvaldsen^Maren")
    context = hd.sr.ObservationContext(
        observer_person_context=hd.sr.ObserverContext(
            observer_type=CodedConcept("121006", "DCM", "Person"), observer_identifying_attributes=person
        )
    )
    region = hd.sr.ImageRegion(
        graphic_type=hd.sr.GraphicTypeValues.POLYLINE, graphic_data=np.array([[1.0, 1.0], [9.0, 9.0]]),
        source_image=hd.sr.SourceImageForRegion(image.SOPClassUID, image.SOPInstanceUID),
    )
    group = hd.sr.PlanarROIMeasurementsAndQualitativeEvaluations(
        tracking_identifier=hd.sr.TrackingIdentifier(uid=generate_uid(), identifier="lesion"), referenced_region=region,
        finding_type=CodedConcept("27925004", "SCT", "Nodule"),
        measurements=[hd.sr.Measurement(name=CodedConcept("410668003", "SCT", "Length"), value=12.0,
                                        unit=CodedConcept("mm", "UCUM", "mm"))],
    )
    content = hd.sr.MeasurementReport(
        observation_context=context, procedure_reported=CodedConcept("399208008", "SCT", "Chest radiography"),
        imaging_measurements=[group],
    )
    report = hd.sr.EnhancedSR(
        evidence=[image], content=content[0], series_instance_uid=generate_uid(), series_number=1,
        sop_instance_uid=generate_uid(), instance_number=1, manufacturer="Test", is_complete=True,
    )
    stream = io.BytesIO()
    report.save_as(stream)
    return stream.getvalue()


def test_a_dose_report_and_an_image_are_ignored() -> None:
    dose = one("dicom", samples.saved(samples.sr_dataset("1.2.840.10008.5.1.4.1.1.88.67")))
    assert dose.is_ignored
    image = samples.header("1.2.840.10008.5.1.4.1.1.1.1")
    assert one("dicom", samples.saved(image)).is_ignored


@pytest.mark.parametrize(("data", "mime", "text"), [
    (b"FINDINGS: clear.", "text/plain", "FINDINGS: clear."), (samples.cda_document(), "text/xml", TEXT),
])
def test_encapsulated_documents(data: bytes, mime: str, text: str) -> None:
    sop = "1.2.840.10008.5.1.4.1.1.104.2" if mime == "text/xml" else "1.2.840.10008.5.1.4.1.1.7"
    record = one("dicom", samples.encapsulated(data, mime, sop))
    assert record.text == text
    assert record.identity.accession == ACCESSION


def test_an_encapsulated_pdf_is_told_what_to_do() -> None:
    problem = one("dicom", samples.encapsulated(b"%PDF-1.4", "application/pdf", "1.2.840.10008.5.1.4.1.1.104.1"))
    assert isinstance(problem, Problem)
    assert "PDF" in problem.message


def test_a_tree_deeper_than_any_report_ends() -> None:
    report = samples.sr_dataset()
    item = samples.text_item(samples.coded("121071", "Finding"), "deep")
    for _ in range(150):
        item = samples.container(samples.coded("121070", "Findings"), [item])
    report.ContentSequence = [*report.ContentSequence, item]
    assert "deep" not in one("dicom", samples.saved(report)).text


def test_cda_sections_and_keys() -> None:
    record = one("cda", samples.cda_document())
    assert record.text == TEXT
    assert (record.identity.accession, record.identity.study_uid) == (ACCESSION, STUDY_UID)
    assert (record.number, record.language, record.identity.date) == ("DOC1", "en", "20210405")


def test_openi_keeps_the_headings_that_people_coded() -> None:
    record = one("openi", samples.openi_document())
    assert record.headings == ("Pleural Effusion/left/small",)
    assert record.text == f"FINDINGS: {FINDINGS}\n\nIMPRESSION: {IMPRESSION}"
    assert record.number == "CXR7"


@pytest.mark.parametrize("format", ["openi", "cda"])
def test_xml_with_entities_is_refused(format: str) -> None:
    bomb = b'<!DOCTYPE a [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">]><eCitation>&b;</eCitation>'
    problem = one(format, bomb)
    assert isinstance(problem, Problem)
    assert "DOCTYPE" in problem.message


@pytest.mark.parametrize(("name", "options", "identity"), [
    ("ACC-1.txt", {}, {"accession": "ACC-1"}), (f"deep/{STUDY_UID}.txt", {}, {"study_uid": STUDY_UID}),
    ("P9.txt", {"name_is": "patient_id"}, {"patient_id": "P9"}), ("17.txt", {"name_is": "number"}, {}),
])
def test_a_text_files_name_says_what_it_is_about(name: str, options: Any, identity: dict[str, str]) -> None:
    record = one("text", b"No effusion.", name, **options)
    got = {k: getattr(record.identity, k) for k in ("accession", "study_uid", "patient_id")}
    assert {k: v for k, v in got.items() if v} == identity
    assert record.number == ("17" if name == "17.txt" else "")


@pytest.mark.parametrize("data", [b"", b" \r\n\t", b"\0" * 50, bytes(range(128, 256)) * 20 + b"\0" * 900])
def test_what_is_no_text_is_a_problem(data: bytes) -> None:
    assert isinstance(one("text", data, "a.txt"), Problem)


def test_real_citations_of_the_open_half_are_read(shared_data: Path | None) -> None:
    folder = shared_data / "reports_openi_xml" if shared_data is not None else None
    files = sorted(folder.glob("*.xml")) if folder is not None else []
    ours = [f.read_bytes() for f in files if hashlib.sha256(f.stem.encode()).hexdigest()[0] in "01234567"]
    for data in ours or [samples.openi_document()]:
        record = one("openi", data)
        assert isinstance(record, ReportRecord)
        assert record.headings


def test_real_broken_dicom_files_have_a_verdict(shared_data: Path | None) -> None:
    sound = samples.saved(samples.sr_dataset())
    files = {"short": sound[:140], "no preamble": sound[132:]}
    if shared_data is not None:
        files |= {path.name: path.read_bytes() for path in (shared_data / "dicom" / "bad").iterdir()}
    for name, data in files.items():
        assert isinstance(one("dicom", data, name), Problem) or "reportsi" in name
