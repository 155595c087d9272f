"""Bytes become text: what the sender declared, else a mark at the start, else UTF-8, else the likeliest legacy set."""

from __future__ import annotations

import codecs
from typing import BinaryIO

from charset_normalizer import from_bytes

MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF32_LE, "utf-32"), (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"),
)
CANDIDATES = ["cp1252", "latin_1", "cp1250", "cp1251", "iso8859_2", "mac_roman", "cp850"]
_SIGNS = frozenset("–—‘’‚“”„†‡•…€°±²µ·×÷§«»¿¡\xa0\xad™®©½¼¾")
_SAMPLE = 64 * 1024
_BLOCK = 1 << 20


def decode(data: bytes, declared: str = "") -> str:
    """The text; what can't be decoded becomes U+FFFD. A declared set that does not fit is not believed."""
    if declared:
        try:
            return data.decode(declared).removeprefix("\ufeff")
        except (UnicodeError, LookupError):
            pass
    return data.decode(guess(data), errors="replace").removeprefix("\ufeff")


def guess(data: bytes) -> str:
    """Name of the codec for these bytes."""
    marked = _marked(data)
    if marked:
        return marked
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return _without_mark(data) or _legacy(data)
    return _without_mark(data) or "utf-8"


def guess_stream(stream: BinaryIO, declared: str = "") -> str:
    """Name of the codec for a whole file, read once from its start and rewound."""
    if declared and _known(declared):
        return declared
    stream.seek(0)
    head = stream.read(_SAMPLE)
    marked = _marked(head) or _without_mark(head)
    found = marked or ("utf-8" if _is_utf8(stream, head) else "")
    stream.seek(0)
    return found or _legacy(_telling(stream, head))


def _known(name: str) -> bool:
    try:
        return bool(codecs.lookup(name)._is_text_encoding)
    except LookupError:
        return False


def _marked(data: bytes) -> str:
    return next((name for mark, name in MARKS if data.startswith(mark)), "")


def _without_mark(data: bytes) -> str:
    """UTF-16 of mostly Latin text shows by its NULs on one side of each pair."""
    sample = data[:4096]
    if len(sample) < 4 or b"\0" not in sample:
        return ""
    even, odd = sample[0::2].count(0), sample[1::2].count(0)
    half = len(sample) // 2
    if odd > 0.4 * half and even < 0.05 * half:
        return "utf-16-le"
    return "utf-16-be" if even > 0.4 * half and odd < 0.05 * half else ""


def _is_utf8(stream: BinaryIO, head: bytes) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        decoder.decode(head)
        while block := stream.read(_BLOCK):
            decoder.decode(block)
        decoder.decode(b"", True)
    except UnicodeDecodeError:
        return False
    return True


def _telling(stream: BinaryIO, head: bytes) -> bytes:
    """A part of the file that holds the bytes in question."""
    if any(byte > 127 for byte in head):
        return head
    while block := stream.read(_BLOCK):
        place = next((n for n, byte in enumerate(block) if byte > 127), None)
        if place is not None:
            stream.seek(0)
            return block[max(0, place - 1024) : place + _SAMPLE]
    stream.seek(0)
    return head


def _legacy(data: bytes) -> str:
    """Windows-1252 where that reads as Latin script with accents; else what the statistics of letters say."""
    sample = data[:_SAMPLE]
    western = "cp1252" if _fits(sample, "cp1252") else "latin_1"
    if _reads_as_western(sample.decode(western, errors="replace")):
        return western
    best = from_bytes(sample, cp_isolation=CANDIDATES, threshold=0.35).best()
    return western if best is None else str(best.encoding)


def _reads_as_western(text: str) -> bool:
    """Few letters beyond ASCII, and beside them hardly anything but the signs of typography."""
    beyond = [letter for letter in text if letter > "\x7f"]
    letters = sum(letter.isalpha() for letter in beyond)
    signs = sum(letter in _SIGNS for letter in beyond)
    ascii_letters = sum(letter.isascii() and letter.isalpha() for letter in text)
    return letters + signs >= 0.9 * len(beyond) and letters <= 0.25 * (letters + ascii_letters)


def _fits(data: bytes, name: str) -> bool:
    try:
        data.decode(name)
    except UnicodeDecodeError:
        return False
    return True
