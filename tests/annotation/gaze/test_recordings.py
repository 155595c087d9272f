"""Recordings of pointing, looking and speaking: allowed first, the reader's alone, gone when asked."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from annotation.models import GazeRecording, Observation, Reading
from benchmarks.gaze_reader import Case, record
from imaging.models import Instance
from imaging.phantoms import PhantomBox
from imaging.services.patients import withdraw_patient
from tests.factories import Team, content, make_findings, make_studies, make_team, make_worklist, open_next, signed_in

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
    assert upload(team, reading, **tracker_file(reading)).status_code == 201
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
    assert upload(team, reading, samples=f"t,x,y,valid\n{rows}".encode()).status_code == 201
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
    assert upload(team, reading, audio=WAV).status_code == 201
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
    settings.RADLOOP_RECOGNISER = recogniser(tmp_path, body)
    settings.RADLOOP_RECOGNISER_SECONDS = 2.0 if "sleep" in body else 30.0
    answer = upload(team, reading, audio=WAV)
    assert answer.status_code == 400
    assert words in answer.json()["title"]
