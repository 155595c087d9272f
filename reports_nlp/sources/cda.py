"""HL7 CDA documents: the narrative of their sections."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO
from xml.etree.ElementTree import Element

from reports_nlp.sources.dates import plain_date, plain_moment
from reports_nlp.sources.headings import ORDER, compose, heading_of
from reports_nlp.sources.records import Identity, Problem, Record, RecordError, ReportRecord, SourceOptions, bounded
from reports_nlp.sources.xml_tree import BadXml, lines, read_tree, words

MAX_BYTES = 32 * 2**20
MAX_WORDS = 400
PEOPLE = ("recordTarget", "author", "legalAuthenticator", "authenticator", "dataEnterer", "custodian", "participant",
          "informationRecipient", "componentOf")


def read(stream: BinaryIO, name: str, options: SourceOptions) -> Iterator[Record]:
    """One report."""
    try:
        yield report_of(read_tree(stream, max_bytes=MAX_BYTES), "")
    except (BadXml, RecordError) as error:
        yield Problem("", str(error))


def report_of(root: Element, place: str) -> ReportRecord:
    """Raises RecordError for another document, and for one without narrative."""
    if root.tag != "ClinicalDocument":
        raise RecordError("This is no CDA document: its root is not ClinicalDocument.")
    text = narrative(root)
    if not text.strip():
        raise RecordError("The document has no narrative text.")
    ids = {child.tag: child for child in root}
    return ReportRecord(
        place, bounded(text), _identity(root), number=_id(ids.get("setId")) or _id(ids.get("id")),
        issued=plain_moment(_value(ids.get("effectiveTime"))), language=_language(ids.get("languageCode")),
        known=known_of(root),
    )


def narrative(root: Element) -> str:
    """Titles and texts of the sections, each under the heading its code or title means."""
    parts: list[tuple[str, str]] = []
    for section in root.iter("section"):
        code = section.find("code")
        title = words(section.find("title"))
        text = section.find("text")
        body = "" if text is None else "\n".join(lines(text))
        heading = heading_of(code.get("code", "") if code is not None else "")
        plain = title.upper().rstrip(":")
        heading = heading or (plain if plain in ORDER else "")
        parts.append((heading, body if heading or not title or not body else f"{title}:\n{body}"))
    composed = compose(parts)
    plain_body = root.find("component/nonXMLBody/text")
    if composed or plain_body is None or plain_body.get("representation") == "B64":
        return composed
    return "\n".join(lines(plain_body))


def known_of(root: Element) -> tuple[str, ...]:
    """Names, numbers, addresses and organizations of the header."""
    found: dict[str, None] = {}
    for part in (child for child in root if child.tag in PEOPLE):
        for element in part.iter():
            if element.tag == "name":
                found[words(element)] = None
                found |= {words(child): None for child in element}
            elif element.tag == "id":
                found[element.get("extension", "")] = None
            elif element.tag in ("streetAddressLine", "city", "postalCode"):
                found[words(element)] = None
            elif element.tag == "telecom":
                found[element.get("value", "").split(":")[-1]] = None
            elif element.tag == "birthTime":
                found[element.get("value", "")[:8]] = None
    return tuple(word[:200] for word in found if len(word) > 2)[:MAX_WORDS]


def _identity(root: Element) -> Identity:
    order = root.find("inFulfillmentOf/order")
    service = root.find("documentationOf/serviceEvent")
    patient = root.find("recordTarget/patientRole/id")
    accession = next((child.get("extension", "") for child in order or () if child.tag == "id"), "")
    uid = _id(service.find("id") if service is not None else None)
    day = service.find("effectiveTime") if service is not None else None
    start = day.find("low") if day is not None and day.find("low") is not None else day
    return Identity(
        accession=accession[:200], study_uid=uid if uid.startswith(("1.", "2.")) else "",
        patient_id=(patient.get("extension", "") if patient is not None else "")[:200],
        date=plain_date(_value(start) or _value(root.find("effectiveTime"))),
    )


def _id(element: Element | None) -> str:
    return "" if element is None else (element.get("extension") or element.get("root") or "")[:200]


def _value(element: Element | None) -> str:
    return "" if element is None else element.get("value", "")


def _language(element: Element | None) -> str:
    return "" if element is None else element.get("code", "")[:2].lower()
