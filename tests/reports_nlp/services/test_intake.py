"""Importing reports: idempotent, versions and addenda, a bad record named while the others go in, no name kept."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.utils import timezone

from core.models import Project
from imaging.services.walk import MAX_RATIO
from reports_nlp.models import IntakeVerdict, Report, ReportIntake
from reports_nlp.services import intake_retention, intake_staging
from reports_nlp.sources import SourceError
from tests.factories import make_project
from tests.reports_nlp.intakes import take, verdicts
from tests.reports_nlp.sources import samples
from tests.reports_nlp.sources.samples import FINDINGS, as_json, csv_bytes, fhir_report, hl7_message

pytestmark = pytest.mark.django_db


@pytest.fixture
def project() -> Project:
    return make_project()


def only(project: Project) -> Report:
    return Report.objects.get(project=project, is_latest=True)


def test_one_import_may_hold_every_format_and_every_record_has_a_verdict(project: Project) -> None:
    files = {f"{format}/{name}": data for format, (name, data) in samples.every_format().items()}
    intake = take(project, {**files, "notes.doc": b"whatever"})
    assert intake.state == "done"
    assert intake.counts["stored"] + intake.counts["already-there"] + intake.counts["new-version"] == 8
    assert verdicts(intake)["notes.doc"] == "ignored"


@pytest.mark.parametrize("format", list(samples.every_format()))
def test_the_same_file_again_writes_nothing(project: Project, format: str) -> None:
    name, data = samples.every_format()[format]
    first = take(project, {name: data})
    again = take(project, {name: data})
    assert set(verdicts(first).values()) == {"stored"}
    assert set(verdicts(again).values()) == {"already-there"}
    assert Report.objects.count() == 1


def test_the_text_is_deidentified_before_it_is_stored(project: Project) -> None:
    about = f"Mrs. Okonkwo, born 03.02.1961, MRN {samples.PATIENT_ID}"
    said = f"{about}: {FINDINGS} Signed Dr. Maren Thorvaldsen, 555-0134-77."
    take(project, {"a.hl7": hl7_message(text=said).encode()})
    text = only(project).text
    for word in ("Okonkwo", samples.PATIENT_ID, "1961", "555-0134-77", "Thorvaldsen"):
        assert word not in text
    assert FINDINGS in text


def test_nothing_of_a_report_holds_an_original_identifier(project: Project) -> None:
    take(project, {"a.json": as_json(fhir_report())})
    row = Report.objects.values().get()
    kept = " ".join(str(value) for value in row.values())
    for original in (samples.PATIENT_ID, samples.ACCESSION, samples.STUDY_UID, "Okonkwo", "2021-04-05"):
        assert original not in kept


def test_a_changed_text_is_a_new_version_and_history_is_kept(project: Project) -> None:
    take(project, {"a.csv": csv_bytes([["id", "text"], ["1", "No effusion."]])})
    second = take(project, {"a.csv": csv_bytes([["id", "text"], ["1", "Small effusion."]])})
    assert verdicts(second) == {"a.csv line 2": "new-version"}
    assert list(Report.objects.order_by("version").values_list("version", "text", "is_latest")) == [
        (1, "No effusion.", False), (2, "Small effusion.", True),
    ]


def test_a_replayed_history_changes_nothing(project: Project) -> None:
    rows = [["id", "text"], ["1", "No effusion."], ["1", "Small effusion."], ["1", "Large effusion."]]
    take(project, {"a.csv": csv_bytes(rows)})
    again = take(project, {"a.csv": csv_bytes(rows)})
    assert set(verdicts(again).values()) == {"already-there"}
    assert only(project).text == "Large effusion."
    assert Report.objects.count() == 3


def test_the_same_record_twice_in_one_file_is_stored_once(project: Project) -> None:
    said = ("No effusion.", "No effusion.", "Small effusion.", "No effusion.")
    rows = [["id", "text"], *(["1", text] for text in said)]
    intake = take(project, {"a.csv": csv_bytes(rows)})
    assert [v.verdict for v in intake.verdicts.order_by("pk")] == [
        "stored", "already-there", "new-version", "already-there",
    ]
    assert Report.objects.count() == 2


def test_a_return_to_an_earlier_text_is_a_version_of_its_own_time(project: Project) -> None:
    for hour, text in (("10", "No effusion."), ("11", "Small effusion."), ("12", "No effusion.")):
        take(project, {"a.hl7": hl7_message(text=text, issued=f"20210405{hour}0000").encode()})
    assert (only(project).version, "No effusion." in only(project).text) == (3, True)


def test_an_older_version_that_comes_late_is_kept_in_the_history(project: Project) -> None:
    take(project, {"a.hl7": hl7_message(text="Corrected.", status="C", issued="20210405120000").encode()})
    late = take(project, {"a.hl7": hl7_message(text="First.", issued="20210405100000").encode()})
    assert "Corrected." in only(project).text
    verdict = late.verdicts.get()
    assert (verdict.verdict, "Older" in verdict.reason) == ("stored", True)


def test_a_preliminary_text_never_replaces_a_signed_one(project: Project) -> None:
    rows = [["id", "status", "text"], ["1", "final", "Signed."], ["1", "preliminary", "Draft."]]
    take(project, {"a.csv": csv_bytes(rows)})
    assert only(project).text == "Signed."


def test_an_addendum_of_its_own_is_put_below_the_report_once(project: Project) -> None:
    base = [["id", "status", "text"], ["1", "final", "No nodule."]]
    added = [["id", "status", "text"], ["1", "addendum", "A nodule after all."]]
    take(project, {"a.csv": csv_bytes(base)})
    take(project, {"b.csv": csv_bytes(added)})
    assert only(project).text == "No nodule.\n\nADDENDUM:\nA nodule after all."
    take(project, {"b.csv": csv_bytes(added)})
    take(project, {"a.csv": csv_bytes(base)})
    assert only(project).version == 2


def test_an_addendum_that_repeats_the_report_replaces_it(project: Project) -> None:
    longer = "No nodule.\nAddendum: a nodule."
    rows = [["id", "status", "text"], ["1", "final", "No  nodule."], ["1", "addendum", longer]]
    take(project, {"a.csv": csv_bytes(rows)})
    assert only(project).text == "No nodule.\nAddendum: a nodule."


@pytest.mark.parametrize("in_one_file", [True, False])
def test_an_addendum_that_comes_before_its_report_is_put_below_it(project: Project, in_one_file: bool) -> None:
    header = ["id", "patient_id", "status", "issued", "text"]
    added = ["1", "P7", "addendum", "2021-04-05 12:00", "A nodule after all."]
    body = ["1", "P7", "final", "2021-04-05 10:00", "No nodule."]
    files = [csv_bytes([header, added, body])] if in_one_file else [csv_bytes([header, r]) for r in (added, body)]
    for _ in range(2):
        for data in files:
            take(project, {"a.csv": data})
    assert only(project).text == "No nodule.\n\nADDENDUM:\nA nodule after all."
    assert Report.objects.count() == 2
    take(project, {"a.csv": csv_bytes([header, ["1", "P7", "corrected", "2021-04-05 13:00", "One nodule."]])})
    assert only(project).text == "One nodule."


def test_a_number_that_is_another_patients_is_refused_unless_the_sender_is_named(project: Project) -> None:
    def row(patient: str, text: str) -> bytes:
        return csv_bytes([["id", "patient_id", "text"], ["1", patient, text]])

    take(project, {"a.csv": row("P1", "One.")})
    second = take(project, {"a.csv": row("P2", "Two.")})
    assert verdicts(second) == {"a.csv line 2": "refused"}
    assert "sender" in second.verdicts.get().reason
    named = take(project, {"a.csv": row("P2", "Two.")}, sender="other hospital")
    assert verdicts(named) == {"a.csv line 2": "stored"}


def test_reports_without_any_number_stay_apart(project: Project) -> None:
    take(project, {"a.csv": csv_bytes([["patient_id", "text"], ["P1", "One."], ["P1", "Two."], ["", "Three."]])})
    assert Report.objects.filter(is_latest=True).count() == 3


def test_bad_records_are_named_by_line_while_the_rest_go_in(project: Project) -> None:
    rows = [["id", "text"], ["1", "Fine."], ["2", ""], ["3", "x" * 1_000_001], ["4", "Fine too."]]
    intake = take(project, {"a.csv": csv_bytes(rows)})
    assert verdicts(intake) == {
        "a.csv line 2": "stored", "a.csv line 3": "refused", "a.csv line 4": "refused", "a.csv line 5": "stored",
    }
    assert intake.counts == {"stored": 2, "refused": 2, "waiting": 2}


def test_text_of_nuls_and_half_surrogates_is_stored_as_text(project: Project) -> None:
    report = fhir_report(presentedForm=[], conclusion="No\0 effusion \ud800 here.")
    take(project, {"a.json": as_json(report)})
    assert "\0" not in only(project).text
    assert "effusion" in only(project).text


def test_a_folder_and_a_zip_of_texts_are_walked(project: Project) -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("deep/A2.txt", "Two.")
    intake = take(project, {"one/A1.txt": b"One.", "more.zip": stream.getvalue()})
    assert verdicts(intake) == {"more.zip/deep/A2.txt": "stored", "one/A1.txt": "stored"}


def test_a_zip_bomb_is_refused_and_the_others_go_in(project: Project) -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.txt", b"\0" * (65 * 2**20))
    assert len(stream.getvalue()) * MAX_RATIO < 65 * 2**20
    intake = take(project, {"a.csv": csv_bytes([["id", "text"], ["1", "Fine."]]), "bomb.zip": stream.getvalue()})
    assert verdicts(intake) == {"a.csv line 2": "stored", "bomb.zip": "refused"}


def test_a_table_that_cannot_be_used_fails_alone_but_not_among_others(project: Project) -> None:
    table = csv_bytes([["nr", "freitext"], ["1", "Fine."]])
    with pytest.raises(SourceError, match="freitext"):
        take(project, {"a.csv": table})
    assert ReportIntake.objects.get().state == "failed"
    mixed = take(project, {"a.csv": table, "A1.txt": b"One."})
    assert verdicts(mixed) == {"A1.txt": "stored", "a.csv": "refused"}


def test_an_import_cut_off_and_run_again_ends_with_the_same_rows(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    from reports_nlp.services import intake_files

    monkeypatch.setattr(intake_files, "GROUP", 2)
    rows = csv_bytes([["id", "text"], *([str(n), f"Text {n}."] for n in range(7))])
    calls: list[int] = []

    def die_at_the_third(**arguments: Any) -> Any:
        calls.append(1)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return real(**arguments)

    real: Callable[..., Any] = intake_files.take_group
    monkeypatch.setattr(intake_files, "take_group", die_at_the_third)
    with pytest.raises(KeyboardInterrupt):
        take(project, {"a.csv": rows})
    intake = ReportIntake.objects.get()
    assert Report.objects.count() == 4
    monkeypatch.setattr(intake_files, "take_group", real)
    take(project, {"a.csv": rows}, intake=intake)
    assert set(verdicts(intake).values()) == {"stored"}
    assert (Report.objects.count(), intake.verdicts.count()) == (7, 7)


def test_names_of_files_are_forgotten_after_thirty_days_and_uploads_after_one(project: Project) -> None:
    intake = take(project, {"OKONKWO BEATRIX.txt": b"No effusion."})
    intake_retention.forget_report_names()
    assert IntakeVerdict.objects.count() == 1
    ReportIntake.objects.filter(pk=intake.pk).update(created_at=timezone.now() - timedelta(days=31))
    intake_retention.forget_report_names()
    assert IntakeVerdict.objects.count() == 0
    folder = intake_staging.folder_of(intake.pk)
    folder.mkdir(parents=True)
    assert intake_retention.forget_report_uploads() == 0
    import os

    os.utime(folder, (0, 0))
    assert intake_retention.forget_report_uploads() == 1
    assert not folder.exists()


def test_the_command_prints_what_became_of_it(project: Project, tmp_path: Any, capsys: Any) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(csv_bytes([["nr", "freitext", "acc"], ["1", "Kein Erguss.", "A1"], ["2", "", "A2"]]))
    call_command("import_reports", project.slug, str(path), "--map", "text=freitext", "number=nr", "--language", "de")
    out = capsys.readouterr().out
    assert "stored               1" in out
    assert "a.csv line 3: The row has no text" in out
    assert "1 reports wait for their study" in out
    assert only(project).language == "de"


def test_the_command_says_what_is_missing(project: Project, tmp_path: Any) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(csv_bytes([["nr", "freitext"], ["1", "Kein Erguss."]]))
    with pytest.raises(CommandError, match="text=COLUMN"):
        call_command("import_reports", project.slug, str(path))
    with pytest.raises(CommandError, match="no format"):
        call_command("import_reports", project.slug, str(path), format="word")
    with pytest.raises(CommandError, match="No such file"):
        call_command("import_reports", project.slug, str(tmp_path / "none.csv"))


def test_what_an_import_stored_before_it_was_killed_is_read_after_the_next(
    project: Project, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
) -> None:
    from reports_nlp.services import intake_files
    from workers.models import Job

    data = {"a.csv": csv_bytes([["id", "text"], ["1", "No effusion."]])}
    monkeypatch.setattr(intake_files, "after_import", lambda **_: None)  # killed before
    take(project, data)
    monkeypatch.undo()
    with django_capture_on_commit_callbacks(execute=True):
        take(project, data)
    assert Job.objects.filter(kind="reports.extract").count() == 1


def test_a_file_of_nothing_but_bad_records_is_given_up(project: Project) -> None:
    intake = take(project, {"a.csv": csv_bytes([["id", "text"], ["0", "Fine."], *([["1", ""]] * 3000)])})
    assert intake.counts["refused"] == 1001
    assert "rest of the file was not read" in intake.verdicts.get(place="").reason
