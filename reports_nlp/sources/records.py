"""What a parser gives: a report, a coded diagnosis, or a problem. Everything here is as received: PHI, never stored."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, BinaryIO

MAX_TEXT = 1_000_000
"""Characters in one report. Long ones have tens of thousands; more is a parser led astray, or an attack."""
MAX_PROBLEMS = 1000
"""Bad records in one file after which the rest is not read."""


class SourceError(Exception):
    """The whole file can't be used; the message says why and what to do, and quotes nothing of a record."""

    def __init__(self, message: str, *, columns: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.columns = columns


class RecordError(Exception):
    """One record can't be used; the others go on."""


class Ignored(RecordError):
    """One record is sound, but no report and no diagnosis."""


@dataclass(frozen=True, slots=True)
class Identity:
    """What says whose record it is, as the sender wrote it."""

    accession: str = ""
    study_uid: str = ""
    patient_id: str = ""
    date: str = ""
    """Of the examination, YYYYMMDD."""


@dataclass(frozen=True, slots=True)
class ReportRecord:
    """A report as received."""

    place: str
    """Where in the file: line 12, message 3, entry 7."""
    text: str
    identity: Identity = field(default_factory=Identity)
    number: str = ""
    """The sender's own number of the report: the same in all of its versions."""
    issued: str = ""
    """When this version was issued, YYYYMMDDHHMMSS or shorter."""
    status: str = "final"
    """preliminary, final, corrected or addendum."""
    language: str = ""
    headings: tuple[str, ...] = ()
    known: tuple[str, ...] = ()
    """Names and identifiers from the record's own header: what must not survive in the text."""


@dataclass(frozen=True, slots=True)
class CodedItem:
    """A diagnosis code of an examination, or of a patient."""

    place: str
    code: str
    system: str = "icd10"
    state: str = "present"
    """present, absent or equivocal."""
    identity: Identity = field(default_factory=Identity)
    number: str = ""


@dataclass(frozen=True, slots=True)
class Problem:
    """A record that can't be used. `message` quotes nothing of it but column names, codes and numbers."""

    place: str
    message: str
    is_ignored: bool = False
    """True for what is sound but not for us, such as a dose report."""


Record = ReportRecord | CodedItem | Problem


def bounded(text: str) -> str:
    """The text. Raises RecordError when it is longer than any report."""
    if len(text) > MAX_TEXT:
        raise RecordError(f"The text has more than {MAX_TEXT} characters; no report has.")
    return text


@dataclass(frozen=True, slots=True)
class SourceOptions:
    """How to read files. What is empty is found out."""

    column_map: dict[str, str] = field(default_factory=dict)
    """What we call it → column of the table, e.g. text → Befund."""
    language: str = ""
    encoding: str = ""
    name_is: str = ""
    """What a text file's name is: accession, study_uid, patient_id or number; guessed if empty."""
    linked: Any = None
    """FHIR resources of the other files of this import, by reference (`fhir_links.Links`)."""


Parser = Callable[[BinaryIO, str, SourceOptions], Iterator[Record]]
"""(seekable stream, file name, options) → records in their order. Raises SourceError for a file that can't be used."""
