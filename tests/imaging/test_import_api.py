"""Imports from the page: upload, start, verdicts; hostile files are named with the reason while the others go in."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from annotation.models import CurrentObservation, Finding, Observation
from annotation.services.reserve import draw_reserved_sets
from core.models import AuditEvent
from imaging.models import ImportBatch, ImportVerdict, Instance, Patient, Series, Study, Volume
from imaging.services import retention, staging
from tests import factories
from tests.factories import Team, signed_in
from workers.engine import JobContext, JobStopped, defer, request_cancel, run_pending
from workers.models import Job

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def team() -> Team:
    return factories.make_team()


class Page:
    """The import page's calls, as one person makes them."""

    def __init__(self, team: Team, who: str = "manager", **options: Any) -> None:
        self.client = signed_in(team.person(who))
        self.made = self.client.post(f"/api/projects/{team.project.slug}/imports/", options)
        self.url = f"/api/imports/{self.made.json().get('id')}/"

    def upload(self, files: dict[str, bytes]) -> Any:
        parts = [SimpleUploadedFile(Path(name.replace("\\", "/")).name or "x", data) for name, data in files.items()]
        body = {"files": parts, "names": list(files)}
        return self.client.post(f"{self.url}files/", body, format="multipart")

    def start(self) -> Any:
        return self.client.post(f"{self.url}start/")

    def run(self, files: dict[str, bytes]) -> dict[str, dict[str, Any]]:
        """Upload, import, and give the verdicts by name."""
        assert self.upload(files).status_code == 200
        assert self.start().status_code == 201
        run_pending()
        return self.verdicts()

    def verdicts(self) -> dict[str, dict[str, Any]]:
        rows = self.client.get(f"{self.url}verdicts/", {"page_size": 500}).json()["results"]
        return {row["name"]: row for row in rows}

    def state(self) -> dict[str, Any]:
        shown: dict[str, Any] = self.client.get(self.url).json()
        return shown


def phantom_bytes(folder: Path, index: int, **fields: Any) -> bytes:
    return factories.phantom_file(folder, index, **fields).read_bytes()


def test_a_folder_with_labels_becomes_studies_and_observations(team: Team, tmp_path: Path) -> None:
    files = {f"case/deep/dx{n:04d}.dcm": phantom_bytes(tmp_path, n) for n in range(3)}
    files["labels.csv"] = factories.write_labels(tmp_path, range(3)).read_bytes()
    page = Page(team, source="reader:anna")
    verdicts = page.run(files)
    assert {v["verdict"] for v in verdicts.values()} == {"stored", "labels"}
    assert Study.objects.visible_to(team.annotator).count() == 3
    assert Finding.objects.count() == 5
    lines = CurrentObservation.objects.filter(source__kind="reader", source__name="anna")
    assert lines.count() == 15
    assert page.state()["state"] == "done"
    assert page.state()["counts"]["lines"] == 15
    assert not staging.folder_of(page.made.json()["id"]).exists()
    job = Job.objects.get()
    assert (job.state, job.label) == ("done", "Import 4 files")
    assert job.result is not None
    assert job.result["stored"] == 3


def test_a_site_that_is_named_is_kept_with_the_images(team: Team, tmp_path: Path) -> None:
    page = Page(team, site="north")
    page.run({"a.dcm": phantom_bytes(tmp_path, 0)})
    assert Series.objects.get().site == "north"
    assert Page(team, site="<north>").made.json()["title"].startswith("A site's name has at most 32 letters")


def test_importing_again_changes_nothing(team: Team, tmp_path: Path) -> None:
    files = {"a.dcm": phantom_bytes(tmp_path, 0), "b.dcm": phantom_bytes(tmp_path, 1)}
    files["labels.csv"] = b"file,patient_id,Nodule\na.dcm,P0,1\nb.dcm,P1,0\n"
    Page(team, source="reader:anna").run(files)
    before = list(Instance.objects.values()), list(Observation.objects.values()), list(Patient.objects.values())
    verdicts = Page(team, source="reader:anna").run(files)
    assert {v["verdict"] for v in verdicts.values()} == {"already-there", "labels"}
    assert before == (list(Instance.objects.values()), list(Observation.objects.values()),
                      list(Patient.objects.values()))


def zip_of(members: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return buffer.getvalue()


def lying_zip() -> bytes:
    """A member that says it is 10 bytes and unpacks to more."""
    data = bytearray(zip_of({"dx.dcm": b"A" * 100_000}))
    for signature, offset in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        place = data.index(signature) + offset
        data[place : place + 4] = (10).to_bytes(4, "little")
    return bytes(data)


HOSTILE: list[tuple[str, str, Callable[[], bytes], str]] = [
    # what,                 name as sent,            content,                               the reason says
    ("zip bomb", "bomb.zip", lambda: zip_of({"a.dcm": b"\0" * (90 * 2**20)}), "zip bombs look"),
    ("traversal in a zip", "slip.zip", lambda: zip_of({"../../evil.dcm": b"x" * 200}), "leads out of the zip"),
    ("absolute path in a zip", "abs.zip", lambda: zip_of({"/etc/evil.dcm": b"x" * 200}), "leads out of the zip"),
    ("zip in a zip", "nested.zip", lambda: zip_of({"in.zip": zip_of({"a": b"b"})}), "zip inside a zip"),
    ("a zip that lies", "lying.zip", lying_zip, ""),
    ("broken zip", "broken.zip", lambda: zip_of({"a.dcm": b"x" * 5000})[:-30], "zip can't be read"),
    ("0 bytes", "empty.dcm", lambda: b"", "0 bytes"),
    ("text named .dcm", "notes.dcm", lambda: b"just a letter about a patient", "whatever its name says"),
    ("text named .png", "picture.png", lambda: b"no picture", "whatever its name says"),
    ("cut PNG", "cut.png", lambda: b"\x89PNG\r\n\x1a\n" + b"\0" * 40, "Broken picture"),
    ("DICM and noise", "noise.dcm", lambda: b"\0" * 128 + b"DICM" + bytes(range(256)) * 4, ""),
    ("a program", "run.exe", lambda: b"MZ" + b"\0" * 300, "Neither an image"),
]


@pytest.mark.parametrize(("what", "name", "make", "says"), HOSTILE, ids=[h[0] for h in HOSTILE])
def test_a_hostile_file_is_named_while_the_others_go_in(
    team: Team, tmp_path: Path, what: str, name: str, make: Callable[[], bytes], says: str
) -> None:
    page = Page(team)
    verdicts = page.run({"good/dx.dcm": phantom_bytes(tmp_path, 0), name: make()})
    assert verdicts.pop("good/dx.dcm")["verdict"] == "stored"
    (bad,) = verdicts.values()
    assert bad["verdict"] in ("refused", "ignored"), bad
    assert bad["name"].startswith(name)
    assert says in bad["reason"]
    assert len(bad["reason"]) > 15
    assert page.state()["state"] == "done"
    assert not list(tmp_path.rglob("evil*"))


NAMES = [
    "../up.dcm", "a/../../up.dcm", "/etc/passwd", "C:\\Windows\\a.dcm", "..\\up.dcm", "a" * 201 + ".dcm",
    "x/" * 31 + "a", "bell\x07.dcm", "y" * 401, "line\nbreak.dcm",
]


@pytest.mark.parametrize("name", NAMES)
def test_a_name_that_leads_elsewhere_is_refused_and_nothing_is_written_there(
    team: Team, tmp_path: Path, name: str
) -> None:
    page = Page(team)
    body = {"files": [SimpleUploadedFile("f.dcm", b"x"), SimpleUploadedFile("g.txt", b"y")],
            "names": json.dumps([name, "fine.txt"])}
    answer = page.client.post(f"{page.url}files/", body, format="multipart").json()
    assert [bool(r["reason"]) for r in answer["received"]] == [True, False]
    assert (answer["files"], answer["bytes"]) == (1, 1)
    written = [p.name for p in tmp_path.rglob("*") if p.is_file() and p.parent.name != "home"]
    assert written == ["fine.txt"]


def test_limits_of_number_and_size_are_said(team: Team, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(staging, "MAX_FILES", 2)
    monkeypatch.setattr(staging, "MAX_MEMBER_BYTES", 10)
    page = Page(team)
    received = page.upload({"big": b"x" * 11, "a": b"x", "b": b"x", "c": b"x"}).json()["received"]
    assert [r["name"] for r in received if r["reason"]] == ["big", "c"]
    assert "limit" in received[0]["reason"]
    monkeypatch.setattr(staging, "MAX_FILES", 20)
    monkeypatch.setattr(staging, "MAX_BATCH_BYTES", 4)
    received = page.upload({"d": b"xx", "e": b"x"}).json()["received"]
    assert [bool(r["reason"]) for r in received] == [False, True]


def test_the_same_name_again_replaces_and_a_file_is_no_folder(team: Team) -> None:
    page = Page(team)
    assert page.upload({"a/b.txt": b"one"}).json()["bytes"] == 3
    assert page.upload({"a\\b.txt": b"longer"}).json()["bytes"] == 6
    received = page.upload({"a/b.txt/c.txt": b"x", "a": b"x"}).json()["received"]
    assert all("same name" in r["reason"] for r in received)


def test_more_or_fewer_names_than_files_are_refused(team: Team) -> None:
    page = Page(team)
    body = {"files": [SimpleUploadedFile("f", b"x")], "names": ["a", "b"]}
    assert page.client.post(f"{page.url}files/", body, format="multipart").status_code == 400
    assert page.client.post(f"{page.url}files/", {}, format="multipart").status_code == 400
    assert page.start().status_code == 400


WHO = [("annotator", 403), ("reviewer", 403), ("researcher", 403), ("manager", 201), ("admin", 201), ("stranger", 404)]


@pytest.mark.parametrize(("who", "status"), WHO)
def test_managers_import(team: Team, who: str, status: int) -> None:
    assert Page(team, who).made.status_code == status


def test_verdicts_are_the_uploaders_alone(team: Team, tmp_path: Path) -> None:
    page = Page(team)
    page.run({"DOE^JOHN/secret.dcm": phantom_bytes(tmp_path, 0)})
    for who in ("annotator", "reviewer", "researcher", "admin", "stranger"):
        client = signed_in(team.person(who))
        assert client.get(page.url).status_code == 404
        assert client.get(f"{page.url}verdicts/").status_code == 404
        assert client.post(f"{page.url}start/").status_code == 404
    elsewhere = str(list(Job.objects.values())) + str(list(AuditEvent.objects.values("subject", "detail")))
    assert "DOE" not in elsewhere
    assert "secret" not in elsewhere
    team.project.memberships.filter(user=team.manager).update(role="annotator")
    assert page.client.get(page.url).status_code == 403


def test_an_import_starts_once(team: Team, tmp_path: Path) -> None:
    page = Page(team)
    page.upload({"a.dcm": phantom_bytes(tmp_path, 0)})
    assert page.start().status_code == 201
    assert page.start().status_code == 409
    assert page.upload({"b.dcm": b"x"}).status_code == 409
    run_pending()
    assert page.start().status_code in (400, 409)
    assert Job.objects.count() == 1


BAD_OPTIONS = [{"source": "rumour:x"}, {"worklist": 999999}, {"map": ["x"]}, {"create_findings": "perhaps"}]


@pytest.mark.parametrize("options", BAD_OPTIONS)
def test_options_are_checked_before_anything_is_uploaded(team: Team, options: dict[str, Any]) -> None:
    assert Page(team, **options).made.status_code in (400, 404)
    assert not ImportBatch.objects.exists()


BAD_LABELS = [
    (b"file,Nodule\ndoe.dcm,7\n", {}, "not 1, 0, -1 or empty"),
    (b"file,Nodule\n,1\n", {}, "'file' is empty"),
    (b"file,Rest\ndoe.dcm,1\n", {"map": {"Nodule": "nodule_col"}}, "no column 'nodule_col'"),
    (b"file,Nodule\ndoe.dcm,1\n", {"create_findings": False}, "no finding 'Nodule'"),
    (b"file,finding,x,y,w,h\ndoe.dcm,Nodule,1,1,0,5\n", {}, "positive width"),
]


@pytest.mark.parametrize(("labels", "options", "says"), BAD_LABELS)
def test_a_label_file_that_cannot_be_used_stops_all_and_can_be_replaced(
    team: Team, tmp_path: Path, labels: bytes, options: dict[str, Any], says: str
) -> None:
    page = Page(team, **options)
    verdicts = page.run({"doe.dcm": phantom_bytes(tmp_path, 0), "labels.csv": labels})
    assert says in verdicts["(labels)"]["reason"]
    assert page.state()["state"] == "failed"
    assert not Study.objects.exists()
    failure = Job.objects.get().failure
    assert "label file" in failure
    assert "doe" not in failure
    assert page.upload({"labels.csv": b"file,patient_id\n"}).status_code == 200
    assert page.start().status_code == 201
    run_pending()
    assert page.state()["state"] == "done"
    assert "(labels)" not in page.verdicts()


@pytest.mark.parametrize("cut_after", [0, 1, 2, 3])
def test_an_import_cut_off_half_way_ends_with_the_same_rows(
    team: Team, tmp_path: Path, cut_after: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("imaging.services.import_files.GROUP", 2)
    files = {f"dx{n}.dcm": phantom_bytes(tmp_path, n) for n in range(4)}
    files |= {p.name: p.read_bytes() for p in factories.phantom_ct(tmp_path / "ct", 9)}
    files["labels.csv"] = b"file,Nodule,Effusion\ndx0.dcm,1,0\ndx1.dcm,0,-1\ndx2.dcm,1,\nct0009-000.dcm,1,1\n"
    page = Page(team, source="record:x")
    page.upload(files)
    page.start()

    from imaging.services import import_files

    write, calls = import_files._write_verdicts, []

    def cut(work: Any) -> None:
        write(work)
        calls.append(1)
        if len(calls) > cut_after:
            raise JobStopped  # as a worker that is killed: nothing after this line happens

    monkeypatch.setattr(import_files, "_write_verdicts", cut)
    run_pending()
    assert page.state()["state"] != "done"
    monkeypatch.setattr(import_files, "_write_verdicts", write)
    # The lease runs out and another worker takes the job.
    Job.objects.update(lease_expires_at=timezone.now() - timedelta(minutes=1))
    from workers.engine.runner import run_job

    assert run_job(Job.objects.get().pk)
    assert page.state()["state"] == "done"
    assert {v["verdict"] for n, v in page.verdicts().items() if n != "labels.csv"} == {"stored"}
    assert page.state()["counts"]["stored"] == 8
    assert (Study.objects.count(), Series.objects.count(), Instance.objects.count()) == (5, 5, 8)
    assert Volume.objects.get().slices == 4
    assert Observation.objects.count() == 7


def test_running_the_job_twice_has_the_effect_of_once(team: Team, tmp_path: Path) -> None:
    page = Page(team)
    page.run({"a.dcm": phantom_bytes(tmp_path, 0), "labels.csv": b"file,Nodule\na.dcm,1\n"})
    before = list(Observation.objects.values()), page.state()["counts"]
    defer("annotation.import", payload=Job.objects.get().payload, project=team.project)
    run_pending()
    assert {j.state for j in Job.objects.all()} == {"done"}
    assert before == (list(Observation.objects.values()), page.state()["counts"])


def test_a_cancelled_import_can_be_started_again(team: Team, tmp_path: Path) -> None:
    page = Page(team)
    page.upload({"a.dcm": phantom_bytes(tmp_path, 0)})
    page.start()
    request_cancel(Job.objects.get())
    assert page.state()["state"] == "failed"
    assert page.start().status_code == 201
    run_pending()
    assert page.state()["state"] == "done"


def test_uploads_that_are_gone_say_so(team: Team, tmp_path: Path) -> None:
    page = Page(team)
    page.upload({"a.dcm": phantom_bytes(tmp_path, 0)})
    page.start()
    staging.remove_staging(page.made.json()["id"])
    run_pending()
    assert "Upload them again" in Job.objects.get().failure
    assert page.state()["state"] == "failed"


def test_new_studies_join_the_chosen_worklist_once_the_sets_are_drawn(team: Team, tmp_path: Path) -> None:
    worklist = factories.make_worklist(team.project, factories.make_studies(team.project, 2, first=50))
    files = {"a.dcm": phantom_bytes(tmp_path, 0)}
    early = Page(team, worklist=worklist.pk)
    early.run(files)
    assert {k: early.state()["counts"][k] for k in ("queued", "awaiting_draw")} == {"queued": 0, "awaiting_draw": 1}
    draw_reserved_sets(project=team.project, sizes={"gate": 0}, seed=1)
    late = Page(team, worklist=worklist.pk)
    late.run({**files, "b.dcm": phantom_bytes(tmp_path, 1)})
    assert {k: late.state()["counts"][k] for k in ("queued", "awaiting_draw")} == {"queued": 2, "awaiting_draw": 0}
    assert worklist.items.count() == 4


def test_names_are_forgotten_after_a_month_and_uploads_after_a_day(team: Team, tmp_path: Path) -> None:
    done = Page(team)
    done.run({"a.dcm": phantom_bytes(tmp_path, 0)})
    waiting = Page(team)
    waiting.upload({"b.dcm": b"x"})
    retention.forget_file_names()
    retention.forget_uploads()
    assert ImportVerdict.objects.count() == 1
    assert waiting.state()["files"] == 1
    ImportBatch.objects.update(created_at=timezone.now() - timedelta(days=31))
    import os

    os.utime(staging.folder_of(waiting.made.json()["id"]), (0, 0))
    retention.forget_file_names()
    retention.forget_uploads()
    assert not ImportVerdict.objects.exists()
    assert waiting.state()["files"] == 0
    assert done.state()["counts"]["stored"] == 1


def test_a_job_sees_its_lost_lease(team: Team, tmp_path: Path) -> None:
    """Two workers on one import: the one that lost its lease stops at the next file, and no row is doubled."""
    page = Page(team)
    page.upload({f"{n}.dcm": phantom_bytes(tmp_path, n) for n in range(2)})
    page.start()
    job = Job.objects.get()
    Job.objects.update(state="running", attempt=2, lease_expires_at=timezone.now() + timedelta(minutes=5))
    stale = Job.objects.get(pk=job.pk)
    stale.attempt = 1
    from annotation.services.imports import run_import

    with pytest.raises(JobStopped):
        run_import(job=JobContext(stale))
    assert not Instance.objects.exists()
