"""Re-reads: handed out by chance, unaided and untold, seen by nobody but their reader. Two tabs hold what one does."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from annotation.models import CurrentObservation, Observation, Reading, Slot, Worklist
from annotation.services.next_case import hand_out
from annotation.services.readings import submit_reading
from annotation.services.rereads import draw_reread
from annotation.services.worklists import edit_worklist
from core.models import Project
from tests import factories
from tests.factories import signed_in
from tests.racing import errors_of, race


@pytest.fixture
def team(db: None) -> factories.Team:
    return factories.make_team()


def read_once(team: factories.Team, number: int = 3, **fields: object) -> tuple[Worklist, list[Reading]]:
    """A list whose first case the annotator has read, three weeks ago."""
    worklist = factories.make_worklist(team.project, factories.make_studies(team.project, number), **fields)
    first = factories.submit(factories.open_next(worklist, team.annotator))
    Reading.objects.filter(pk=first.pk).update(submitted_at=timezone.now() - timedelta(days=21))
    return worklist, [first]


def test_a_case_comes_again_after_the_days_and_only_once(team: factories.Team) -> None:
    worklist, [first] = read_once(team)
    edit_worklist(worklist=worklist, user=team.manager, reread_share=0.5, reread_after_days=22)
    assert not held_again(worklist, team)
    edit_worklist(worklist=worklist, user=team.manager, reread_after_days=20)
    force_reread(worklist, team)
    assert held_again(worklist, team) == [first.item.study_id]
    force_reread(worklist, team)
    assert held_again(worklist, team) == [first.item.study_id]


def held_again(worklist: Worklist, team: factories.Team) -> list[int]:
    slots = Slot.objects.filter(item__worklist__rereads_of=worklist, reader=team.annotator)
    return list(slots.values_list("item__study_id", flat=True))


def force_reread(worklist: Worklist, team: factories.Team) -> None:
    """Draws until chance gives one, or there is none to give."""
    for handed in range(60):
        if draw_reread(worklist=worklist, reader=team.annotator, handed=handed, now=timezone.now()):
            return


def reread(team: factories.Team, **fields: object) -> tuple[Worklist, Reading, Reading]:
    """The list, the first reading, and the same case opened again."""
    worklist, [first] = read_once(team, 1, **fields)
    edit_worklist(worklist=worklist, user=team.manager, reread_share=0.5, reread_after_days=1)
    force_reread(worklist, team)
    handed = hand_out(worklist=worklist, reader=team.annotator, ahead=0)
    assert handed.current is not None
    return worklist, first, Reading.objects.get(pk=handed.current.reading)


def test_a_reread_is_unaided_and_looks_like_any_other_case(team: factories.Team) -> None:
    factories.make_findings(team.project, ["Nodule"])
    worklist, first, again = reread(team, mode="concurrent", report_policy="always")
    assert (again.mode, again.item.study_id) == ("unaided", first.item.study_id)
    shown = signed_in(team.annotator).get(f"/api/readings/{again.pk}/case/").json()
    assert shown["reading"]["worklist"] == worklist.pk
    assert shown["reading"]["worklist_name"] == worklist.name
    assert (shown["suggestions"], shown["report"], shown["reading"]["reason"]) == (None, None, None)
    assert shown["progress"] == {"total": 1, "done": 1, "mine": 1}
    assert "re-read" not in str(shown)


def test_what_a_reread_says_changes_no_ledger_line_and_starts_no_turn(team: factories.Team) -> None:
    nodule = factories.make_findings(team.project, ["Nodule"])["nodule"]
    _, _, again = reread(team)
    lines = list(CurrentObservation.objects.values_list("pk", "observation_id"))
    said = factories.content({nodule.pk: "present"})
    version = submit_reading(reading=again, reader=team.annotator, base_version=0, content=said)
    assert version.content["findings"][str(nodule.pk)]["state"] == "present"
    assert list(CurrentObservation.objects.values_list("pk", "observation_id")) == lines
    assert not Observation.objects.filter(batch=version.batch).exists()


@pytest.mark.parametrize("role", ["reviewer", "manager", "researcher", "admin", "stranger"])
def test_a_reread_is_nobody_elses_to_see(team: factories.Team, role: str) -> None:
    _, first, again = reread(team)
    factories.submit(again)
    client = signed_in(team.person(role))
    assert client.get(f"/api/readings/{again.pk}/").status_code == 404
    assert client.get(f"/api/readings/{again.pk}/case/").status_code == 404
    assert client.get(f"/api/worklists/{again.item.worklist_id}/").status_code == 404
    lists = client.get(f"/api/projects/{team.project.slug}/worklists/")
    assert lists.status_code == 404 or again.item.worklist_id not in [row["id"] for row in lists.json()]
    if role in ("reviewer", "manager", "admin"):
        assert client.get(f"/api/readings/{first.pk}/").status_code == 200


@pytest.mark.django_db(transaction=True)
def test_two_tabs_that_ask_at_once_are_laid_the_same_cases() -> None:
    project: Project = factories.make_project()
    reader = factories.add_member(project)
    worklist = factories.make_worklist(project, factories.make_studies(project, 6))
    answers = race(*[lambda: hand_out(worklist=worklist, reader=reader, ahead=2) for _ in range(4)])
    assert errors_of(answers) == []
    assert Slot.objects.filter(item__worklist=worklist, reader=reader).count() == 3
    assert len({tuple(one.reading for one in [a.current, *a.ahead]) for a in answers}) == 1  # type: ignore[union-attr]


def test_the_list_says_how_many_cases_are_laid_ready(team: factories.Team) -> None:
    worklist = factories.make_worklist(team.project, factories.make_studies(team.project, 5), cases_ahead=3)
    client = signed_in(team.annotator)
    assert len(client.post(f"/api/worklists/{worklist.pk}/next/", {"ahead": None}, format="json").json()["ahead"]) == 3
    edited = signed_in(team.manager).patch(f"/api/worklists/{worklist.pk}/", {"cases_ahead": 6}, format="json")
    assert edited.status_code == 400
