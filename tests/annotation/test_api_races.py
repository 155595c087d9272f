"""Races over HTTP handlers, with real threads and a real database."""

from __future__ import annotations

from collections import Counter

import pytest

from annotation.models import Observation, Reading, ReadingVersion, Slot
from core.models import Role
from tests import factories
from tests.factories import Team, content, signed_in
from tests.racing import race

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def team() -> Team:
    made = factories.make_team()
    factories.make_findings(made.project)
    return made


def test_two_readers_never_hold_the_same_slot(team: Team) -> None:
    worklist = factories.make_worklist(team.project, factories.make_studies(team.project, 6))
    readers = [team.annotator, team.reviewer, team.manager, factories.add_member(team.project, Role.ANNOTATOR)]
    clients = [signed_in(reader) for reader in readers]
    answers = race(*(lambda c=c: c.post(f"/api/worklists/{worklist.pk}/next/").json()["reading"] for c in clients))
    items = Reading.objects.filter(pk__in=answers).values_list("item", flat=True)
    assert len(set(items)) == 4
    # Exactly the four that stand highest.
    ranked = worklist.ranking.entries.order_by("-priority").values_list("item", flat=True)[:4]
    assert set(items) == set(ranked)


def test_one_place_goes_to_one_of_two_readers(team: Team) -> None:
    worklist = factories.make_worklist(team.project, factories.make_studies(team.project, 1))
    clients = [signed_in(team.annotator), signed_in(team.reviewer)]
    answers = race(*(lambda c=c: c.post(f"/api/worklists/{worklist.pk}/next/").json()["reading"] for c in clients))
    assert Counter(answer is None for answer in answers) == {True: 1, False: 1}
    assert Slot.objects.count() == 1


def test_two_tabs_of_one_reader_get_the_same_case(team: Team) -> None:
    worklist = factories.make_worklist(team.project, factories.make_studies(team.project, 3))
    clients = [signed_in(team.annotator) for _ in range(2)]
    clients[0].post(f"/api/worklists/{worklist.pk}/next/")
    answers = race(*(lambda c=c: c.post(f"/api/worklists/{worklist.pk}/next/").json()["reading"] for c in clients))
    assert len(set(answers)) == 1


def test_a_double_click_on_submit_is_one_version(team: Team) -> None:
    worklist = factories.make_worklist(team.project, factories.make_studies(team.project, 1))
    reading = factories.open_next(worklist, team.annotator)
    said = content({team.project.findings.get(code="nodule").pk: "present"})
    body = {"base_version": 0, "content": said, "active_seconds": 1}
    clients = [signed_in(team.annotator) for _ in range(4)]
    answers = race(*(lambda c=c: c.post(f"/api/readings/{reading.pk}/submit/", body) for c in clients))
    assert [a.status_code for a in answers] == [200] * 4
    assert {a.json()["version"] for a in answers} == {1}
    assert ReadingVersion.objects.count() == Observation.objects.filter(source__kind="reader").count() == 1


def test_of_two_tabs_that_save_at_once_one_is_told(team: Team) -> None:
    worklist = factories.make_worklist(team.project, factories.make_studies(team.project, 1))
    reading = factories.open_next(worklist, team.annotator)
    nodule = team.project.findings.get(code="nodule").pk
    clients = [(signed_in(team.annotator), state) for state in ("present", "absent", "equivocal")]
    answers = race(*(
        lambda c=c, s=s: (s, c.put(
            f"/api/readings/{reading.pk}/draft/", {"base_version": 0, "content": content({nodule: s})}
        ))
        for c, s in clients
    ))
    assert sorted(a.status_code for _, a in answers) == [200, 409, 409]
    winner = next(state for state, a in answers if a.status_code == 200)
    reading.refresh_from_db()
    assert reading.draft["findings"][str(nodule)]["state"] == winner
    assert all(
        a.json()["theirs"]["findings"][str(nodule)]["state"] == winner for _, a in answers if a.status_code == 409
    )


def test_save_and_submit_at_once_lose_nothing_acknowledged(team: Team) -> None:
    worklist = factories.make_worklist(team.project, factories.make_studies(team.project, 1))
    reading = factories.open_next(worklist, team.annotator)
    nodule = team.project.findings.get(code="nodule").pk
    save = {"base_version": 0, "content": content({nodule: "absent"})}
    submit = {"base_version": 0, "content": content({nodule: "present"})}
    one, two = signed_in(team.annotator), signed_in(team.annotator)
    saved, submitted = race(
        lambda: one.put(f"/api/readings/{reading.pk}/draft/", save),
        lambda: two.post(f"/api/readings/{reading.pk}/submit/", submit),
    )
    assert sorted([saved.status_code, submitted.status_code]) == [200, 409]
    reading.refresh_from_db()
    kept = "absent" if saved.status_code == 200 else "present"
    assert reading.draft["findings"][str(nodule)]["state"] == kept
    assert (reading.version == 1) is (submitted.status_code == 200)
