"""FHIR: R4 and R5 reports as the official models build them, bundles, bulk lines, conditions."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import pytest

from reports_nlp.sources import CodedItem, Problem, ReportRecord
from reports_nlp.sources.fhir_links import collect_links
from tests.reports_nlp.sources.samples import (
    ACCESSION,
    FINDINGS,
    IMPRESSION,
    PATIENT_ID,
    STUDY_UID,
    as_json,
    condition,
    fhir_report,
    one,
    read,
)


def fhir(resource: Any, **options: Any) -> Any:
    return one("fhir", as_json(resource), **options)


def presented(text: str | bytes, kind: str = "text/plain") -> dict[str, Any]:
    data = text.encode() if isinstance(text, str) else text
    return {"presentedForm": [{"contentType": kind, "data": base64.b64encode(data).decode()}]}


def test_the_presented_form_is_the_text_and_the_conclusion_its_impression() -> None:
    record = fhir(fhir_report())
    assert record.text == f"{FINDINGS}\n\nIMPRESSION:\n{IMPRESSION}"
    assert (record.number, record.status, record.issued) == ("R1", "final", "20210405120000")
    assert record.identity.accession == ACCESSION
    assert record.identity.study_uid == STUDY_UID
    assert record.identity.patient_id == PATIENT_ID
    assert {"Okonkwo", "Beatrix Okonkwo", "1961-02-03", "Dr. Maren Thorvaldsen"} <= set(record.known)


def test_the_sample_is_what_the_official_model_of_r4b_accepts() -> None:
    from fhir.resources.R4B.diagnosticreport import DiagnosticReport

    parsed = DiagnosticReport.model_validate(fhir_report())
    assert parsed.conclusion == IMPRESSION


def test_a_report_written_by_the_official_model_of_r5_is_read() -> None:
    from fhir.resources.diagnosticreport import DiagnosticReport

    made = DiagnosticReport.model_validate({
        "status": "modified", "code": {"text": "Chest"}, "subject": {"reference": f"Patient/{PATIENT_ID}"},
        "study": [{"reference": "#s"}], "conclusion": IMPRESSION, "issued": "2021-04-05T12:00:00Z", "id": "r5",
        "contained": [{
            "resourceType": "ImagingStudy", "id": "s", "status": "available", "subject": {"reference": "Patient/1"},
            "identifier": [{"system": "urn:dicom:uid", "value": f"urn:oid:{STUDY_UID}"}],
        }],
    })
    record = one("fhir", made.model_dump_json().encode())
    assert record.text == f"IMPRESSION:\n{IMPRESSION}"
    assert record.status == "corrected"
    assert (record.identity.study_uid, record.identity.patient_id) == (STUDY_UID, PATIENT_ID)


def test_observations_become_sections() -> None:
    contained = [*fhir_report()["contained"], {
        "resourceType": "Observation", "id": "o", "status": "final",
        "code": {"coding": [{"system": "http://loinc.org", "code": "59776-5"}]}, "valueString": FINDINGS,
    }]
    record = fhir(fhir_report(presentedForm=[], contained=contained, result=[{"reference": "#o"}]))
    assert record.text == f"FINDINGS:\n{FINDINGS}\n\nIMPRESSION:\n{IMPRESSION}"


def test_html_is_read_without_its_tags_and_scripts() -> None:
    body = "<p>One &amp; two</p><script>x()</script><p>three<br/>four</p>"
    html = f"<html><head><style>p{{}}</style></head><body>{body}</body>"
    record = fhir(fhir_report(conclusion=None, **presented(html, "text/html")))
    assert record.text == "One & two\nthree\nfour"


def test_a_declared_charset_is_used() -> None:
    form = presented("Größe".encode("latin-1"), "text/plain; charset=iso-8859-1")
    record = fhir(fhir_report(conclusion=None, **form))
    assert record.text == "Größe"


@pytest.mark.parametrize(("changes", "words"), [
    ({"presentedForm": [{"contentType": "application/pdf", "data": "JVBERi0="}], "conclusion": ""}, "PDF"),
    ({"presentedForm": [{"contentType": "text/plain", "url": "http://x/1"}], "conclusion": ""}, "linked"),
    ({"presentedForm": [], "conclusion": ""}, "No presentedForm"),
    ({"status": "entered-in-error"}, "entered-in-error"),
    ({"presentedForm": 7, "conclusion": ["x"]}, "not as FHIR has it"),
])
def test_what_cannot_be_read_says_why(changes: dict[str, Any], words: str) -> None:
    problem = fhir(fhir_report(**changes))
    assert isinstance(problem, Problem)
    assert words in problem.message


def test_entries_of_a_bundle_find_each_other() -> None:
    report = fhir_report(
        contained=[], subject={"reference": "urn:uuid:p"}, imagingStudy=[{"reference": "ImagingStudy/s"}],
        identifier=[{"value": "R1"}],
    )
    bundle = {"resourceType": "Bundle", "type": "collection", "entry": [
        {"resource": report},
        {"fullUrl": "urn:uuid:p", "resource": {"resourceType": "Patient", "identifier": [{"value": PATIENT_ID}]}},
        {"resource": {"resourceType": "ImagingStudy", "id": "s", "identifier": [{"value": f"urn:oid:{STUDY_UID}"}],
                      "basedOn": [{"identifier": {"type": {"coding": [{"code": "ACSN"}]}, "value": ACCESSION}}]}},
    ]}
    record = fhir(bundle)
    assert record.place == "entry 1"
    assert record.identity.patient_id == PATIENT_ID
    assert (record.identity.study_uid, record.identity.accession) == (STUDY_UID, ACCESSION)


def test_bulk_lines_are_read_one_by_one_and_a_bad_one_is_named() -> None:
    lines = [as_json(fhir_report(id="a")), b"{broken", b"", as_json(fhir_report(id="b")), b"[1]"]
    records = read("fhir", b"\n".join(lines))
    assert [(type(r).__name__, r.place) for r in records] == [
        ("ReportRecord", "line 1"), ("Problem", "line 2"), ("ReportRecord", "line 4"), ("Problem", "line 5"),
    ]


def test_patients_of_another_file_of_the_export_are_found(tmp_path: Path) -> None:
    patient = {
        "resourceType": "Patient", "id": "17", "identifier": [{"value": PATIENT_ID}], "name": [{"family": "Okonkwo"}],
    }
    (tmp_path / "Patient.ndjson").write_bytes(as_json(patient) + b"\n")
    report = as_json(fhir_report(contained=[], subject={"reference": "Patient/17"}, imagingStudy=[]))
    (tmp_path / "DiagnosticReport.ndjson").write_bytes(report + b"\n" + report)
    linked = collect_links(sorted(tmp_path.glob("*.ndjson")))
    record = read("fhir", report + b"\n" + report, linked=linked)[0]
    assert isinstance(record, ReportRecord)
    assert record.identity.patient_id == PATIENT_ID
    assert "Okonkwo" in record.known


def test_a_file_of_patients_alone_is_ignored_with_a_count() -> None:
    record = one("fhir", as_json({"resourceType": "Patient", "id": "1"}) + b"\n" + as_json({"resourceType": "Patient"}))
    assert record.is_ignored
    assert "2 Patient" in record.message


@pytest.mark.parametrize(("changes", "state"), [
    ({}, "present"), ({"verificationStatus": {"coding": [{"code": "provisional"}]}}, "equivocal"),
    ({"verificationStatus": {"coding": [{"code": "refuted"}]}}, "absent"),
])
def test_a_condition_is_a_coded_item(changes: dict[str, Any], state: str) -> None:
    item = fhir(condition(**changes))
    assert isinstance(item, CodedItem)
    assert (item.code, item.system, item.state, item.identity.patient_id) == ("J93.0", "icd10", state, PATIENT_ID)


@pytest.mark.parametrize("changes", [
    {"verificationStatus": {"coding": [{"code": "entered-in-error"}]}},
    {"clinicalStatus": {"coding": [{"code": "resolved"}]}},
])
def test_what_is_over_or_an_error_is_ignored(changes: dict[str, Any]) -> None:
    assert fhir(condition(**changes)).is_ignored


def test_snomed_is_taken_where_no_icd_code_stands_first() -> None:
    item = fhir(condition(code={"coding": [{"system": "http://snomed.info/sct", "code": "36118008"}]}))
    assert (item.system, item.code) == ("snomed", "36118008")


def test_conclusion_codes_of_a_report_are_coded_items() -> None:
    code = {"coding": [{"system": "http://hl7.org/fhir/sid/icd-10", "code": "J90"}]}
    report, item = read("fhir", as_json(fhir_report(conclusionCode=[code])))
    assert isinstance(report, ReportRecord)
    assert isinstance(item, CodedItem)
    assert item.identity == report.identity


def test_json_nested_deeper_than_any_resource_is_a_problem() -> None:
    assert isinstance(one("fhir", b'{"resourceType":' + b"[" * 200_000), Problem)
