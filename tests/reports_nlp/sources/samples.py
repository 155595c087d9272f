"""Valid files of every format, written for the tests: one patient, one chest radiograph."""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Iterable
from typing import Any

from openpyxl import Workbook
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian

from reports_nlp.sources import Record, SourceOptions, parse

PATIENT_ID, ACCESSION, STUDY_UID = "MRN-480077", "ACC-5512", "1.2.826.0.1.3680043.8.498.77001"
FINDINGS, IMPRESSION = "Small left pleural effusion. No pneumothorax.", "Left pleural effusion."
NAME = ("Okonkwo", "Beatrix")


def read(format: str, data: bytes, name: str = "file", **options: Any) -> list[Record]:
    """All records of a file."""
    return list(parse(format, io.BytesIO(data), name, SourceOptions(**options)))


def one(format: str, data: bytes, name: str = "file", **options: Any) -> Any:
    """The only record."""
    records = read(format, data, name, **options)
    assert len(records) == 1, records
    return records[0]


def csv_bytes(rows: Iterable[Iterable[str]], *, delimiter: str = ",", encoding: str = "utf-8") -> bytes:
    import csv

    text = io.StringIO()
    csv.writer(text, delimiter=delimiter, lineterminator="\r\n").writerows(rows)
    return text.getvalue().encode(encoding)


def table() -> list[list[str]]:
    return [
        ["id", "accession", "patient_id", "patient name", "study date", "findings", "impression"],
        ["R1", ACCESSION, PATIENT_ID, "Okonkwo, Beatrix", "2021-04-05", FINDINGS, IMPRESSION],
    ]


def workbook(rows: Iterable[Iterable[Any]], title: str = "Reports") -> bytes:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = title
    for row in rows:
        sheet.append(list(row))
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def hl7_message(
    *, text: str = FINDINGS, impression: str = IMPRESSION, number: str = "F1", accession: str = ACCESSION,
    patient_id: str = PATIENT_ID, status: str = "F", charset: str = "UNICODE UTF-8", issued: str = "20210405120000",
    kind: str = "ORU^R01^ORU_R01", control: str = "4711", extra: tuple[str, ...] = (),
) -> str:
    """A message with carriage returns."""
    order = [""] * 36
    order[0], order[1], order[2], order[3], order[4] = "OBR", "1", "P1", number, "71046^Chest two views^C4"
    order[7], order[16], order[18], order[22], order[25] = "20210405", "D77^Castellanos^Iván", accession, issued, status
    order[32] = "RAD9&Thorvaldsen&Maren"
    observations = [
        f"OBX|1|FT|71046&GDT^Chest||{text}||||||{status}", f"OBX|2|TX|71046&IMP^Chest||{impression}||||||{status}",
    ]
    return "\r".join([
        f"MSH|^~\\&|RIS|LAKESIDE GENERAL|RADLOOP|X|20210405120100||{kind}|{control}|P|2.5||||||{charset}",
        f"PID|1||{patient_id}^^^LG^MR~99887766^^^SSA^SS||{NAME[0]}^{NAME[1]}^M||19610203|F|||12 Quay Rd^^Port Ellen",
        "PV1|1|O|XR^^^LAKESIDE||||D77^Castellanos^Iván",
        f"ORC|RE|P1|{number}", "|".join(order), *[o for o in observations if "||||||||" not in o], *extra, "",
    ])


def fhir_report(**changes: Any) -> dict[str, Any]:
    """A DiagnosticReport whose patient and study are contained."""
    return {
        "resourceType": "DiagnosticReport", "id": "r1", "status": "final", "language": "en",
        "identifier": [
            {"value": "R1"}, {"type": {"coding": [{"code": "ACSN"}]}, "value": ACCESSION},
        ],
        "code": {"coding": [{"system": "http://loinc.org", "code": "30745-4"}]},
        "contained": [
            {
                "resourceType": "Patient", "id": "p",
                "identifier": [{"type": {"coding": [{"code": "MR"}]}, "value": PATIENT_ID}],
                "name": [{"family": NAME[0], "given": [NAME[1]]}], "birthDate": "1961-02-03",
            },
            {
                "resourceType": "ImagingStudy", "id": "s", "status": "available", "subject": {"reference": "#p"},
                "identifier": [{"system": "urn:dicom:uid", "value": f"urn:oid:{STUDY_UID}"}],
            },
        ],
        "subject": {"reference": "#p"}, "imagingStudy": [{"reference": "#s"}], "effectiveDateTime": "2021-04-05",
        "issued": "2021-04-05T12:00:00+00:00", "resultsInterpreter": [{"display": "Dr. Maren Thorvaldsen"}],
        "presentedForm": [{"contentType": "text/plain", "data": base64.b64encode(FINDINGS.encode()).decode()}],
        "conclusion": IMPRESSION, **changes,
    }


def condition(**changes: Any) -> dict[str, Any]:
    return {
        "resourceType": "Condition", "id": "c1", "subject": {"reference": f"Patient/{PATIENT_ID}"},
        "verificationStatus": {"coding": [{"code": "confirmed"}]}, "recordedDate": "2021-04-05",
        "code": {"coding": [{"system": "http://hl7.org/fhir/sid/icd-10-cm", "code": "J93.0"}]}, **changes,
    }


def as_json(value: Any) -> bytes:
    return json.dumps(value).encode()


def coded(value: str, meaning: str, scheme: str = "DCM") -> Dataset:
    code = Dataset()
    code.CodeValue, code.CodingSchemeDesignator, code.CodeMeaning = value, scheme, meaning
    return code


def text_item(code: Dataset, text: str) -> Dataset:
    item = Dataset()
    item.RelationshipType, item.ValueType, item.TextValue = "CONTAINS", "TEXT", text
    item.ConceptNameCodeSequence = [code]
    return item


def container(code: Dataset, items: list[Dataset]) -> Dataset:
    item = Dataset()
    item.RelationshipType, item.ValueType, item.ContinuityOfContent = "CONTAINS", "CONTAINER", "SEPARATE"
    item.ConceptNameCodeSequence, item.ContentSequence = [code], items
    return item


def saved(dataset: Dataset) -> bytes:
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID = dataset.SOPClassUID, dataset.SOPInstanceUID
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset.file_meta = meta
    stream = io.BytesIO()
    dataset.save_as(stream, enforce_file_format=True)
    return stream.getvalue()


def sr_dataset(sop_class: str = "1.2.840.10008.5.1.4.1.1.88.11") -> Dataset:
    """A basic text SR as a reporting workstation writes it."""
    report = header(sop_class)
    report.ValueType, report.CompletionFlag, report.VerificationFlag = "CONTAINER", "COMPLETE", "VERIFIED"
    report.ConceptNameCodeSequence = [coded("18748-4", "Diagnostic imaging report", "LN")]
    person = Dataset()
    person.RelationshipType, person.ValueType = "HAS OBS CONTEXT", "PNAME"
    person.ConceptNameCodeSequence, person.PersonName = [coded("121008", "Person Observer Name")], "Thorvaldsen^Maren"
    report.ContentSequence = [
        person,
        container(coded("121070", "Findings"), [text_item(coded("121071", "Finding"), FINDINGS)]),
        container(coded("121072", "Impressions"), [text_item(coded("121073", "Impression"), IMPRESSION)]),
    ]
    return report


def header(sop_class: str) -> Dataset:
    report = Dataset()
    report.SOPClassUID, report.SOPInstanceUID = sop_class, "1.2.826.0.1.3680043.8.498.99"
    report.PatientID, report.PatientName = PATIENT_ID, "Okonkwo^Beatrix"
    report.AccessionNumber, report.StudyInstanceUID, report.StudyDate = ACCESSION, STUDY_UID, "20210405"
    report.SeriesInstanceUID, report.Modality = "1.2.826.0.1.3680043.8.498.98", "SR"
    report.ContentDate, report.ContentTime = "20210405", "120000"
    return report


def encapsulated(data: bytes, mime: str, sop_class: str = "1.2.840.10008.5.1.4.1.1.104.2") -> bytes:
    report = header(sop_class)
    report.MIMETypeOfEncapsulatedDocument, report.DocumentTitle = mime, "Report"
    report.EncapsulatedDocument = data + b"\0" * (len(data) % 2)
    return saved(report)


def cda_document() -> bytes:
    return f"""<?xml version="1.0"?>
<ClinicalDocument xmlns="urn:hl7-org:v3">
 <id root="2.16.840.1.1" extension="DOC1"/><effectiveTime value="20210405120000"/><languageCode code="en-US"/>
 <recordTarget><patientRole><id extension="{PATIENT_ID}" root="1.2.3"/><patient><name><given>{NAME[1]}</given>
  <family>{NAME[0]}</family></name></patient></patientRole></recordTarget>
 <inFulfillmentOf><order><id extension="{ACCESSION}" root="1.2.4"/></order></inFulfillmentOf>
 <documentationOf><serviceEvent><id root="{STUDY_UID}"/><effectiveTime value="20210405"/></serviceEvent>
 </documentationOf>
 <component><structuredBody>
  <component><section><code code="121070"/><title>Findings</title>
   <text><paragraph>{FINDINGS}</paragraph></text></section></component>
  <component><section><code code="121072"/><title>Impression</title><text>{IMPRESSION}</text></section></component>
 </structuredBody></component>
</ClinicalDocument>""".encode()


def openi_document() -> bytes:
    return f"""<?xml version="1.0" encoding="utf-8"?>
<eCitation><uId id="CXR7"/><MedlineCitation><Article><Abstract>
 <AbstractText Label="FINDINGS">{FINDINGS}</AbstractText><AbstractText Label="IMPRESSION">{IMPRESSION}</AbstractText>
 <AbstractText Label="COMPARISON"/></Abstract></Article></MedlineCitation>
 <MeSH><major>Pleural Effusion/left/small</major><automatic>pleural effusion</automatic></MeSH></eCitation>""".encode()


def every_format() -> dict[str, tuple[str, bytes]]:
    """Name of the format → (file name, a valid file)."""
    return {
        "csv": ("reports.csv", csv_bytes(table())), "excel": ("reports.xlsx", workbook(table())),
        "text": (f"{ACCESSION}.txt", f"FINDINGS: {FINDINGS}\nIMPRESSION: {IMPRESSION}".encode()),
        "hl7": ("oru.hl7", hl7_message().encode()), "fhir": ("report.json", as_json(fhir_report())),
        "dicom": ("sr.dcm", saved(sr_dataset())), "cda": ("report.xml", cda_document()),
        "openi": ("7.xml", openi_document()),
    }
