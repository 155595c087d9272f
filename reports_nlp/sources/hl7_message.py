"""One HL7 v2 message, taken apart into the fields that python-hl7 finds (a test compares them), in bounded time."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from reports_nlp.sources.encoding import decode, guess
from reports_nlp.sources.hl7_text import codec_of, unescape
from reports_nlp.sources.records import RecordError

MAX_MESSAGE_BYTES = 8 * 2**20
MAX_SEGMENTS = 20_000
MAX_FIELDS, MAX_REPETITIONS, MAX_COMPONENTS = 500, 100, 100
_SEGMENT = re.compile(r"[A-Z][A-Z0-9]{2}(?:\W|$)")
_ENVELOPE = ("BHS", "BTS", "FHS", "FTS")
_PLACE = re.compile(r"([A-Z][A-Z0-9]{2})-(\d{1,3})(?:\.(\d{1,2}))?")


@dataclass(frozen=True)
class Segment:
    """A segment whose fields are asked by their number, as the standard counts them."""

    id: str
    fields: list[str]
    separators: str
    codec: str

    def raw(self, number: int) -> str:
        """The field as sent; `""` (two quotes: deleted) is empty."""
        text = self.fields[number] if 0 <= number < len(self.fields) else ""
        return "" if text.strip() == '""' else text

    def text(self, number: int) -> str:
        """The whole field, repetitions as lines: what TX and FT are."""
        return "\n".join(self.plain(part) for part in self.raw(number).split(self.separators[2]))

    def repetitions(self, number: int) -> list[list[str]]:
        """Components of each repetition, unescaped; what comes after MAX_REPETITIONS of them stays unsplit."""
        parts = self.raw(number).split(self.separators[2], MAX_REPETITIONS)
        return [
            [self.plain(one).strip() for one in part.split(self.separators[1], MAX_COMPONENTS)] for part in parts
        ]

    def components(self, number: int) -> list[str]:
        """Of the first repetition."""
        return self.repetitions(number)[0]

    def component(self, number: int, place: int = 1) -> str:
        parts = self.components(number)
        return parts[place - 1] if place <= len(parts) else ""

    def plain(self, text: str) -> str:
        return unescape(text, separators=self.separators[:4], escape=self.separators[4], codec=self.codec)


@dataclass(frozen=True)
class Message:
    """A message; `header` is its MSH."""

    segments: list[Segment]

    @property
    def header(self) -> Segment:
        return self.segments[0]

    @property
    def kind(self) -> tuple[str, str]:
        """ORU and R01."""
        return self.header.component(9, 1).upper(), self.header.component(9, 2).upper()

    def named(self, *ids: str) -> Iterator[Segment]:
        return (segment for segment in self.segments if segment.id in ids)

    def at(self, place: str, within: Segment | None = None) -> str:
        """The value at a place such as OBR-18 or PV1-19.1, of `within` where that is such a segment."""
        found = _PLACE.fullmatch(place.strip().upper())
        if found is None:
            raise RecordError("A place in a message is written like OBR-18 or PV1-19.1.")
        id, number, component = found.group(1), int(found.group(2)), int(found.group(3) or 1)
        segment = within if within is not None and within.id == id else next(self.named(id), None)
        return segment.component(number, component) if segment is not None else ""


def read_message(data: bytes, encoding: str = "") -> Message:
    """Decode and split one message. Raises RecordError saying what is wrong with it."""
    if len(data) > MAX_MESSAGE_BYTES:
        raise RecordError(f"The message is over the limit of {MAX_MESSAGE_BYTES // 2**20} MB.")
    if is_utf16(data):
        data = to_utf8(data)
    start = data.find(b"MSH")
    if start < 0 or len(data) < start + 8:
        raise RecordError("There is no MSH segment: this is no HL7 message.")
    head = data[start:].split(b"\r")[0].split(b"\n")[0]
    fields = head.split(head[3:4])
    declared = fields[17].split(head[5:6])[0].decode("ascii", "replace") if len(fields) > 17 else ""
    codec = codec_of(declared)
    if codec.startswith(("utf-16", "utf-32")):
        codec = "utf-8"  # the header was readable as ASCII, so it is something else, or has been rewritten
    return _split(decode(data[start:], codec or encoding), codec)


def is_utf16(data: bytes) -> bool:
    head = data[:64]
    return b"M\0S\0H" in head


def to_utf8(data: bytes) -> bytes:
    return data.decode(guess(data), errors="replace").removeprefix("\ufeff").encode()


def _split(text: str, codec: str) -> Message:
    lines = _lines(text)
    field, marks = lines[0][3], lines[0][4:].split(lines[0][3])[0]
    is_odd = any(mark.isalnum() or mark.isspace() for mark in marks)
    if len(marks) < 2 or is_odd or len({field, *marks[:4]}) < 1 + len(marks[:4]):
        raise RecordError("MSH-1 and MSH-2 do not name five different separators.")
    separators = field + marks[:2] + (marks[3:4] or "&") + (marks[2:3] or "\\")
    return Message([Segment(line[:3], _fields(line, field), separators, codec) for line in lines])


def _fields(line: str, separator: str) -> list[str]:
    """Fields at the numbers that the standard gives them: in MSH the separator itself is the first."""
    fields = line.split(separator, MAX_FIELDS)
    return [fields[0], separator, *fields[1:]] if fields[0] == "MSH" else fields


def _lines(text: str) -> list[str]:
    """Segments; a line that starts none goes on with the one before (senders that break lines inside a field), and
    ADD goes on with the last field of the one before it."""
    lines: list[str] = []
    for line in re.split(r"\r\n|\r|\n", text.replace("\x0b", "").replace("\x1c", "")):
        if not line.strip():
            continue
        if not lines or _SEGMENT.match(line):
            if line.startswith("ADD") and len(lines) > 1:
                lines[-1] += line[4:]
            elif not line.startswith(_ENVELOPE):
                lines.append(line)
        else:
            lines[-1] += f"{_escape_of(lines[0])}.br{_escape_of(lines[0])}{line}"
        if len(lines) > MAX_SEGMENTS:
            raise RecordError(f"The message has more than {MAX_SEGMENTS} segments.")
    return lines


def _escape_of(header: str) -> str:
    return header[6:7] or "\\"
