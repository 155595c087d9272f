"""HL7 v2: every repetition and continuation, escapes, character sets, versions, and whose it is."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from reports_nlp.sources import CodedItem, Problem, ReportRecord
from reports_nlp.sources.hl7_text import unescape
from tests.reports_nlp.sources.samples import (
    ACCESSION,
    FINDINGS,
    IMPRESSION,
    PATIENT_ID,
    STUDY_UID,
    hl7_message,
    one,
    read,
)


def hl7(message: str, encoding: str = "utf-8", **options: Any) -> Any:
    return one("hl7", message.encode(encoding), **options)


def test_a_result_is_a_report_with_its_sections_and_keys() -> None:
    record = hl7(hl7_message(extra=(f"ZDS|{STUDY_UID}^RADLOOP^Application^DICOM",)))
    assert record.text == f"FINDINGS:\n{FINDINGS}\n\nIMPRESSION:\n{IMPRESSION}"
    assert record.identity.accession == ACCESSION
    assert record.identity.patient_id == PATIENT_ID
    assert record.identity.study_uid == STUDY_UID
    assert (record.identity.date, record.issued, record.number) == ("20210405", "20210405120000", "F1")


def test_what_the_header_names_is_known_to_the_scrubber() -> None:
    known = set(hl7(hl7_message()).known)
    assert {"Okonkwo", "Beatrix", PATIENT_ID, "99887766", "Iván Castellanos", "Thorvaldsen", "LAKESIDE GENERAL",
            "Port Ellen", "19610203"} <= known


@pytest.mark.parametrize("separator", ["\r", "\n", "\r\n"])
@pytest.mark.parametrize("frame", [("", ""), ("\x0b", "\x1c\r")])
def test_many_messages_in_a_file_framed_or_not(separator: str, frame: tuple[str, str]) -> None:
    parts = [hl7_message(number=f"F{n}").replace("\r", separator) for n in range(3)]
    data = "".join(frame[0] + part + frame[1] for part in parts).encode()
    assert [r.number for r in read("hl7", data) if isinstance(r, ReportRecord)] == ["F0", "F1", "F2"]


def test_a_batch_is_its_messages() -> None:
    data = f"FHS|^~\\&|A\rBHS|^~\\&|A\r{hl7_message()}{hl7_message(number='F2')}BTS|2\rFTS|1\r"
    assert len(read("hl7", data.encode())) == 2


def test_repetitions_and_several_obx_are_lines_in_their_order() -> None:
    record = hl7(hl7_message(text="first~second", extra=("OBX|3|TX|71046&IMP^Chest||third~fourth||||||F",)))
    assert record.text == f"FINDINGS:\nfirst\nsecond\n\nIMPRESSION:\n{IMPRESSION}\nthird\nfourth"


def test_add_and_broken_lines_go_on_with_the_field_before() -> None:
    message = hl7_message(text="begins").replace("||begins||||||F", "||begins")
    added = message.replace("||begins\r", "||begins\rADD| and goes on\r")
    assert "begins and goes on" in hl7(added).text
    broken = message.replace("||begins\r", "||begins\rnext line of a broken field\r")
    assert "begins\nnext line of a broken field" in hl7(broken).text


@pytest.mark.parametrize(("sent", "meant"), [
    (r"3 \T\ 4", "3 & 4"), (r"a\F\b\S\c\R\d\E\e", "a|b^c~d\\e"), (r"one\.br\two", "one\ntwo"),
    (r"one\.sp2\two", "one\n\ntwo"), (r"\H\bold\N\ plain", "bold plain"), (r"caf\XC3A9\.", "café."),
    (r"5\.in+4\x", "5x"), (r"a lone \ stays", r"a lone \ stays"), (r"\Zfoo\gone", "gone"),
    (r"\.sp999999999\x", "\n" * 20 + "x"), (r"\X0\odd", r"\X0\odd"), ("", ""),
])
def test_escape_sequences(sent: str, meant: str) -> None:
    assert unescape(sent) == meant


def test_delimiters_inside_formatted_text_stay() -> None:
    assert "mass 3^4 at 5&6" in hl7(hl7_message(text="mass 3^4 at 5&6")).text


@pytest.mark.parametrize(("charset", "encoding"), [
    ("8859/1", "latin-1"), ("UNICODE UTF-8", "utf-8"), ("8859/15", "iso8859-15"), ("", "utf-8"), ("", "cp1252"),
    ("ASCII", "latin-1"), ("8859/2~ISO IR87", "iso8859-2"),
])
def test_character_sets_declared_or_not(charset: str, encoding: str) -> None:
    assert "Größe" in hl7(hl7_message(text="Größe", charset=charset), encoding).text


def test_utf16_is_read_as_well() -> None:
    assert "Größe" in hl7(hl7_message(text="Größe", charset="UNICODE UTF-16"), "utf-16").text


@pytest.mark.parametrize(
    ("code", "status"), [("P", "preliminary"), ("F", "final"), ("C", "corrected"), ("R", "preliminary")]
)
def test_status_of_the_result(code: str, status: str) -> None:
    assert hl7(hl7_message(status=code)).status == status


def test_a_message_of_nothing_but_an_addendum_says_so() -> None:
    message = hl7_message(text="Also a nodule.", impression="").replace("&GDT", "&ADT")
    assert hl7(message).status == "addendum"


@pytest.mark.parametrize("code", ["X", "D"])
def test_a_cancelled_result_is_named(code: str) -> None:
    problem = hl7(hl7_message().replace("|||F|||||||RAD9", f"|||{code}|||||||RAD9"))
    assert isinstance(problem, Problem)
    assert "cancelled" in problem.message


def test_orders_of_one_number_are_one_report_and_others_their_own() -> None:
    base = hl7_message()
    order = base[base.index("OBR|"):]
    assert len(read("hl7", (base + order).encode())) == 1
    two = read("hl7", (base + order.replace("F1", "F2")).encode())
    assert [r.place for r in two] == ["message 1, order 1", "message 1, order 2"]


def test_a_place_may_be_named_for_the_accession_number() -> None:
    assert hl7(hl7_message(), column_map={"accession": "OBR-3"}).identity.accession == "F1"
    assert hl7(hl7_message(accession="")).identity.accession == "F1"


def test_encapsulated_text_is_read_and_a_pdf_is_told_what_to_do() -> None:
    data = base64.b64encode(FINDINGS.encode()).decode()
    only = hl7_message(text="", impression="", extra=(f"OBX|3|ED|1^R||RIS^TEXT^PLAIN^Base64^{data}||||||F",))
    assert hl7(only).text == FINDINGS
    pdf = hl7(only.replace("TEXT^PLAIN", "AP^PDF"))
    assert isinstance(pdf, Problem)
    assert "PDF" in pdf.message


def test_diagnoses_of_the_message_are_coded_items() -> None:
    extra = ("DG1|1||J93.0^Pneumothorax^I10|||F", "DG1|2||J18.9^Pneumonia^I10|||W", "DG1|3||X^Local^L|||F")
    items = [i for i in read("hl7", hl7_message(extra=extra).encode()) if isinstance(i, CodedItem)]
    assert [(i.code, i.state) for i in items] == [("J93.0", "present"), ("J18.9", "equivocal")]


def test_another_kind_of_message_is_ignored_by_name() -> None:
    problem = hl7(hl7_message(kind="ORM^O01"))
    assert problem.is_ignored
    assert "ORM^O01" in problem.message


def test_a_bad_message_between_good_ones_is_named_by_its_number() -> None:
    data = hl7_message() + "MSH|^~\\&|broken\r" + hl7_message(number="F2")
    kinds = [(type(r).__name__, r.place) for r in read("hl7", data.encode())]
    assert kinds == [("ReportRecord", "message 1"), ("Problem", "message 2"), ("ReportRecord", "message 3")]


def test_a_message_over_the_limit_is_named_once_and_the_next_is_read() -> None:
    data = hl7_message().encode() + b"MSH|^~\\&|" + b"x" * (20 * 2**20) + b"\r" + hl7_message(number="F2").encode()
    records = read("hl7", data)
    assert [type(r).__name__ for r in records] == ["ReportRecord", "Problem", "ReportRecord"]


def test_fields_are_those_that_python_hl7_finds() -> None:
    import hl7 as oracle

    from reports_nlp.sources.hl7_message import read_message

    message = hl7_message(text="a^b&c~d", extra=("ZZZ|1||x", "DG1|1||J93.0^P^I10"))
    theirs, ours = oracle.parse(message), read_message(message.encode())
    assert [s.id for s in ours.segments] == [str(s[0]) for s in theirs]
    for mine, other in zip(ours.segments, theirs, strict=True):
        assert mine.fields == [str(field) for field in other]
    assert ours.segments[1].component(5, 2) == theirs.segment("PID").extract_field(field_num=5, component_num=2)
