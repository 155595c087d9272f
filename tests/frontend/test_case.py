"""What the reading room is given of a case, and what stays hidden until it may be seen."""

from __future__ import annotations

from typing import Any

import pytest

from annotation.models import Reading
from annotation.services.readings import lock_unaided
from imaging.models import Instance, Study
from learning.models import ModelState, ModelVersion, Prediction, Run, Snapshot
from reports_nlp.services import store_report
from reports_nlp.services.extraction import extract_reports
from tests import factories
from tests.factories import Team, signed_in
from workers.models import Job

pytestmark = pytest.mark.django_db
LIKELY = 0.871
"""Three digits: a case holds moments too, and 0.9 is found in one of a hundred of them."""


@pytest.fixture
def team() -> Team:
    return factories.make_team()


@pytest.fixture
def study(team: Team) -> Study:
    """A study with a report, that a champion has predicted."""
    factories.make_findings(team.project, ["Nodule"])
    (study,) = factories.make_studies(team.project, 1)
    store_report(project=team.project, study=study, text="A nodule.")
    snapshot = Snapshot.objects.create(project=team.project, hash="0" * 64, findings=["nodule"])
    job = Job.objects.create(kind="learning.train", project=team.project)
    run = Run.objects.create(project=team.project, snapshot=snapshot, recipe={}, job=job)
    champion = ModelVersion.objects.create(
        project=team.project, number=1, run=run, state=ModelState.CHAMPION, path="none", sha256="0" * 64,
        findings=["nodule"],
    )
    _predict(champion, study, LIKELY)
    return study


def _predict(model: ModelVersion, study: Study, probability: float) -> None:
    Prediction.objects.update_or_create(
        model_version=model, instance=study.series.get().instances.get(),
        defaults={"probabilities": {"nodule": probability}},
    )


def _open(team: Team, study: Study, mode: str, report_policy: str = "after") -> Reading:
    worklist = factories.make_worklist(
        team.project, [study], mode=mode, unaided_share=0, report_policy=report_policy, reason="Nodule 0.51"
    )
    return factories.open_next(worklist, team.annotator)


def _case(team: Team, reading: Reading, who: str = "annotator") -> Any:
    return signed_in(team.person(who)).get(f"/api/readings/{reading.pk}/case/")


def test_an_unaided_case_holds_no_word_of_machine_or_report(team: Team, study: Study) -> None:
    reading = _open(team, study, "unaided")
    answer = _case(team, reading)
    case = answer.json()
    assert (case["suggestions"], case["report"], case["reading"]["reason"]) == (None, None, None)
    assert str(LIKELY).encode() not in answer.content
    assert b"A nodule." not in answer.content
    reading.refresh_from_db()
    assert reading.shown is None


def test_a_second_reader_sees_suggestions_and_report_once_the_answer_is_locked(team: Team, study: Study) -> None:
    reading = _open(team, study, "second_reader")
    assert _case(team, reading).json()["suggestions"] is None
    content = factories.content(no_finding=True)
    lock_unaided(reading=reading, reader=team.annotator, base_version=0, content=content)
    case = _case(team, reading).json()
    assert [s["probability"] for s in case["suggestions"]] == [LIKELY]
    assert case["report"] == "A nodule."


def test_marks_in_the_report_lead_to_findings_once_the_answer_is_locked(team: Team, study: Study) -> None:
    extract_reports(project=team.project)
    reading = _open(team, study, "second_reader")
    lock_unaided(reading=reading, reader=team.annotator, base_version=0, content=factories.content(no_finding=True))
    (mention,) = _case(team, reading).json()["report_marks"]["mentions"]
    assert (mention["codes"], mention["polarity"], mention["start"], mention["end"]) == (["nodule"], "present", 2, 8)


def test_where_the_text_may_be_seen_before_the_answer_its_marks_still_wait(team: Team, study: Study) -> None:
    extract_reports(project=team.project)
    case = _case(team, _open(team, study, "unaided", "always")).json()
    assert (case["report"], case["report_marks"]) == ("A nodule.", None)
    case = _case(team, _open(team, study, "concurrent", "always")).json()
    assert case["report_marks"]["mentions"]


def test_suggestions_stay_as_they_were_first_shown(team: Team, study: Study) -> None:
    reading = _open(team, study, "concurrent")
    shown = _case(team, reading).json()["suggestions"]
    _predict(ModelVersion.objects.get(), study, 0.1)
    assert _case(team, reading).json()["suggestions"] == shown
    reading.refresh_from_db()
    assert reading.shown == shown


def test_headers_for_the_viewer_carry_no_patient(team: Team, study: Study) -> None:
    case = _case(team, _open(team, study, "concurrent")).json()
    (series,) = case["series"]
    (instance,) = series["instances"]
    header = series["common"] | instance["metadata"]
    assert {"0020000D", "0020000E", "00080018", "00280010"} <= header.keys()
    assert not [tag for tag in header if tag.startswith(("0010", "0012"))]


def test_what_all_images_of_a_series_share_is_told_once(team: Team, study: Study) -> None:
    first = Instance.objects.get(series__study=study)
    other = Instance.objects.get(pk=first.pk)
    other.pk, other.sop_uid, other.path = None, f"{first.sop_uid}.2", "dicom/other.dcm"
    other.metadata = first.metadata | {"00200013": {"vr": "IS", "Value": [2]}, "00280030": {"vr": "DS", "Value": [9]}}
    other.save()
    (series,) = _case(team, _open(team, study, "concurrent")).json()["series"]
    headers = {i["id"]: series["common"] | i["metadata"] for i in series["instances"]}
    for instance in (first, other):
        kept = {tag: value for tag, value in instance.metadata.items() if not tag.startswith(("0010", "0012"))}
        assert {tag: headers[instance.pk].get(tag) for tag in kept} == kept
    assert "00200013" not in series["common"]
    assert {"0020000D", "0020000E", "00280010"} <= series["common"].keys()


@pytest.mark.parametrize("who", ["reviewer", "manager", "researcher", "stranger"])
def test_the_room_shows_a_reading_to_its_reader_alone(team: Team, study: Study, who: str) -> None:
    assert _case(team, _open(team, study, "concurrent"), who).status_code == 404
