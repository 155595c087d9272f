"""Imports of reports by the API: files in, a job reads them, verdicts out; what waits, and matching it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from core.models import AuditEvent
from reports_nlp.models import Report, ReportIntake
from reports_nlp.services import intake_staging
from tests import factories
from tests.factories import Team, signed_in
from tests.reports_nlp.intakes import keyed_study
from tests.reports_nlp.sources.samples import ACCESSION, PATIENT_ID, csv_bytes, hl7_message, table
from workers.engine import run_pending
from workers.models import Job

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def team() -> Team:
    return factories.make_team()


class Page:
    """The import page's calls, as one person makes them."""

    def __init__(self, team: Team, who: str = "manager") -> None:
        self.client = signed_in(team.person(who))
        self.url = f"/api/projects/{team.project.slug}/report-intakes/"
        self.base = f"/api/projects/{team.project.slug}"

    def upload(self, files: dict[str, bytes], **options: Any) -> Any:
        parts = [SimpleUploadedFile(name.split("/")[-1], data) for name, data in files.items()]
        body = {"files": parts, "names": list(files), **options}
        return self.client.post(self.url, body, format="multipart")

    def imported(self, files: dict[str, bytes], **options: Any) -> dict[str, Any]:
        """Upload, let the job run, and give the import as it stands then."""
        answer = self.upload(files, **options)
        assert answer.status_code == 201, answer.json()
        run_pending()
        found: dict[str, Any] = self.client.get(f"/api/report-intakes/{answer.json()['intake']['id']}/").json()
        return found

    def verdicts(self, intake: dict[str, Any], **query: Any) -> list[dict[str, Any]]:
        answer = self.client.get(f"/api/report-intakes/{intake['id']}/verdicts/", query)
        rows: list[dict[str, Any]] = answer.json()["results"]
        return rows


def test_files_are_read_in_a_job_on_the_queue_nlp_and_every_record_has_a_verdict(team: Team) -> None:
    page = Page(team)
    intake = page.imported({"a.csv": csv_bytes(table()), "deep/b.hl7": hl7_message(number="F2").encode()})
    assert (intake["state"], intake["counts"]) == ("done", {"stored": 2, "waiting": 2})
    assert Job.objects.get(pk=intake["job"]).queue == "nlp"
    assert {(v["name"], v["place"], v["verdict"]) for v in page.verdicts(intake)} == {
        ("a.csv", "line 2", "stored"), ("deep/b.hl7", "message 1", "stored"),
    }
    assert not intake_staging.folder_of(intake["id"]).exists()
    assert AuditEvent.objects.filter(action="reports.intake.started").exists()


def test_new_reports_are_read_by_the_extraction(team: Team) -> None:
    Page(team).imported({"a.csv": csv_bytes(table())})
    run_pending()
    assert Report.objects.get().extractions.filter(is_current=True).exists()


def test_refused_records_come_first_and_can_be_asked_for_alone(team: Team) -> None:
    page = Page(team)
    rows = [["id", "text"], ["1", "Fine."], ["2", ""], ["3", "Fine too."]]
    intake = page.imported({"a.csv": csv_bytes(rows)})
    assert [v["place"] for v in page.verdicts(intake)] == ["line 3", "line 2", "line 4"]
    assert [v["place"] for v in page.verdicts(intake, verdict="refused")] == ["line 3"]
    assert len(page.verdicts(intake, page_size=2)) == 2


def test_a_table_that_cannot_be_guessed_is_read_again_with_a_map(team: Team) -> None:
    page = Page(team)
    intake = page.imported({"a.csv": csv_bytes([["nr", "freitext"], ["1", "Kein Erguss."]])})
    assert (intake["state"], intake["columns"]) == ("failed", ["nr", "freitext"])
    assert "text=COLUMN" in intake["message"]
    again = page.client.post(f"/api/report-intakes/{intake['id']}/start/", {"map": {"text": "freitext"}})
    assert again.status_code == 201
    run_pending()
    done = page.client.get(f"/api/report-intakes/{intake['id']}/").json()
    assert (done["state"], done["message"]) == ("done", "")
    assert Report.objects.get().text == "Kein Erguss."
    assert page.client.post(f"/api/report-intakes/{intake['id']}/start/", {}).status_code == 400


def test_options_travel_with_the_files(team: Team) -> None:
    intake = Page(team).imported(
        {"a.csv": csv_bytes([["nr", "freitext"], ["1", "Größe normal."]], encoding="cp1252")},
        map=json.dumps({"text": "freitext"}), language="de", encoding="cp1252", sender="north",
    )
    assert intake["options"]["sender"] == "north"
    report = Report.objects.get()
    assert (report.text, report.language) == ("Größe normal.", "de")


@pytest.mark.parametrize(("options", "field"), [
    ({"format": "word"}, "format"), ({"map": "{"}, "map"), ({"map": '{"nonsense": "a"}'}, "map"),
    ({"map": "[1]"}, "map"), ({"language": "klingonisch"}, "language"), ({"encoding": "base64"}, "encoding"),
    ({"name_is": "x"}, "name_is"),
])
def test_options_that_make_no_sense_are_refused_and_nothing_is_kept(team: Team, options: Any, field: str) -> None:
    answer = Page(team).upload({"a.csv": b"id,text\n1,x\n"}, **options)
    assert answer.status_code == 400
    assert answer.json()["field"] == field
    assert ReportIntake.objects.count() == 0


def test_a_name_that_leads_out_is_not_taken_and_the_others_are(team: Team) -> None:
    answer = Page(team).upload({"../../etc/x.txt": b"One.", "A1.txt": b"Two."})
    assert [n["name"] for n in answer.json()["not_taken"]] == ["../../etc/x.txt"]
    only = Page(team).upload({"../x.txt": b"One."})
    assert only.status_code == 400
    assert Page(team).client.post(Page(team).url, {}, format="multipart").status_code == 400


def test_an_import_is_its_uploaders_alone(team: Team) -> None:
    intake = Page(team).imported({"OKONKWO.txt": b"No effusion."})
    admin = signed_in(team.admin)
    assert admin.get(f"/api/report-intakes/{intake['id']}/").status_code == 404
    assert admin.get(f"/api/report-intakes/{intake['id']}/verdicts/").status_code == 404
    assert admin.get(Page(team).url).json() == []
    assert [i["id"] for i in Page(team).client.get(Page(team).url).json()] == [intake["id"]]


def test_the_job_that_everybody_sees_names_no_file(team: Team) -> None:
    Page(team).imported({"OKONKWO.csv": csv_bytes([["OKONKWO", "x"], ["1", "2"]])})
    job = Job.objects.get(kind="reports.intake")
    assert job.state == "failed"
    assert "OKONKWO" not in json.dumps([job.label, job.message, job.failure, job.payload])


def test_what_waits_says_why_and_can_be_matched_by_hand(team: Team) -> None:
    page = Page(team)
    studies = [keyed_study(team.project, accession=f"A{n}", study_uid=f"1.2.{n}", day="") for n in range(2)]
    page.imported({"a.csv": csv_bytes([["id", "patient_id", "text"], ["1", PATIENT_ID, "No effusion."]])})
    row = page.client.get(f"{page.base}/waiting-reports/").json()["results"][0]
    assert row["opening"] == "No effusion."
    assert "2 studies" in row["reason"]
    assert row["candidates"] == [study.uid for study in studies]
    url = f"/api/reports/{row['id']}/match/"
    assert page.client.post(url, {"study": "2.25.0"}).status_code == 404
    matched = page.client.post(url, {"study": studies[1].uid})
    assert matched.json()["study_uid"] == studies[1].uid
    assert page.client.post(url, {"study": studies[0].uid}).status_code == 409
    assert page.client.get(f"{page.base}/waiting-reports/").json()["count"] == 0


def test_codes_that_wait_are_listed(team: Team) -> None:
    page = Page(team)
    page.imported({"a.csv": csv_bytes([["accession", "icd"], [ACCESSION, "J93.0"]])})
    rows = page.client.get(f"{page.base}/waiting-records/").json()["results"]
    assert [(row["code"], row["state"]) for row in rows] == [("J93.0", "present")]


def test_readers_may_not_import_and_do_not_see_what_waits(team: Team) -> None:
    Page(team).imported({"a.csv": csv_bytes(table())})
    page = Page(team, "annotator")
    assert page.upload({"a.csv": csv_bytes(table())}).status_code == 403
    assert page.client.get(f"{page.base}/waiting-reports/").status_code == 403
    assert page.client.post(f"/api/reports/{Report.objects.get().pk}/match/", {"study": "1"}).status_code == 404
