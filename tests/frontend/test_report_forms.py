"""Rules as a form, a table's columns before it is sent, accuracy: what pages make of what was sent to them."""

from __future__ import annotations

import io
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from openpyxl import Workbook

from annotation.models import Finding
from frontend.forms.report_rules import phrase_rows
from frontend.reports.table_preview import preview_of
from imaging.models import Study
from reports_nlp.models import Extraction, Report, ReportIntake, RulesVersion
from reports_nlp.services.extraction import extract_reports
from reports_nlp.services.verdicts import Shown, accept_label, correct_label
from tests.factories import Team, make_studies, make_team, make_worklist
from tests.frontend.pages import browser_of, text_of
from tests.reports_nlp.reports import bare_report, chest_findings

HEDGES = {
    "hedge-possible": "uncertain", "hedge-probable": "present", "hedge-unlikely": "uncertain",
    "hedge-no-new": "uncertain", "hedge-removed": "absent", "hedge-resolved": "absent",
}
FORM: dict[str, Any] = {"policy": "chexpert", "base_number": "0", "level": "mention", **HEDGES}


@pytest.fixture
def team() -> Team:
    return make_team()


@pytest.fixture
def findings(team: Team) -> dict[str, Finding]:
    return chest_findings(team.project)


@pytest.fixture
def study(team: Team) -> Study:
    return make_studies(team.project, 1)[0]


def rules(team: Team) -> str:
    return f"/p/{team.project.slug}/reports/rules/"


def sent(team: Team, part: str = "", more: dict[str, Any] | None = None, **fields: Any) -> str:
    codes = [finding.code for finding in Finding.objects.filter(project=team.project)]
    form = {**FORM, "map-code": codes, **(more or {}), **fields}
    return text_of(browser_of(team.manager).post(rules(team) + part, form, follow=True))


@pytest.mark.django_db
def test_a_form_that_changes_nothing_is_the_shipped_policy_and_the_suggested_map(
    team: Team, findings: dict[str, Finding]
) -> None:
    assert "Version 1 is in force" in sent(team, more={"map-effusion": ["Pleural Effusion"]}, act="save")
    saved = RulesVersion.objects.get()
    assert (saved.settings, saved.phrases, saved.finding_map) == ({}, [], {})


@pytest.mark.django_db
def test_what_differs_is_saved_and_shown_again(team: Team, findings: dict[str, Finding]) -> None:
    changed = {
        "hedge-possible": "present", "map-off": ["cardiomegaly"], "map-effusion": ["Pleural Effusion", "Pleural Other"],
        "phrase-kind": ["finding", "no-forward"], "phrase-finding": ["Pleural Effusion", ""],
        "phrase-words": ["wet pleura\n[small] wet pleura", "nothing like"],
    }
    sent(team, more=changed, act="save", note="our own words")
    saved = RulesVersion.objects.get()
    assert saved.settings == {"hedges": {"possible": "present"}}
    assert saved.finding_map == {"cardiomegaly": [], "effusion": ["Pleural Effusion", "Pleural Other"]}
    assert saved.phrases == [
        {"finding": "Pleural Effusion", "words": ["wet pleura", "[small] wet pleura"]},
        {"role": "negation", "direction": "forward", "words": ["nothing like"]},
    ]
    page = browser_of(team.manager).get(rules(team)).content.decode()
    assert "wet pleura\n[small] wet pleura</textarea>" in page
    assert '<option value="no-forward" selected>' in page


@pytest.mark.django_db
def test_a_stale_form_is_refused_and_what_was_written_stays_on_the_page(
    team: Team, findings: dict[str, Finding]
) -> None:
    sent(team, act="save")
    words = {"phrase-kind": ["finding"], "phrase-finding": ["Pneumothorax"], "phrase-words": ["air outside"]}
    page = sent(team, more=words, act="save")
    assert "Version 1 has been saved meanwhile" in page
    assert "air outside" in page
    assert RulesVersion.objects.count() == 1


@pytest.mark.django_db
def test_a_text_is_read_as_the_form_says_before_anything_is_saved(team: Team, findings: dict[str, Finding]) -> None:
    assert "equivocal: Pneumonia" in sent(team, "try/", text="Possible pneumonia.")
    assert "present: Pneumonia" in sent(team, "try/", {"hedge-possible": "present"}, text="Possible pneumonia.")
    own = {"phrase-kind": ["finding"], "phrase-finding": ["Pneumothorax"], "phrase-words": ["air outside the lung"]}
    assert "absent: Pneumothorax" in sent(team, "try/", own, text="No air outside the lung.")
    assert not RulesVersion.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize(("fields", "told"), [
    ({"text": "a" * 20_001}, "at most 20000 characters"),
    ({"text": "x", "policy": "nonsense"}, "no policy"),
    ({"text": "x", "phrase-kind": ["finding"], "phrase-finding": [""], "phrase-words": ["abc"]}, "Which finding does"),
    ({"text": "x", "phrase-kind": ["possible"], "phrase-finding": [""], "phrase-words": ["(maybe"]}, "is missing"),
])
def test_what_cannot_be_read_is_said_in_the_box(
    team: Team, findings: dict[str, Finding], fields: dict[str, Any], told: str
) -> None:
    assert told in sent(team, "try/", fields)


@pytest.mark.django_db
def test_a_change_is_counted_on_a_sample_before_it_is_saved(
    team: Team, findings: dict[str, Finding], study: Study
) -> None:
    bare_report(team.project, study)
    extract_reports(project=team.project)
    told = sent(team, "preview/", {"hedge-possible": "present"})
    assert "1 of 3 labels would change, in 1 of 1 sampled reports" in told
    assert "equivocal" in told


def test_a_phrase_that_the_form_cannot_write_is_kept_as_it_is() -> None:
    (row,) = phrase_rows([{"finding": "Nodule", "subfinding": "Mass", "words": ["lump"]}])
    assert '"subfinding": "Mass"' in row.kept


TABLE = "AccNo;Befund;Datum\nA1;Kein Erguss.;2024-01-01\nA2;Erguss;2024-01-"


def test_columns_are_guessed_by_their_names_and_half_a_line_is_left_out() -> None:
    preview = preview_of(name="x.csv", stream=io.BytesIO(TABLE.encode()), is_cut=True)
    assert [(c.name, c.guess) for c in preview.columns] == [
        ("AccNo", "accession"), ("Befund", "findings"), ("Datum", "date")
    ]
    assert preview.rows == [("A1", "Kein Erguss.", "2024-01-01")]


def test_a_workbook_is_looked_into_too() -> None:
    book, file = Workbook(), io.BytesIO()
    for cells in (["report text", "MRN", "doctor name"], ["No effusion.", "7", "Dr Who"]):
        book.active.append(cells)  # type: ignore[union-attr]
    book.save(file)
    file.seek(0)
    preview = preview_of(name="a.xlsx", stream=file, is_cut=False)
    assert [column.guess for column in preview.columns] == ["text", "patient_id", "known"]


@pytest.mark.parametrize("content", [b"", b"\n\n", b"PK\x03\x04broken", b'"open quote;a\nb'])
def test_what_is_no_table_is_said_and_breaks_nothing(content: bytes) -> None:
    for name in ("x.csv", "x.xlsx"):
        preview = preview_of(name=name, stream=io.BytesIO(content), is_cut=False)
        assert preview.problem or preview.columns


@pytest.mark.django_db
def test_the_first_rows_are_shown_to_who_imports_and_kept_nowhere(team: Team) -> None:
    file = SimpleUploadedFile("head", TABLE.encode())
    answer = browser_of(team.manager).post(
        f"/p/{team.project.slug}/reports/import/columns/", {"head": file, "name": "x.csv", "is_cut": "1"}
    )
    assert "Kein Erguss." in text_of(answer)
    assert not ReportIntake.objects.exists()


@pytest.mark.django_db
def test_an_import_is_shown_to_its_uploader_alone(team: Team) -> None:
    intake = ReportIntake.objects.create(project=team.project, created_by=team.manager, state="done")
    place = f"/p/{team.project.slug}/reports/import/{intake.pk}/"
    assert browser_of(team.manager).get(place).status_code == 200
    assert browser_of(team.admin).get(place).status_code == 404


@pytest.mark.django_db
def test_a_failed_import_asks_for_the_columns_it_could_not_guess(team: Team) -> None:
    intake = ReportIntake.objects.create(
        project=team.project, created_by=team.manager, state="failed", message="Which column holds the text?",
        options={"columns": ["A", "B"]},
    )
    page = browser_of(team.manager).get(f"/p/{team.project.slug}/reports/import/{intake.pk}/").content.decode()
    assert "Which column holds the text?" in page
    assert '<option value="text=B">' in page


def answered(team: Team, report: Report, findings: dict[str, Finding]) -> None:
    extraction = Extraction.objects.get(report=report, is_current=True)
    shown = Shown(extraction.definition, report.digest)
    accept_label(report=report, finding=findings["effusion"], reader=team.reviewer, shown=shown)
    correct_label(report=report, finding=findings["pneumonia"], reader=team.reviewer, shown=shown, state="absent")


@pytest.mark.django_db
def test_accuracy_counts_answers_with_intervals_and_shows_the_errors(
    team: Team, findings: dict[str, Finding], study: Study
) -> None:
    place = f"/p/{team.project.slug}/reports/accuracy/"
    assert "Nobody has answered a report yet" in text_of(browser_of(team.researcher).get(place))
    report = bare_report(team.project, study)
    extract_reports(project=team.project)
    answered(team, report, findings)
    page = text_of(browser_of(team.researcher).get(place))
    assert "All findings Rules 2 1 patient" in page
    assert "Pneumonia Rules ? equivocal − absent" in page
    assert "The rules label: no model has been trained" in page


@pytest.mark.django_db
def test_errors_of_a_report_that_must_wait_are_not_quoted(
    team: Team, findings: dict[str, Finding], study: Study
) -> None:
    report = bare_report(team.project, study)
    extract_reports(project=team.project)
    answered(team, report, findings)
    make_worklist(team.project, [study], mode="unaided")
    place = f"/p/{team.project.slug}/reports/accuracy/"
    assert "Small left" not in text_of(browser_of(team.annotator).get(place))
    assert "Small left" in text_of(browser_of(team.researcher).get(place))
