"""CSV, TSV and Excel: columns guessed or mapped, what is missing is named, a bad row never stops the others."""

from __future__ import annotations

import io
import zipfile

import pytest

from reports_nlp.sources import CodedItem, Problem, ReportRecord, SourceError
from tests.reports_nlp.sources.samples import ACCESSION, FINDINGS, IMPRESSION, csv_bytes, one, read, table, workbook


def test_obvious_columns_are_guessed_and_sections_get_their_headings() -> None:
    record = one("csv", csv_bytes(table()))
    assert record.text == f"FINDINGS:\n{FINDINGS}\n\nIMPRESSION:\n{IMPRESSION}"
    assert (record.identity.accession, record.identity.date, record.number) == (ACCESSION, "20210405", "R1")
    assert record.known == ("Okonkwo, Beatrix",)


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_found_out(delimiter: str) -> None:
    assert one("csv", csv_bytes(table(), delimiter=delimiter)).number == "R1"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "latin-1", "cp1252", "utf-16", "utf-16-le"])
def test_german_columns_in_any_encoding(encoding: str) -> None:
    rows = [["Befund-ID", "Patientennummer", "Untersuchungsdatum", "Befund", "Beurteilung"],
            ["7", "4711", "03.02.2020", "Kein Erguß, Größe normal.", "Unauffällig."]]
    record = one("csv", csv_bytes(rows, delimiter=";", encoding=encoding))
    assert record.text == "FINDINGS:\nKein Erguß, Größe normal.\n\nIMPRESSION:\nUnauffällig."
    assert (record.number, record.identity.patient_id, record.identity.date) == ("7", "4711", "20200203")


def test_a_map_says_what_cannot_be_guessed() -> None:
    data = csv_bytes([["nr", "freitext", "untersuchung"], ["1", FINDINGS, "A9"]])
    record = one("csv", data, column_map={"text": "Freitext", "accession": "untersuchung", "number": "nr"})
    assert (record.text, record.identity.accession, record.number) == (FINDINGS, "A9", "1")


def test_a_table_without_text_names_the_columns_there_are() -> None:
    with pytest.raises(SourceError) as refused:
        read("csv", csv_bytes([["nr", "freitext"], ["1", FINDINGS]]))
    assert refused.value.columns == ("nr", "freitext")
    assert "text=COLUMN" in str(refused.value)


def test_what_a_map_leaves_empty_is_not_guessed() -> None:
    assert one("csv", csv_bytes(table()), column_map={"findings": ""}).text == f"IMPRESSION:\n{IMPRESSION}"


def test_a_map_to_a_column_that_is_not_there_names_it() -> None:
    with pytest.raises(SourceError, match="Befund"):
        read("csv", csv_bytes(table()), column_map={"text": "Befund"})


def test_a_quoted_text_over_several_lines_is_one_record_and_the_next_has_its_own_line() -> None:
    rows = [["id", "text"], ["1", "first\nsecond\nthird"], ["2", ""], ["3", "fourth"]]
    first, bad, last = read("csv", csv_bytes(rows))
    assert isinstance(first, ReportRecord)
    assert first.place == "line 2"
    assert isinstance(bad, Problem)
    assert bad.place == "line 5"
    assert isinstance(last, ReportRecord)
    assert (last.place, last.text) == ("line 6", "fourth")


def test_an_unclosed_quote_costs_its_row_and_not_the_worker() -> None:
    data = b'id,text\n1,good\n2,"' + b"x" * 1_500_000 + b"\n3,later\n"
    records = read("csv", data)
    assert isinstance(records[0], ReportRecord)
    assert any(isinstance(r, Problem) and "quote" in r.message for r in records)


@pytest.mark.parametrize(("date", "plain"), [
    ("2020-02-03", "20200203"), ("20200203", "20200203"), ("3.2.2020", "20200203"), ("25/12/2020", "20201225"),
    ("12/25/2020", "20201225"), ("03/04/2020", ""), ("2020-13-01", ""), ("yesterday", ""),
])
def test_only_dates_with_one_meaning_are_taken(date: str, plain: str) -> None:
    assert one("csv", csv_bytes([["id", "date", "text"], ["1", date, "x"]])).identity.date == plain


def test_excel_rows_are_read_like_csv_rows_and_numbers_stay_numbers() -> None:
    rows = [["id", "accession", "text"], [4711.0, 12345678, FINDINGS], [None, None, None], ["5", "A", None]]
    good, bad = read("excel", workbook(rows))
    assert isinstance(good, ReportRecord)
    assert (good.number, good.identity.accession, good.place) == ("4711", "12345678", "row 2")
    assert isinstance(bad, Problem)
    assert bad.place == "row 4"


def test_a_zip_bomb_in_the_dress_of_a_workbook_is_refused_unopened() -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", b"<a/>")
        archive.writestr("xl/sharedStrings.xml", b"\0" * (32 * 2**20))
    with pytest.raises(SourceError, match="bomb"):
        read("excel", stream.getvalue())


def test_a_workbook_that_declares_entities_is_refused() -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("xl/workbook.xml", b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>')
    with pytest.raises(SourceError, match="entities"):
        read("excel", stream.getvalue())


@pytest.mark.parametrize(
    ("data", "word"), [(b"\xd0\xcf\x11\xe0" + b"\0" * 600, ".xls"), (b"PK\x03\x04 nothing", "zip")]
)
def test_what_is_no_workbook_is_told_what_to_do(data: bytes, word: str) -> None:
    with pytest.raises(SourceError, match=word):
        read("excel", data)


def test_a_sheet_whose_last_cell_is_a_million_rows_down_ends_early() -> None:
    book = workbook([["id", "text"], ["1", "a"]])
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(book)) as old, zipfile.ZipFile(stream, "w") as new:
        for member in old.namelist():
            content = old.read(member)
            if member == "xl/worksheets/sheet1.xml":
                far = b'<row r="1048576"><c r="A1048576" t="n"><v>1</v></c></row></sheetData>'
                content = content.replace(b"</sheetData>", far)
            new.writestr(member, content)
    assert len(read("excel", stream.getvalue())) == 1


def test_codes_become_items_with_their_certainty() -> None:
    rows = [["accession", "icd", "Diagnosensicherheit"], ["A1", "J93.0; J90", "G"], ["A2", "J18.9", "V"],
            ["A3", "J18.9", "A"], ["A4", "I21", "Z"], ["A5", "rubbish", "G"], ["A6", "J18.9", "?"]]
    items = read("csv", csv_bytes(rows))
    said = [(i.place, i.code, i.state) for i in items if isinstance(i, CodedItem)]
    assert said == [("line 2, code 1", "J93.0", "present"), ("line 2, code 2", "J90", "present"),
                    ("line 3", "J18.9", "equivocal"), ("line 4", "J18.9", "absent")]
    problems = [(p.place, p.is_ignored) for p in items if isinstance(p, Problem)]
    assert problems == [("line 5", True), ("line 6", False), ("line 7", False)]
