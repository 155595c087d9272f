"""HL7 v2 results (ORU^R01 and its kin): files with one or many messages, and single messages of a listener."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import BinaryIO

from reports_nlp.sources.codes import icd10
from reports_nlp.sources.dates import plain_date, plain_moment
from reports_nlp.sources.headings import ORDER, compose, heading_of
from reports_nlp.sources.hl7_message import MAX_MESSAGE_BYTES, Message, Segment, is_utf16, read_message, to_utf8
from reports_nlp.sources.hl7_people import people_of
from reports_nlp.sources.hl7_text import from_base64, without_tags
from reports_nlp.sources.records import (
    CodedItem,
    Identity,
    Ignored,
    Problem,
    Record,
    RecordError,
    ReportRecord,
    SourceOptions,
    bounded,
)

RESULTS = {("ORU", "R01"), ("ORU", "R03"), ("ORU", "W01"), ("ORU", "")}
STATUSES = {
    "P": "preliminary", "R": "preliminary", "I": "preliminary", "S": "preliminary", "A": "preliminary",
    "F": "final", "C": "corrected", "K": "corrected",
}
"""OBR-25 (table 0123)."""
GONE = ("X", "D", "W")
_BOUNDARY = re.compile(rb"(?:^|[\r\n\x0b\x1c])[ \t\r\n\x0b\x1c]*(?=MSH[^\w\s])")
_BLOCK = 1 << 20
_TYPE = re.compile(r"[A-Z]{3}|[A-Z]\d{2}|")


@dataclass
class _Part:
    """One order of a message and the results below it."""

    order: Segment | None
    common: Segment | None = None
    results: list[Segment] = field(default_factory=list)
    notes: list[Segment] = field(default_factory=list)

    @property
    def numbers(self) -> tuple[str, str]:
        """Filler's and placer's number, of OBR or else of the ORC before it."""
        for segment in (self.order, self.common):
            if segment is not None and (segment.component(3) or segment.component(2)):
                return segment.component(3), segment.component(2)
        return "", ""


def read(stream: BinaryIO, name: str, options: SourceOptions) -> Iterator[Record]:
    """The reports of every message in a file: with or without MLLP frames, batches and line feeds."""
    for number, data in enumerate(_messages(stream), start=1):
        place = f"message {number}"
        if data is None:
            yield Problem(place, f"The message is over the limit of {MAX_MESSAGE_BYTES // 2**20} MB.")
        else:
            yield from records_of(data, place, options)


def _named(kind: Sequence[str]) -> str:
    """The type, if it is one: a message out of step has a person in its place."""
    return "^".join(kind) if kind and all(_TYPE.fullmatch(part) for part in kind) else "unknown"


def records_of(data: bytes, place: str, options: SourceOptions) -> Iterator[Record]:
    """Reports and codes of one message, or the problem it is."""
    try:
        message = read_message(data, options.encoding)
        if message.kind not in RESULTS:
            raise Ignored(f"A message of type {_named(message.kind)} holds no report; ORU^R01 does.")
        yield from _records(message, place, options)
    except Ignored as error:
        yield Problem(place, str(error), is_ignored=True)
    except RecordError as error:
        yield Problem(place, str(error))


def _messages(stream: BinaryIO) -> Iterator[bytes | None]:
    """Bytes of each message; None for one that is too long. Memory holds one message and a block."""
    buffer, is_first, is_skipping = _first(stream), True, False
    while True:
        block = stream.read(_BLOCK)
        starts = [found.end() for found in _BOUNDARY.finditer(buffer)]
        whole = starts[:-1] if block else starts
        for start, end in zip(whole, [*starts[1:], len(buffer)], strict=False):
            yield buffer[start:end]
        if not block:
            if is_first and not starts and buffer.strip():
                yield buffer
            return
        is_first, is_skipping = is_first and not starts, is_skipping and not starts
        buffer = buffer[starts[-1] :] if starts else buffer
        if len(buffer) > MAX_MESSAGE_BYTES:
            # Its end is looked for without keeping it; a boundary may lie across the cut.
            if not is_skipping:
                yield None
            is_first, is_skipping, buffer = False, True, buffer[-16:].lstrip(b"MSH")
        buffer += block


def _first(stream: BinaryIO) -> bytes:
    """The first block; a file in UTF-16 is read whole and becomes UTF-8."""
    head = stream.read(_BLOCK)
    if not is_utf16(head):
        return head.removeprefix(b"\xef\xbb\xbf")
    return to_utf8(head + stream.read(64 * _BLOCK))


def _records(message: Message, place: str, options: SourceOptions) -> Iterator[Record]:
    parts = _parts(message)
    if not parts:
        raise RecordError("The message has no OBR and no OBX segment: no result.")
    for number, part in enumerate(parts, start=1):
        where = place if len(parts) == 1 else f"{place}, order {number}"
        try:
            yield _report(message, part, where, options)
        except Ignored as error:
            yield Problem(where, str(error), is_ignored=True)
        except RecordError as error:
            yield Problem(where, str(error))
    yield from _codes(message, parts[0], place, options)


def _parts(message: Message) -> list[_Part]:
    """Results under their order; orders of one number are one report, told in pieces."""
    parts: list[_Part] = []
    common: Segment | None = None
    current: _Part | None = None
    for segment in message.segments:
        if segment.id == "ORC":
            common = segment
        elif segment.id == "OBR":
            made = _Part(segment, common)
            same = next((p for p in parts if any(made.numbers) and p.numbers == made.numbers), None)
            if same is None:
                parts.append(made)
            current = same or made
        elif segment.id in ("OBX", "NTE"):
            if current is None:
                if segment.id == "NTE":
                    continue  # a note on the patient
                current = _Part(None, common)
                parts.append(current)
            (current.results if segment.id == "OBX" else current.notes).append(segment)
    return parts


def _report(message: Message, part: _Part, place: str, options: SourceOptions) -> ReportRecord:
    order = part.order
    code = order.component(25) if order is not None else ""
    if code in GONE:
        raise RecordError("The sender cancelled this result (OBR-25). A version stored before stays; see its page.")
    pieces = [(_heading(result), _text(result)) for result in part.results if result.component(11) not in GONE]
    pieces = [(heading, text) for heading, text in pieces if text.strip()]
    if not pieces:
        pieces = [("", note.text(3)) for note in part.notes]
    text = compose(pieces)
    if not text.strip():
        kinds = {result.component(5, 3).upper() for result in part.results if result.component(2) == "ED"}
        raise RecordError(
            "The report is a PDF; ask its sender for text." if "PDF" in kinds else "No OBX segment holds any text."
        )
    filler, placer = part.numbers
    return ReportRecord(
        place, bounded(text), _identity(message, part, options), number=(_mapped(message, part, options, "number")
        or filler or placer)[:200],
        issued=plain_moment((order.component(22) if order is not None else "") or message.header.component(7)),
        status=_status(code, part.results, pieces), known=people_of(message, order),
    )


def _identity(message: Message, part: _Part, options: SourceOptions) -> Identity:
    order = part.order
    filler, placer = part.numbers
    eighteen = order.component(18) if order is not None else ""
    patient = next(message.named("PID"), None)
    day = "" if order is None else order.component(7) or order.component(6) or order.component(22)
    return Identity(
        accession=(_mapped(message, part, options, "accession") or eighteen or filler or placer)[:200],
        study_uid=(_mapped(message, part, options, "study_uid") or _study_uid(message, part))[:200],
        patient_id=(_mapped(message, part, options, "patient_id") or _patient_id(patient))[:200],
        date=plain_date(day),
    )


def _mapped(message: Message, part: _Part, options: SourceOptions, name: str) -> str:
    place = options.column_map.get(name, "")
    return message.at(place, part.order) if place else ""


def _patient_id(patient: Segment | None) -> str:
    """PID-3: the medical record number (MR) where types are given, else the first; PID-2 in old messages."""
    if patient is None:
        return ""
    numbers = patient.repetitions(3)
    typed = [one[0] for one in numbers if len(one) > 4 and one[4].upper() in ("MR", "PI") and one[0]]
    plain = [one[0] for one in numbers if one and one[0]]
    return next(iter([*typed, *plain]), "") or patient.component(2)


def _study_uid(message: Message, part: _Part) -> str:
    for result in part.results:
        if result.component(3) == "113014":  # DICOM Study (IHE)
            return result.component(5)
    for id, number in (("ZDS", 1), ("IPC", 3)):
        for segment in message.named(id):
            if segment.component(number):
                return segment.component(number)
    return ""


def _heading(result: Segment) -> str:
    code, _, suffix = result.component(3).partition(result.separators[3])
    known = heading_of(suffix, code, *result.components(3)[3:4])
    title = result.component(3, 2).upper().rstrip(":")
    return known or (title if title in ORDER else "")


def _text(result: Segment) -> str:
    """What an OBX says in words; empty for numbers, references and pictures."""
    kind = result.component(2).upper()
    if kind in ("TX", "FT", "ST", ""):
        return result.text(5) if result.component(3) != "113014" else ""
    if kind in ("CE", "CWE", "CF", "CNE"):
        return "\n".join(
            one[8] if len(one) > 8 and one[8] else "".join(one[1:2]) or one[0] for one in result.repetitions(5)
        )
    return _encapsulated(result) if kind == "ED" else ""


def _encapsulated(result: Segment) -> str:
    """ED: source, type, subtype, encoding, data."""
    parts = [*result.components(5), "", "", "", "", ""]
    subtype = parts[2].upper()
    if parts[3].upper() == "BASE64":
        data = from_base64(parts[4])
        text = "" if data is None else data.decode(result.codec or "utf-8", errors="replace")
    else:
        text = parts[4]
    if subtype in ("HTML", "XML", "X-HL7-CDA-LEVEL-ONE", "CDA"):
        return without_tags(text)
    return text if subtype in ("", "PLAIN", "TEXT", "TXT") or parts[1].upper() in ("TEXT", "TX", "FT") else ""


def _status(code: str, results: list[Segment], pieces: list[tuple[str, str]]) -> str:
    if pieces and all(heading == "ADDENDUM" for heading, _ in pieces):
        return "addendum"
    if code in STATUSES:
        return STATUSES[code]
    said = {result.component(11) for result in results} - {""}
    return STATUSES.get(next(iter(said)), "final") if len(said) == 1 else "corrected" if "C" in said else "final"


def _codes(message: Message, part: _Part, place: str, options: SourceOptions) -> Iterator[Record]:
    """DG1: diagnoses of the examination; a working diagnosis is not certain."""
    identity = _identity(message, part, options)
    for number, segment in enumerate(message.named("DG1"), start=1):
        code = icd10(segment.component(3))
        if code and segment.component(3, 3).upper().replace("-", "") in ("", "I10", "I10C", "I10P", "ICD10", "ICD10CM"):
            state = "equivocal" if segment.component(6).upper() == "W" else "present"
            yield CodedItem(f"{place}, DG1 {number}", code, "icd10", state, identity)
