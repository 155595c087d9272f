"""2,000 malformed files and messages: each ends with a verdict, none ends its worker, none takes long."""

from __future__ import annotations

import io
import time

import pytest

from reports_nlp.sources import CodedItem, Problem, ReportRecord, SourceError, SourceOptions, parse
from reports_nlp.sources.mllp import FrameError, Frames, acknowledgement
from tests.reports_nlp.sources import samples
from tests.reports_nlp.sources.mutations import mutated

NUMBERS = {"csv": 300, "excel": 250, "text": 100, "hl7": 400, "fhir": 400, "dicom": 350, "cda": 100, "openi": 100}
PATIENCE = 10.0
"""Seconds for one file; a file that takes longer holds up a worker."""


def test_there_are_two_thousand() -> None:
    assert sum(NUMBERS.values()) == 2000


@pytest.mark.parametrize("format", list(NUMBERS))
def test_every_malformed_file_ends_with_a_verdict(format: str) -> None:
    name, sound = samples.every_format()[format]
    slow = []
    for place, data in enumerate(mutated(sound, NUMBERS[format], seed=format)):
        began = time.monotonic()
        assert verdicts_of(format, data, name), f"{format} {place}: no verdict"
        if time.monotonic() - began > PATIENCE:
            slow.append(place)
    assert slow == []


def verdicts_of(format: str, data: bytes, name: str) -> int:
    """How many verdicts a file gives; nothing but a refusal of the whole file may be raised."""
    try:
        records = list(parse(format, io.BytesIO(data), name, SourceOptions()))
    except SourceError as error:
        return int(0 < len(str(error)) < 2000)
    for record in records:
        assert isinstance(record, ReportRecord | CodedItem | Problem)
        if isinstance(record, ReportRecord):
            assert record.text.strip()
    # A file that ends before its first row or message holds nothing to say anything about.
    return len(records) or int(not data.strip(b"\0 \r\n\t\x0b\x1c") or is_bare_header(format, data))


def is_bare_header(format: str, data: bytes) -> bool:
    return format in ("csv", "excel") or (format == "hl7" and b"MSH" not in data.replace(b"\0", b""))


@pytest.mark.parametrize("seed", range(4))
def test_any_bytes_over_mllp_give_frames_or_an_end_and_any_message_an_answer(seed: int) -> None:
    framed = b"\x0b" + samples.hl7_message().encode() + b"\x1c\r"
    for data in mutated(framed * 3, 60, seed=f"mllp{seed}"):
        stream = io.BytesIO(data)
        frames = Frames(stream.read, max_bytes=1_000_000)
        try:
            while (message := frames.next()) is not None:
                answer = acknowledgement(message, "AA")
                assert answer.startswith(b"\x0bMSH")
                assert answer.endswith(b"\x1c\r")
                assert answer.count(b"\x1c") == answer.count(b"\x0b") == 1
        except FrameError:
            continue


def test_sound_files_pass_through_the_same_eye() -> None:
    for format, (name, data) in samples.every_format().items():
        assert verdicts_of(format, data, name) == 1
