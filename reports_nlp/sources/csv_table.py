"""Tables as text: comma, semicolon, tab or bar; any encoding; quoted cells over several lines."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import BinaryIO

from reports_nlp.sources.columns import layout_of
from reports_nlp.sources.encoding import guess_stream
from reports_nlp.sources.records import MAX_TEXT, Problem, Record, RecordError, SourceError, SourceOptions
from reports_nlp.sources.rows import records_of_row

DELIMITERS = ",;\t|"
MAX_COLUMNS = 500
_HEAD = 256 * 1024


def read(stream: BinaryIO, name: str, options: SourceOptions) -> Iterator[Record]:
    """A report per row, or a coded record per code.

    Raises SourceError when there is no header row or no column that holds a text or a code.
    """
    csv.field_size_limit(MAX_TEXT)  # of the whole process, and another command may have moved it
    encoding = guess_stream(stream, options.encoding)
    stream.seek(0)
    text = io.TextIOWrapper(_Kept(stream), encoding=encoding, errors="replace", newline="")
    rows = _rows(csv.reader(text, delimiter=_delimiter(stream, encoding)))
    header = next(rows, None)
    if header is None or isinstance(header[1], str):
        raise SourceError("The table is empty, or its first line is no row of column names.")
    layout = layout_of([cell.removeprefix("\ufeff") for cell in header[1][:MAX_COLUMNS]], options.column_map)
    for line, row in rows:
        place = f"line {line}"
        if isinstance(row, str):
            yield Problem(place, row)
            continue
        if not any(cell.strip() for cell in row):
            continue
        try:
            yield from records_of_row(place, row[:MAX_COLUMNS], layout)
        except RecordError as error:
            yield Problem(place, str(error))


class _Kept(io.BufferedReader):
    """The caller's stream stays open when the text layer around it goes."""

    def __init__(self, stream: BinaryIO) -> None:
        super().__init__(stream)  # type: ignore[arg-type]

    def close(self) -> None:
        self.detach()


def _rows(reader: Iterator[list[str]]) -> Iterator[tuple[int, list[str] | str]]:
    """(first line of the row, its cells), or the reason why it can't be read; the rows after it go on."""
    line = 0
    while True:
        first = line + 1
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            line = reader.line_num  # type: ignore[attr-defined]
            too_long = "field larger" in str(error)
            yield first, (
                f"A cell is longer than {MAX_TEXT} characters; most likely a quote is not closed." if too_long
                else "The row is no CSV: a quote or a line end stands where it must not."
            )
            continue
        line = reader.line_num  # type: ignore[attr-defined]
        yield first, row


def _delimiter(stream: BinaryIO, encoding: str) -> str:
    """The one that stands most often in the first line, outside quotes."""
    position = stream.tell()
    stream.seek(0)
    head = stream.read(_HEAD).decode(encoding, errors="replace")
    stream.seek(position)
    counts = dict.fromkeys(DELIMITERS, 0)
    quoted = False
    for letter in head:
        if letter == '"':
            quoted = not quoted
        elif letter in "\r\n" and not quoted and any(counts.values()):
            break
        elif letter in counts and not quoted:
            counts[letter] += 1
    return max(DELIMITERS, key=lambda delimiter: counts[delimiter])
