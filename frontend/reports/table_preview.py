"""The first rows of a table as its uploader is about to send it, and which column seems to be what. Nothing is kept."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from typing import BinaryIO

from reports_nlp.sources import SourceError
from reports_nlp.sources.columns import layout_of
from reports_nlp.sources.encoding import decode

ROWS, CELL = 5, 240
TARGET_WORDS: dict[str, str] = {
    "text": "the report's text", "findings": "section: findings", "impression": "section: impression",
    "indication": "section: indication", "comparison": "section: comparison", "technique": "section: technique",
    "number": "number of the report", "accession": "accession number", "study_uid": "study UID",
    "patient_id": "patient identifier", "date": "date of the study", "issued": "when it was issued",
    "status": "status (final, preliminary…)", "language": "language", "code": "diagnosis code",
    "certainty": "certainty of the code", "known": "a name to take out of the text",
}


@dataclass(frozen=True)
class Column:
    name: str
    cells: tuple[str, ...]
    guess: str
    """What it seems to be; empty: it is not used."""


@dataclass(frozen=True)
class TablePreview:
    columns: tuple[Column, ...]
    problem: str = ""

    @property
    def rows(self) -> list[tuple[str, ...]]:
        return list(zip(*(column.cells for column in self.columns), strict=True))


def preview_of(*, name: str, stream: BinaryIO, is_cut: bool) -> TablePreview:
    """`is_cut`: the last line may be only half there. Raises nothing: what can't be read is said."""
    try:
        rows = _excel_rows(stream) if name.lower().endswith((".xlsx", ".xlsm")) else _csv_rows(stream, is_cut)
    except (zipfile.BadZipFile, csv.Error, KeyError, ValueError, OSError, IndexError, TypeError) as error:
        return TablePreview((), f"This table can't be looked into here ({type(error).__name__}). Import it as it is.")
    if not rows or not any(cell.strip() for cell in rows[0]):
        return TablePreview((), "The first line is empty: the names of the columns are expected there.")
    header, body = rows[0], rows[1:]
    guesses, problem = _guesses(header)
    columns = tuple(
        Column(title, tuple(row[n][:CELL] if n < len(row) else "" for row in body), guesses.get(n, ""))
        for n, title in enumerate(header) if title.strip()
    )
    return TablePreview(columns, problem)


def _guesses(header: Sequence[str]) -> tuple[dict[int, str], str]:
    try:
        layout = layout_of(header, {})
    except SourceError:
        return {}, "Say which column holds the text."
    guesses = {place: ours for ours, place in layout.places.items()}
    return guesses | dict.fromkeys(layout.personal, "known"), ""


def _csv_rows(stream: BinaryIO, is_cut: bool) -> list[list[str]]:
    text = decode(stream.read())
    try:
        dialect: type[csv.Dialect] | csv.Dialect = csv.Sniffer().sniff(text.partition("\n")[0], delimiters=",;\t|")
    except csv.Error:
        dialect = csv.excel
    dialect.doublequote = True
    found = list(islice(csv.reader(io.StringIO(text, newline=""), dialect), ROWS + 2))
    complete = found[:-1] if is_cut and len(found) > 1 else found
    return complete[: ROWS + 1]


def _excel_rows(stream: BinaryIO) -> list[list[str]]:
    from openpyxl import load_workbook

    book = load_workbook(stream, read_only=True, data_only=True)
    try:
        sheet = book.worksheets[0]
        rows = islice(sheet.iter_rows(values_only=True, max_col=200), ROWS + 1)
        return [["" if cell is None else str(cell) for cell in row] for row in rows]
    finally:
        book.close()
