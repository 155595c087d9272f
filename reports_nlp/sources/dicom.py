"""DICOM: structured reports (their text, walked as a tree), encapsulated text and CDA."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from typing import Any, BinaryIO

from pydicom import dcmread
from pydicom.dataset import Dataset
from pydicom.errors import InvalidDicomError

from reports_nlp.sources import cda
from reports_nlp.sources.dates import plain_date
from reports_nlp.sources.dicom_tree import parts_of, people_in
from reports_nlp.sources.encoding import decode
from reports_nlp.sources.headings import compose
from reports_nlp.sources.records import (
    Identity,
    Ignored,
    Problem,
    Record,
    RecordError,
    ReportRecord,
    SourceOptions,
    bounded,
)
from reports_nlp.sources.xml_tree import BadXml, read_tree

MAX_BYTES = 64 * 2**20
SR = "1.2.840.10008.5.1.4.1.1.88."
REPORTS = {"11", "22", "33", "34", "35", "1", "2", "3", "4"}
"""Last part of the SOP classes of reports in words; 1–4 are retired trials of the standard."""
PDF, CDA = "1.2.840.10008.5.1.4.1.1.104.1", "1.2.840.10008.5.1.4.1.1.104.2"
PEOPLE = ("PatientName", "OtherPatientNames", "PatientBirthName", "PatientMotherBirthName", "ReferringPhysicianName",
          "PerformingPhysicianName", "NameOfPhysiciansReadingStudy", "PhysiciansOfRecord", "OperatorsName",
          "RequestingPhysician", "VerifyingObserverName", "PersonName", "ContentCreatorName")
NUMBERS = ("PatientID", "OtherPatientIDs", "AccessionNumber", "StudyID", "PatientBirthDate", "PatientAddress",
           "PatientTelephoneNumbers", "InstitutionName", "InstitutionAddress", "InstitutionalDepartmentName",
           "StationName", "MedicalRecordLocator", "AdmissionID", "VerifyingOrganization")
MAX_WORDS = 400


def read(stream: BinaryIO, name: str, options: SourceOptions) -> Iterator[Record]:
    """One report."""
    try:
        yield _report(_dataset(stream))
    except Ignored as error:
        yield Problem("", str(error), is_ignored=True)
    except (RecordError, BadXml) as error:
        yield Problem("", str(error))


def _dataset(stream: BinaryIO) -> Dataset:
    data = stream.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        raise Ignored(f"Over {MAX_BYTES // 2**20} MB: images go in through the import of images.")
    try:
        return dcmread(BytesIO(data), force=False)
    except InvalidDicomError:
        raise RecordError("This is no DICOM file (its preamble is missing).") from None
    except Exception as error:  # pydicom answers broken files in many ways
        raise RecordError(f"The DICOM file can't be read ({type(error).__name__}).") from None


def _report(dataset: Dataset) -> ReportRecord:
    kind = _text(dataset, "SOPClassUID")
    try:
        if kind.startswith(SR):
            return _structured(dataset, kind.removeprefix(SR))
        if "EncapsulatedDocument" in dataset:
            return _encapsulated(dataset, kind)
    except (RecordError, BadXml):
        raise
    except Exception as error:  # values are parsed when they are asked for
        raise RecordError(f"The DICOM file can't be read ({type(error).__name__}).") from None
    raise Ignored("Neither a structured report nor an encapsulated document; images go in through their own import.")


def _structured(dataset: Dataset, kind: str) -> ReportRecord:
    if kind not in REPORTS:
        raise Ignored("A structured report of another kind (dose, key objects, measurements of a machine).")
    text = compose(parts_of(dataset))
    if not text.strip():
        raise RecordError("The structured report holds no text.")
    title = next(iter(dataset.get("ConceptNameCodeSequence") or []), Dataset())
    identity = _identity(dataset)
    about = identity.accession or identity.study_uid
    return ReportRecord(
        "", bounded(text), identity, number=f"{about} {_text(title, 'CodeValue')}".strip(),
        issued=_moment(dataset), status=_status(dataset), known=_known(dataset),
    )


def _encapsulated(dataset: Dataset, kind: str) -> ReportRecord:
    data = bytes(dataset.EncapsulatedDocument or b"").rstrip(b"\0")
    mime = _text(dataset, "MIMETypeOfEncapsulatedDocument").lower()
    identity = _identity(dataset)
    number = f"{identity.accession or identity.study_uid} {_text(dataset, 'DocumentTitle')}".strip()[:200]
    if kind == CDA or mime in ("text/xml", "application/xml"):
        inner = cda.report_of(read_tree(data), "")
        text, known = inner.text, (*inner.known, *_known(dataset))
    elif kind == PDF or mime == "application/pdf":
        raise RecordError("The encapsulated document is a PDF; ask its sender for text.")
    elif mime.startswith("text/"):
        text, known = decode(data), _known(dataset)
    else:
        raise RecordError(f"An encapsulated document of type {mime[:40] or 'unknown'} holds no text that can be read.")
    if not text.strip():
        raise RecordError("The encapsulated document has no text.")
    return ReportRecord("", bounded(text), identity, number=number, issued=_moment(dataset), known=known[:MAX_WORDS])


def _identity(dataset: Dataset) -> Identity:
    """Of the request and the images that the report is about; its own study where they say nothing."""
    requests = list(dataset.get("ReferencedRequestSequence") or [])
    evidence = list(dataset.get("CurrentRequestedProcedureEvidenceSequence") or [])
    uids = {uid for uid in (_text(item, "StudyInstanceUID") for item in (*evidence, *requests)) if uid}
    accessions = {number for number in (_text(item, "AccessionNumber") for item in requests) if number}
    own = _text(dataset, "AccessionNumber")
    return Identity(
        accession=own or (accessions.pop() if len(accessions) == 1 else ""),
        study_uid=uids.pop() if len(uids) == 1 else _text(dataset, "StudyInstanceUID"),
        patient_id=_text(dataset, "PatientID"), date=plain_date(_text(dataset, "StudyDate")),
    )


def _moment(dataset: Dataset) -> str:
    day = plain_date(_text(dataset, "ContentDate"))
    time = "".join(letter for letter in _text(dataset, "ContentTime")[:6] if letter.isdigit())
    return day + time if day else ""


def _status(dataset: Dataset) -> str:
    flag = _text(dataset, "PreliminaryFlag").upper()
    if flag == "PRELIMINARY" or _text(dataset, "CompletionFlag").upper() == "PARTIAL":
        return "preliminary"
    return "corrected" if dataset.get("PredecessorDocumentsSequence") else "final"


def _known(dataset: Dataset) -> tuple[str, ...]:
    found: dict[str, None] = {}
    observers = [*(dataset.get("VerifyingObserverSequence") or []), *(dataset.get("AuthorObserverSequence") or [])]
    for source in (dataset, *observers):
        for keyword in PEOPLE:
            for value in _values(source, keyword):
                parts = [p for group in value.split("=") for p in group.split("^") if p]
                found |= dict.fromkeys([" ".join([*parts[1:2], *parts[:1]]), *parts[:3]])
        for keyword in NUMBERS:
            found |= dict.fromkeys(_values(source, keyword))
    found |= dict.fromkeys(people_in(dataset))
    return tuple(word[:200] for word in found if len(word.strip()) > 2)[:MAX_WORDS]


def _text(dataset: Dataset, keyword: str) -> str:
    return next(iter(_values(dataset, keyword)), "")


def _values(dataset: Dataset, keyword: str) -> list[str]:
    """Values of an element as text; none for one that can't be parsed."""
    try:
        value: Any = dataset.get(keyword)
    except Exception:  # a broken value of one element
        return []
    many = value if isinstance(value, (list, tuple)) or type(value).__name__ == "MultiValue" else [value]
    return [str(one).strip().strip("\0")[:1000] for one in many if one is not None and str(one).strip()]
