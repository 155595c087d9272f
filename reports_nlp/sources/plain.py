"""A file that is one report. What the report is about stands in the file's name."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import BinaryIO

from reports_nlp.sources.encoding import decode
from reports_nlp.sources.records import (
    MAX_TEXT,
    Identity,
    Problem,
    Record,
    RecordError,
    ReportRecord,
    SourceOptions,
    bounded,
)

_UID = re.compile(r"[0-2](\.(0|[1-9][0-9]*)){3,}")
_WORDS = re.compile(r"[^\W\d_]{2,}")


def read(stream: BinaryIO, name: str, options: SourceOptions) -> Iterator[Record]:
    """One report. `options.name_is` says what the name is; without it a UID is the study's, anything else an accession
    number."""
    data = stream.read(4 * MAX_TEXT + 4)
    text = decode(data, options.encoding)
    stem = _stem(name)
    try:
        if not text.strip("\0 \r\n\t\ufeff"):
            raise RecordError("The file has no text.")
        if text.count("\0") > len(text) // 20 or text.count("\ufffd") > len(text) // 5:
            raise RecordError("The file is no text.")
        yield ReportRecord(
            "", bounded(text), _identity(stem, options.name_is), number=stem if options.name_is == "number" else "",
            known=(stem, *_WORDS.findall(stem)),
        )
    except RecordError as error:
        yield Problem("", str(error))


def _stem(name: str) -> str:
    base = name.replace("\\", "/").rsplit("/", 1)[-1]
    return re.sub(r"\.(txt|text)$", "", base, flags=re.IGNORECASE).strip()[:200]


def _identity(stem: str, name_is: str) -> Identity:
    kind = name_is or ("study_uid" if _UID.fullmatch(stem) else "accession")
    return Identity(**{kind: stem}) if kind != "number" else Identity()
