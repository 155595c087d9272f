"""Recordings of pointing, looking and speaking: allowed first, the reader's alone, gone when asked."""

from __future__ import annotations

import io
import json
import os
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import numpy as np
import pytest
from django.conf import settings
from django.utils import timezone

from annotation.gaze import Word, parse_words
from annotation.models import GazeConsent, GazeRecording, Observation, Reading
from annotation.services.gaze import parsing, staging
from annotation.services.gaze.parsing import read_upload
from annotation.services.gaze.receiving import CUT_OFF, settle_cut_off
from benchmarks.gaze_reader import Case, record
from imaging.models import Instance
from imaging.phantoms import PhantomBox
from imaging.services.patients import withdraw_patient
from imaging.services.staging import KEPT_SECONDS
from tests.factories import Team, content, make_findings, make_studies, make_team, make_worklist, open_next, signed_in
from workers.engine import JobContext, request_cancel, run_pending
from workers.models import Job

pytestmark = pytest.mark.django_db
NOW = 1_780_000_000_000.0


@pytest.fixture
def team() -> Team:
    made = make_team()
    make_findings(made.project, ["nodule", "effusion"])
    return made


@pytest.fixture
def reading(team: Team) -> Reading:
    return open_next(make_worklist(team.project, make_studies(team.project, 2), mode="second_reader"), team.annotator)


def image_of(reading: Reading) -> Instance:
    return Instance.objects.get(series__study=reading.item.study)


def allow(team: Team, **change: Any) -> dict[str, Any]:
    body = {"is_on": True} | change
    answer = signed_in(team.annotator).put(f"/api/projects/{team.project.slug}/gaze/", body, format="json")
    return dict(answer.json())


def batch(reading: Reading, first: float = NOW, count: int = 20) -> dict[str, Any]:
    view = {"start": first, "end": first + 200 * count, "instance_id": image_of(reading).pk, "frame": 0,
            "origin": [0, 0], "right": [4, 0], "down": [0, 4]}
    return {"views": [view], "samples": [[first + 200 * n, 5.0, 6.0] for n in range(count)],
            "words": [["nodule", first + 400, first + 700]]}


def send(team: Team, reading: Reading, data: dict[str, Any]) -> Any:
    return signed_in(team.annotator).post(f"/api/readings/{reading.pk}/gaze/pointer/", data, format="json")


def upload(team: Team, reading: Reading, **files: Any) -> Any:
    made = {}
    for name, value in files.items():
        made[name] = value
        if isinstance(value, bytes):
            made[name] = io.BytesIO(value)
            made[name].name = name
    return signed_in(team.annotator).post(f"/api/readings/{reading.pk}/gaze/", made, format="multipart")


def read(team: Team, reading: Reading, **files: Any) -> dict[str, Any]:
    """Upload, let the job run, and ask what became of the latest recording; nothing waits any more."""
    answer = upload(team, reading, **files)
    assert answer.status_code == 201, answer.json()
    assert answer.json()["state"] == "waiting"
    run_pending()
    assert left_behind() == []
    return next(one for one in told(team, reading) if one["id"] == answer.json()["id"])


def told(team: Team, reading: Reading) -> list[dict[str, Any]]:
    return list(signed_in(team.annotator).get(f"/api/readings/{reading.pk}/gaze/").json())


def left_behind() -> list[str]:
    """Files that wait to be read, by the names under which they wait."""
    return sorted(path.name for path in Path(settings.HOME).glob("gaze-staging/**/*") if path.is_file())


def tracker_file(reading: Reading) -> dict[str, Any]:
    """One long look at one place of the case's image, with the finding named several times, 1 s late."""
    size = image_of(reading).rows / 256
    case = Case([PhantomBox("nodule", 100, 100, 30, 30)], [(40.0, 200.0), (200.0, 60.0)])
    made = record([case] * 12, np.random.default_rng(2))
    rows = [
        f"{t:.0f},{(x - 448) / 4 * size:.2f},{(y - 28) / 4 * size:.2f},{int(v)}"
        for t, x, y, v in zip(made.samples.times, made.samples.x, made.samples.y, made.samples.valid, strict=True)
    ]
    words = [{"word": w.text, "start_ms": w.start, "end_ms": w.end} for w in made.words]
    return {"samples": ("t,x,y,valid\n" + "\n".join(rows)).encode(), "words": json.dumps(words).encode(),
            "instance": image_of(reading).pk}


def test_nothing_is_recorded_before_the_reader_allows_it(team: Team, reading: Reading) -> None:
    assert send(team, reading, batch(reading)).status_code == 409
    assert upload(team, reading, samples=b"t,x,y\n0,1,1\n", instance=image_of(reading).pk).status_code == 409
    assert not GazeRecording.objects.exists()


def test_batches_join_and_one_sent_twice_counts_once(team: Team, reading: Reading) -> None:
    assert allow(team)["is_on"]
    assert send(team, reading, batch(reading)).json() == {"samples": 20}
    assert send(team, reading, batch(reading)).json() == {"samples": 20}
    assert send(team, reading, batch(reading, NOW + 4000)).json() == {"samples": 40}
    row = GazeRecording.objects.get()
    assert (row.source, len(row.views)) == ("pointer", 2)


@pytest.mark.parametrize("change", [
    pytest.param({"samples": [[NOW, 1.0, 2.0]] * 1201}, id="too many"),
    pytest.param({"samples": [[NOW, "left", 2.0]]}, id="a word for a number"),
    pytest.param({"face": "…"}, id="what was never asked for"),
])
def test_a_batch_that_is_none_is_refused(team: Team, reading: Reading, change: dict[str, Any]) -> None:
    allow(team)
    assert send(team, reading, batch(reading) | change).status_code == 400


def test_recordings_are_the_readers_alone(team: Team, reading: Reading) -> None:
    allow(team)
    send(team, reading, batch(reading))
    row = GazeRecording.objects.get()
    for role in ("reviewer", "manager", "researcher"):
        other = signed_in(team.person(role))
        assert other.get(f"/api/readings/{reading.pk}/gaze/").status_code == 404
        assert other.get(f"/api/gaze/{row.pk}/replay/").status_code == 404
        assert other.delete(f"/api/gaze/{row.pk}/").status_code == 404
    mine = signed_in(team.annotator)
    (shown,) = mine.get(f"/api/readings/{reading.pk}/gaze/").json()
    assert (shown["source"], shown["sample_count"], shown["words"]) == ("pointer", 20, 1)
    (heat,) = mine.get(f"/api/gaze/{row.pk}/replay/").json()
    assert (heat["instance_id"], heat["fixations"]) == (image_of(reading).pk, 1)
    assert mine.delete(f"/api/gaze/{row.pk}/").status_code == 204
    assert not GazeRecording.objects.exists()


def test_who_takes_it_back_may_have_all_of_it_deleted(team: Team, reading: Reading) -> None:
    allow(team)
    send(team, reading, batch(reading))
    assert allow(team, is_on=False)["recordings"] == 1
    assert allow(team, is_on=False, delete=True) == {
        "is_on": False, "given_at": None, "recordings": 0, "has_recogniser": False,
    }


def test_a_withdrawn_patient_takes_recordings_along(team: Team, reading: Reading) -> None:
    allow(team)
    send(team, reading, batch(reading))
    withdraw_patient(patient=reading.item.study.patient, user=team.manager)
    assert not GazeRecording.objects.exists()


def test_proposals_wait_for_the_locked_answer_and_an_accepted_one_is_the_readers_pointing_at_it(
    team: Team, reading: Reading
) -> None:
    allow(team)
    assert read(team, reading, **tracker_file(reading))["state"] == "ready"
    mine = signed_in(team.annotator)
    place = f"/api/readings/{reading.pk}/gaze/proposals/"
    assert mine.get(place).json() == {"proposals": None}
    nodule = team.project.findings.get(code="nodule")
    locked = {"base_version": 0, "content": content({nodule.pk: "absent"}), "active_seconds": 1}
    assert mine.post(f"/api/readings/{reading.pk}/lock/", locked, format="json").status_code == 200
    first = mine.get(place).json()["proposals"][0]
    assert (first["finding"], first["recorded_by"]) == ("nodule", "eye_tracker")
    assert first["instance_id"] == image_of(reading).pk
    size = image_of(reading).rows / 256
    assert 100 * size <= first["x"] + first["w"] / 2 <= 130 * size
    box = {"track": "6a204bd8-9f1e-4b6e-8f0e-3a1f7a3a9d10", "finding_id": nodule.pk, "kind": "box", "frame": 0,
           "instance_id": first["instance_id"], "geometry": {key: first[key] for key in "xywh"},
           "suggestion": {"id": first["id"], "act": "accepted"}}
    reading.refresh_from_db()
    said = {"base_version": reading.draft_version, "content": content({nodule.pk: "present"}, regions=[box]),
            "active_seconds": 1}
    assert mine.post(f"/api/readings/{reading.pk}/submit/", said, format="json").status_code == 200
    line = Observation.objects.get(region__isnull=False)
    assert line.source.kind == "reader"
    assert line.shown is not None
    assert (line.shown["act"], line.shown["suggestion"]["id"]) == ("accepted", first["id"])


def test_screen_pixels_need_the_rooms_log(team: Team, reading: Reading) -> None:
    allow(team)
    answer = upload(team, reading, samples=b"t,x,y\n0,1,1\n")
    assert answer.status_code == 400
    assert "log" in answer.json()["title"]
    send(team, reading, batch(reading))
    rows = "".join(f"{NOW + 10 * n:.0f},20,24,1\n" for n in range(50))
    assert read(team, reading, samples=f"t,x,y,valid\n{rows}".encode())["sample_count"] == 50
    row = GazeRecording.objects.get(source="eye_tracker")
    (heat,) = signed_in(team.annotator).get(f"/api/gaze/{row.pk}/replay/").json()
    assert heat["fixations"] == 1


def recogniser(folder: Path, body: str) -> str:
    script = folder / "recogniser.py"
    script.write_text(f"import sys, time\n{body}\n")
    return f"{sys.executable} {script}"


WAV = b"RIFF\x24\0\0\0WAVEfmt "


def test_speech_is_read_by_the_sites_own_program(
    team: Team, reading: Reading, settings: Any, tmp_path: Path
) -> None:
    allow(team)
    send(team, reading, batch(reading))
    assert "recogniser" in upload(team, reading, audio=WAV).json()["title"]
    words = '[{"word": "nodule", "start": 0.5, "end": 0.9}]'
    prints = f"assert open(sys.argv[1], 'rb').read(4) == b'RIFF'\nprint('{words}')"
    settings.RADLOOP_RECOGNISER = recogniser(tmp_path, prints)
    assert read(team, reading, audio=WAV)["state"] == "ready"
    assert ["nodule", NOW + 500, NOW + 900] in GazeRecording.objects.get().words


@pytest.mark.parametrize(("body", "words"), [
    pytest.param("time.sleep(60)", "longer than", id="too slow"),
    pytest.param("sys.exit(3)", "could not read", id="fails"),
    pytest.param("print('{')", "no transcript", id="prints no words"),
])
def test_a_recogniser_that_fails_is_told_in_words(
    team: Team, reading: Reading, settings: Any, tmp_path: Path, body: str, words: str
) -> None:
    allow(team)
    send(team, reading, batch(reading))
    settings.RADLOOP_RECOGNISER = recogniser(tmp_path, body)
    settings.RADLOOP_RECOGNISER_SECONDS = 2.0 if "sleep" in body else 30.0
    shown = read(team, reading, audio=WAV)
    assert (shown["state"], shown["sample_count"], shown["words"]) == ("failed", 20, 1)
    assert words in shown["problem"]


@pytest.mark.parametrize(("files", "words"), [
    pytest.param({"samples": b"t,x,y\n0,left,1\n"}, "Line 2: 'left' is no x", id="a word for a number"),
    pytest.param({"samples": b"\x89PNG\r\n\x1a\n\xff"}, "not text", id="a picture"),
    pytest.param({"words": b"[1"}, "begins like JSON", id="no transcript"),
    pytest.param({"words": b"word,start\n"}, "no word in it", id="an empty transcript"),
    pytest.param({"audio": b"\x89PNG\r\n\x1a\n\xff\xff\xff\xff"}, "no WAV", id="no sound"),
])
def test_what_is_no_recording_is_told_to_its_reader_alone_and_not_kept(
    team: Team, reading: Reading, settings: Any, files: dict[str, bytes], words: str
) -> None:
    settings.RADLOOP_RECOGNISER = "/bin/true"
    allow(team)
    send(team, reading, batch(reading))
    shown = read(team, reading, **files)
    assert shown["state"] == "failed"
    assert words in shown["problem"]
    job = Job.objects.get()
    assert (job.state, job.project) == ("failed", None)
    assert words not in job.failure
    page = signed_in(team.annotator).get(f"/p/{team.project.slug}/readings/looking/").content.decode()
    assert "Could not be read" in page
    assert read(team, reading, words=WORDS)["state"] == "ready"


WORDS = b"word,start,end\nnodule,1,1.4\n"


def test_the_request_only_keeps_bounded_bytes_under_names_of_its_own(
    team: Team, reading: Reading, monkeypatch: pytest.MonkeyPatch
) -> None:
    allow(team)
    here = image_of(reading).pk
    assert upload(team, reading, samples=b"\x00 whatever it is", instance=here).json()["state"] == "waiting"
    assert left_behind() == ["samples"]
    monkeypatch.setattr(staging, "MOST_BYTES", 10)
    assert upload(team, reading, samples=b"12345678901", instance=here).status_code == 400
    assert left_behind() == ["samples"]
    assert GazeRecording.objects.count() == 1


def test_a_second_transcript_waits_for_the_first_and_reading_one_twice_adds_its_words_once(
    team: Team, reading: Reading
) -> None:
    allow(team)
    send(team, reading, batch(reading))
    assert upload(team, reading, words=WORDS).status_code == 201
    assert upload(team, reading, words=WORDS).status_code == 409
    assert left_behind() == ["words"]
    run_pending()
    read_upload(job=JobContext(Job.objects.get()))
    (shown,) = told(team, reading)
    assert (shown["state"], shown["words"]) == ("ready", 2)


def test_a_job_killed_before_its_end_is_run_again_and_leaves_nothing(
    team: Team, reading: Reading, monkeypatch: pytest.MonkeyPatch
) -> None:
    allow(team)
    send(team, reading, batch(reading))
    upload(team, reading, words=WORDS)
    job = claimed()
    with monkeypatch.context() as patch:
        patch.setattr(staging, "remove", Mock(side_effect=KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            read_upload(job=job)
    assert left_behind() == ["words"]
    read_upload(job=job)
    (shown,) = told(team, reading)
    assert (shown["state"], shown["words"], left_behind()) == ("ready", 2, [])
    assert shown["lag_confidence"] is not None


def claimed() -> JobContext:
    """The queued job, as its worker sees it."""
    until = timezone.now() + timedelta(hours=1)
    job = Job.objects.get(state="queued")
    Job.objects.filter(pk=job.pk).update(state="running", attempt=1, lease_expires_at=until)
    job.refresh_from_db()
    return JobContext(job)


def test_an_attempt_overtaken_while_it_parsed_writes_nothing(
    team: Team, reading: Reading, monkeypatch: pytest.MonkeyPatch
) -> None:
    allow(team)
    send(team, reading, batch(reading))
    upload(team, reading, words=WORDS)
    slow = claimed()

    def overtaken(content: bytes) -> list[Word]:
        GazeRecording.objects.update(state="failed", problem="It was given up.")
        upload(team, reading, words=WORDS)
        return parse_words(content)

    monkeypatch.setattr(parsing, "parse_words", overtaken)
    read_upload(job=slow)
    (shown,) = told(team, reading)
    assert (shown["state"], shown["words"], left_behind()) == ("waiting", 1, ["words"])


def test_what_breaks_the_parser_is_tried_again_and_quotes_nothing(
    team: Team, reading: Reading, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    allow(team)
    monkeypatch.setattr(parsing, "parse_samples", Mock(side_effect=ZeroDivisionError("what the file says")))
    upload(team, reading, **tracker_file(reading))
    run_pending()
    job = Job.objects.get()
    assert (job.state, told(team, reading)[0]["state"]) == ("queued", "waiting")
    assert "ZeroDivisionError" in job.failure + job.message + caplog.text
    assert "what the file says" not in job.failure + job.message + caplog.text


def test_a_late_attempt_at_one_upload_leaves_the_next_one_alone(team: Team, reading: Reading) -> None:
    allow(team)
    send(team, reading, batch(reading))
    read(team, reading, words=WORDS)
    late = JobContext(Job.objects.get())
    upload(team, reading, words=WORDS)
    read_upload(job=late)
    (shown,) = told(team, reading)
    assert (shown["state"], shown["words"], left_behind()) == ("waiting", 2, ["words"])


def test_a_job_that_ended_without_a_word_leaves_a_failed_recording_and_no_file(team: Team, reading: Reading) -> None:
    allow(team)
    upload(team, reading, **tracker_file(reading))
    settle_cut_off()
    assert left_behind() == ["samples", "words"]
    request_cancel(Job.objects.get())
    settle_cut_off()
    (shown,) = told(team, reading)
    assert (shown["state"], shown["problem"], left_behind()) == ("failed", CUT_OFF, [])


def test_files_that_no_recording_waits_for_are_swept(team: Team, reading: Reading) -> None:
    allow(team)
    upload(team, reading, **tracker_file(reading))
    for folder in (Path(settings.HOME) / "gaze-staging").iterdir():
        os.utime(folder, (0, folder.stat().st_mtime - KEPT_SECONDS - 1))
    assert staging.remove_old() == 0
    GazeRecording.objects.all().delete()
    assert staging.remove_old() == 1
    assert left_behind() == []


@pytest.mark.parametrize("act", ["delete", "take back", "withdraw"])
def test_what_goes_while_its_file_waits_takes_the_file_along(
    team: Team, reading: Reading, act: str, django_capture_on_commit_callbacks: Any
) -> None:
    allow(team)
    pk = upload(team, reading, **tracker_file(reading)).json()["id"]
    with django_capture_on_commit_callbacks(execute=True):
        if act == "delete":
            assert signed_in(team.annotator).delete(f"/api/gaze/{pk}/").status_code == 204
        elif act == "take back":
            allow(team, is_on=False, delete=True)
        else:
            withdraw_patient(patient=reading.item.study.patient, user=team.manager)
    assert left_behind() == []
    run_pending()
    assert not GazeRecording.objects.exists()
    assert Job.objects.get(kind="annotation.gaze").state == "done"


def test_who_takes_consent_back_while_a_file_waits_has_it_not_read(team: Team, reading: Reading) -> None:
    allow(team)
    upload(team, reading, **tracker_file(reading))
    GazeConsent.objects.all().delete()
    run_pending()
    (shown,) = told(team, reading)
    assert (shown["state"], shown["sample_count"], left_behind()) == ("failed", 0, [])
