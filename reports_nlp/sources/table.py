"""Every format by its name, and the one way to read a file of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

from reports_nlp.sources import cda, csv_table, dicom, excel, fhir, hl7v2, openi, plain
from reports_nlp.sources.records import MAX_PROBLEMS, Parser, Problem, Record, SourceError, SourceOptions

SOURCES: dict[str, Parser] = {
    "csv": csv_table.read,
    "excel": excel.read,
    "text": plain.read,
    "hl7": hl7v2.read,
    "fhir": fhir.read,
    "dicom": dicom.read,
    "cda": cda.read,
    "openi": openi.read,
}
"""Tables may hold coded records as well (a column `code`), FHIR may hold Conditions."""


def parse(format: str, stream: BinaryIO, name: str, options: SourceOptions) -> Iterator[Record]:
    """Records of one file. A file that can't be read to its end gives what it held, then a problem that says why.

    Raises SourceError before the first record for an unknown format and for a table whose columns can't be used.
    """
    if format not in SOURCES:
        raise SourceError(f"{format[:40]!r} is no format; known: {', '.join(SOURCES)}.")
    bad = 0
    records = SOURCES[format](stream, name, options)
    while True:
        try:
            record = next(records, None)
        except SourceError:
            raise
        except (RecursionError, MemoryError, ValueError, KeyError, IndexError, TypeError, AttributeError,
                OverflowError, ArithmeticError, LookupError, EOFError, OSError, NotImplementedError,
                AssertionError) as error:
            # What a library makes of a broken file is beyond listing; its text may quote the record.
            yield Problem("", f"The file can't be read further ({type(error).__name__}): broken, or another format.")
            return
        if record is None:
            return
        yield record
        bad = bad + 1 if isinstance(record, Problem) and not record.is_ignored else 0
        if bad >= MAX_PROBLEMS:
            yield Problem("", f"{MAX_PROBLEMS} bad records in a row; the rest of the file was not read.")
            return
