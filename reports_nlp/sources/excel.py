"""Excel workbooks (.xlsx), read row by row. What they unpack to is measured before anything is unpacked."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import Any, BinaryIO

from openpyxl import load_workbook

from reports_nlp.sources.columns import Layout, layout_of
from reports_nlp.sources.records import Problem, Record, RecordError, SourceError, SourceOptions
from reports_nlp.sources.rows import records_of_row

MAX_FILE_BYTES = 200 * 2**20
MAX_UNPACKED_BYTES = 400 * 2**20
MAX_RATIO = 150
MAX_COLUMNS = 200
MAX_MEMBERS = 5000
MAX_EMPTY_ROWS = 10_000
"""A sheet ends after this many rows without a cell: formats reach to row 1,048,576 in many workbooks."""
_OLD = b"\xd0\xcf\x11\xe0"
_DOCTYPE = re.compile(rb"<!\s*(?:DOCTYPE|ENTITY)", re.IGNORECASE)


def read(stream: BinaryIO, name: str, options: SourceOptions) -> Iterator[Record]:
    """The rows of every sheet that has a usable header. Raises SourceError when none has, or for a hostile file."""
    _check(stream)
    try:
        book = load_workbook(stream, read_only=True, data_only=True, keep_links=False)
    except Exception as error:  # whatever a broken workbook does to the library
        raise SourceError(
            f"The workbook can't be opened ({type(error).__name__}): broken, or with a password. Save it as CSV UTF-8."
        ) from None
    refusal: SourceError | None = None
    used = 0
    for sheet in book.worksheets[:50]:
        try:
            rows = _rows(sheet)
            header = next(rows, None)
            if header is None:
                continue
            layout = layout_of(header[1], options.column_map)
        except SourceError as error:
            refusal = refusal or error
            continue
        used += 1
        yield from _records(sheet.title, rows, layout, many=len(book.worksheets) > 1)
    if not used:
        raise refusal or SourceError("The workbook has no sheet with rows.")


def _check(stream: BinaryIO) -> None:
    stream.seek(0, 2)
    size = stream.tell()
    stream.seek(0)
    if stream.read(4) == _OLD:
        raise SourceError("An old Excel file (.xls), or one with a password. Save it as .xlsx or CSV UTF-8.")
    if size > MAX_FILE_BYTES:
        raise SourceError(f"Over the limit of {MAX_FILE_BYTES // 2**20} MB. Save it as CSV UTF-8.")
    try:
        with zipfile.ZipFile(stream) as archive:
            members = archive.infolist()
            total = sum(member.file_size for member in members)
            if len(members) > MAX_MEMBERS or total > MAX_UNPACKED_BYTES or total > 2**20 + MAX_RATIO * size:
                raise SourceError(
                    f"The workbook unpacks to {total / 2**20:.0f} MB; that is how zip bombs look. Save it as CSV UTF-8."
                )
            for member in members:
                _check_member(archive, member)
    except SourceError:
        raise
    except Exception as error:  # zipfile answers broken archives in many ways
        raise SourceError(
            f"The workbook is no readable zip ({type(error).__name__}). Save it again, or as CSV UTF-8."
        ) from None
    stream.seek(0)


def _check_member(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> None:
    if not member.filename.lower().endswith((".xml", ".rels")):
        return
    with archive.open(member) as part:
        if _DOCTYPE.search(part.read(4096).replace(b"\0", b"")):
            raise SourceError("The workbook declares entities; no program that writes workbooks does.")


def _rows(sheet: Any) -> Iterator[tuple[int, list[str]]]:
    """Row number and cells as text, from the first row that has any; rows without a cell are passed over."""
    sheet.reset_dimensions()
    empty = 0
    for number, row in enumerate(sheet.iter_rows(max_col=MAX_COLUMNS, values_only=True), start=1):
        cells = [_text(value) for value in row]
        if any(cells):
            empty = 0
            yield number, cells
            continue
        empty += 1
        if empty > MAX_EMPTY_ROWS:
            return


def _records(title: str, rows: Iterator[tuple[int, Sequence[str]]], layout: Layout, *, many: bool) -> Iterator[Record]:
    where = f"sheet {title[:20]}, " if many else ""
    for number, cells in rows:
        place = f"{where}row {number}"
        try:
            yield from records_of_row(place, cells, layout)
        except RecordError as error:
            yield Problem(place, str(error))


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M:%S")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))  # numbers of patients and examinations are numbers in Excel
    return str(value)
