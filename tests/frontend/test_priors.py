"""An earlier study beside the case: images alone, on record, and only the patient's own."""

from __future__ import annotations

import json
from datetime import date, timedelta
from typing import Any

import pytest

from annotation.models import Reading
from core.models import AuditEvent
from imaging.models import Study
from reports_nlp.services import store_report
from tests import factories
from tests.factories import Team, signed_in

pytestmark = pytest.mark.django_db
SAID = "Nodule of the left upper lobe."


@pytest.fixture
def team() -> Team:
    return factories.make_team()


@pytest.fixture
def reading(team: Team) -> Reading:
    """A reading of a case whose patient had a study two years before, with a report and a colleague's answer."""
    findings = factories.make_findings(team.project, ["Nodule"])
    now, old = factories.make_studies(team.project, 2)
    today = date(2024, 5, 1)
    Study.objects.filter(pk=now.pk).update(date=today)
    Study.objects.filter(pk=old.pk).update(patient=now.patient, date=today - timedelta(days=730))
    store_report(project=team.project, study=old, text=SAID)
    before = factories.make_worklist(team.project, [old], report_policy="always")
    factories.submit(factories.open_next(before, team.reviewer), {findings["nodule"].pk: "present"})
    return factories.open_next(factories.make_worklist(team.project, [now], mode="unaided"), team.annotator)


def _get(team: Team, reading: Reading, uid: str, who: str = "annotator") -> Any:
    return signed_in(team.person(who)).get(f"/api/readings/{reading.pk}/priors/{uid}/")


def _case(team: Team, reading: Reading) -> Any:
    return signed_in(team.annotator).get(f"/api/readings/{reading.pk}/case/").json()


def _opened(uid: str) -> int:
    return AuditEvent.objects.filter(action="study.opened", subject=f"study:{uid}").count()


def test_the_case_names_earlier_studies_and_hangs_the_newest_without_opening_it(team: Team, reading: Reading) -> None:
    case = _case(team, reading)
    (prior,) = case["priors"]
    assert (prior["days"], prior["modalities"]) == (730, ["DX"])
    assert (case["hanging"]["rule"], case["hanging"]["rows"], case["hanging"]["columns"]) == (
        "Radiograph beside the earlier one", 1, 2)
    current, earlier = case["hanging"]["panes"]
    assert (current["study"], current["is_prior"]) == (case["study"]["uid"], False)
    assert (earlier["study"], earlier["is_prior"]) == (prior["uid"], True)
    assert _opened(prior["uid"]) == 0


def test_opening_an_earlier_study_is_on_record(team: Team, reading: Reading) -> None:
    (prior,) = _case(team, reading)["priors"]
    answer = _get(team, reading, prior["uid"])
    assert answer.status_code == 200
    assert _opened(prior["uid"]) == 1


def test_an_earlier_study_brings_images_and_nothing_that_was_said(team: Team, reading: Reading) -> None:
    (prior,) = _case(team, reading)["priors"]
    answer = _get(team, reading, prior["uid"]).json()
    assert answer.keys() == {"study", "series"}
    told = json.dumps(answer).lower()
    assert [word for word in ("nodule", "present", "report", "suggestion", "reading") if word in told] == []
    (series,) = answer["series"]
    (instance,) = series["instances"]
    assert not [tag for tag in (*series["common"], *instance["metadata"]) if tag.startswith(("0010", "0012"))]


def test_another_patients_study_and_the_case_itself_are_no_earlier_studies(team: Team, reading: Reading) -> None:
    (stranger,) = factories.make_studies(team.project, 1, first=7)
    assert _get(team, reading, stranger.uid).status_code == 404
    assert _get(team, reading, reading.item.study.uid).status_code == 404


@pytest.mark.parametrize("who", ["reviewer", "manager", "researcher", "stranger"])
def test_only_the_reader_opens_earlier_studies_through_a_reading(team: Team, reading: Reading, who: str) -> None:
    (prior,) = _case(team, reading)["priors"]
    assert _get(team, reading, prior["uid"], who).status_code == 404
