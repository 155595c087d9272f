"""The private mirror: what it shows is right, and it shows nobody but the person who looks."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from annotation.models import Reading, Worklist
from annotation.selectors.mirror import mirror_of, wilson
from annotation.services.next_case import hand_out
from annotation.services.rereads import draw_reread
from annotation.services.worklists import edit_worklist
from tests import factories
from tests.factories import Team, signed_in


@pytest.fixture
def team(db: None) -> Team:
    factories.make_project()
    return factories.make_team()


def nodule_of(team: Team) -> int:
    return factories.make_findings(team.project, ["Nodule", "Mass"])["nodule"].pk


def reread_all(team: Team, worklist: Worklist, nodule: int, answers: list[str]) -> None:
    Reading.objects.update(submitted_at=timezone.now() - timedelta(days=30))
    edit_worklist(worklist=worklist, user=team.manager, reread_share=0.5)
    for answer in answers:
        next(filter(None, (
            draw_reread(worklist=worklist, reader=team.annotator, handed=n, now=timezone.now()) for n in range(200)
        )))
        handed = hand_out(worklist=worklist, reader=team.annotator, ahead=0)
        assert handed.current is not None
        factories.submit(Reading.objects.get(pk=handed.current.reading), {nodule: answer})


def test_agreement_with_oneself_compares_what_was_said_both_times(team: Team) -> None:
    nodule = nodule_of(team)
    worklist = factories.make_worklist(team.project, factories.make_studies(team.project, 3))
    for answer in ("present", "absent", "present"):
        factories.submit(factories.open_next(worklist, team.annotator), {nodule: answer})
    reread_all(team, worklist, nodule, ["present", "absent", "absent"])
    seen = mirror_of(user=team.annotator, project=team.project)
    [one] = seen.agreement
    assert (seen.rereads, one.finding, one.same, one.n) == (3, "Nodule", 2, 3)
    assert one.low < 2 / 3 < one.high


def test_many_rereads_are_compared_with_as_few_queries_as_one(team: Team) -> None:
    nodule = nodule_of(team)
    worklist = factories.make_worklist(team.project, factories.make_studies(team.project, 3))
    for _ in range(3):
        factories.submit(factories.open_next(worklist, team.annotator), {nodule: "present"})

    def queries() -> int:
        with CaptureQueriesContext(connection) as asked:
            mirror_of(user=team.annotator, project=team.project)
        return len(asked)

    reread_all(team, worklist, nodule, ["present"])
    one = queries()
    reread_all(team, worklist, nodule, ["present", "absent"])
    assert mirror_of(user=team.annotator, project=team.project).rereads == 3
    assert queries() == one


def test_the_interval_of_a_share_is_wilsons() -> None:
    assert wilson(8, 10) == pytest.approx((0.4902, 0.9433), abs=1e-3)
    assert wilson(3, 3)[1] == 1.0


def test_outvoted_needs_two_others_and_ones_own_answer_and_names_nobody(team: Team) -> None:
    nodule = nodule_of(team)
    worklist = factories.make_worklist(team.project, factories.make_studies(team.project, 1), readings_needed=3)
    factories.submit(factories.open_next(worklist, team.reviewer), {nodule: "present"})
    factories.submit(factories.open_next(worklist, team.manager), {nodule: "present"})
    assert mirror_of(user=team.annotator, project=team.project).outvoted == []
    factories.submit(factories.open_next(worklist, team.annotator), {nodule: "absent"})
    [one] = mirror_of(user=team.annotator, project=team.project).outvoted
    assert (one.finding, one.mine, one.others) == ("Nodule", "absent", {"present": 2})
    seen = signed_in(team.annotator).get(f"/api/projects/{team.project.slug}/mirror/").content.decode()
    assert team.reviewer.username not in seen
    assert mirror_of(user=team.reviewer, project=team.project).outvoted == []


@pytest.mark.parametrize(("role", "status"), [("reviewer", 200), ("manager", 200), ("admin", 200), ("stranger", 404)])
def test_everybody_else_sees_only_an_empty_mirror_of_their_own(team: Team, role: str, status: int) -> None:
    nodule = nodule_of(team)
    worklist = factories.make_worklist(team.project, factories.make_studies(team.project, 2))
    factories.submit(factories.open_next(worklist, team.annotator), {nodule: "present"})
    reread_all(team, worklist, nodule, ["present"])
    place = f"/api/projects/{team.project.slug}/mirror/"
    assert signed_in(team.annotator).get(place).json()["rereads"] == 1
    for asked in (place, f"{place}?reader={team.annotator.username}", f"{place}?user={team.annotator.pk}"):
        answer = signed_in(team.person(role)).get(asked)
        assert answer.status_code == status
        if status == 200:
            empty = {"cases": 0, "median_seconds": None, "others_median_seconds": None}
            assert answer.json() == {"rereads": 0, "agreement": [], "outvoted": [], "pace": empty}


def test_timings_are_shown_to_their_reader_and_of_others_only_over_five(team: Team) -> None:
    worklist = factories.make_worklist(team.project, factories.make_studies(team.project, 5), readings_needed=10)
    readers = [factories.add_member(team.project) for _ in range(5)]
    for number, reader in enumerate(readers):
        for _ in range(5):
            factories.submit(factories.open_next(worklist, reader))
        Reading.objects.filter(reader=reader).update(active_seconds=10.0 * (number + 1))
    mine = factories.submit(factories.open_next(worklist, team.annotator))
    Reading.objects.filter(pk=mine.pk).update(active_seconds=7.0)
    pace = mirror_of(user=team.annotator, project=team.project).pace
    assert (pace.cases, pace.median_seconds, pace.others_median_seconds) == (1, 7.0, 30.0)
    Reading.objects.filter(reader=readers[0]).first().delete()  # type: ignore[union-attr]
    assert mirror_of(user=team.annotator, project=team.project).pace.others_median_seconds is None
    place = f"/api/readings/{mine.pk}/"
    assert signed_in(team.annotator).get(place).json()["active_seconds"] == 7.0
    assert signed_in(team.manager).get(place).json()["active_seconds"] is None
