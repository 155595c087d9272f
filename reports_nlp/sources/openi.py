"""Open-i XML (Indiana University chest X-ray collection): labelled abstract texts, and headings that people coded."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO
from xml.etree.ElementTree import Element

from reports_nlp.sources.records import Identity, Problem, Record, RecordError, ReportRecord, SourceOptions, bounded
from reports_nlp.sources.xml_tree import BadXml, read_tree, words

MAX_BYTES = 8 * 2**20
MAX_HEADINGS = 200


def read(stream: BinaryIO, name: str, options: SourceOptions) -> Iterator[Record]:
    """One report. Its collection's number stands for the patient too: each patient has one examination there."""
    try:
        root = read_tree(stream, max_bytes=MAX_BYTES)
        if root.tag != "eCitation":
            raise RecordError("This is no Open-i citation: its root is not eCitation.")
        parts = [
            f"{text.get('Label', '').strip()}: {words(text)}".lstrip(": ") for text in root.iter("AbstractText")
            if words(text)
        ]
        if not parts:
            raise RecordError("The citation has no abstract text.")
        number = _number(root)
        yield ReportRecord(
            "", bounded("\n\n".join(parts)), Identity(patient_id=number), number=number,
            headings=tuple(words(heading) for mesh in root.iter("MeSH") for heading in mesh.findall("major")
                           if words(heading))[:MAX_HEADINGS],
        )
    except (BadXml, RecordError) as error:
        yield Problem("", str(error))


def _number(root: Element) -> str:
    for tag in ("uId", "pmcId", "IUXRId"):
        found = root.find(tag)
        if found is not None and (found.get("id") or words(found)):
            return (found.get("id") or words(found))[:100]
    return ""
