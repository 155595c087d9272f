"""Filling a worklist while it is ranked and read."""

from __future__ import annotations

import pytest

from annotation.models import Ranking
from annotation.services.filling import fill_worklist
from annotation.services.worklists import take_next, write_ranking
from tests import factories
from tests.racing import errors_of, race

pytestmark = pytest.mark.django_db(transaction=True)


def test_filling_ranking_and_taking_at_once_lose_no_case_and_never_wait_for_each_other_in_a_circle() -> None:
    team = factories.make_team()
    factories.make_findings(team.project)
    studies = factories.make_studies(team.project, 8)
    worklist = factories.make_worklist(team.project, studies[:2])
    order = [(study.pk, float(place), "again") for place, study in enumerate(studies)]
    answers = race(
        *(lambda s=study: fill_worklist(worklist=worklist, user=None, studies=[s]) for study in studies[2:]),
        *(lambda: write_ranking(worklist=worklist, entries=order, query="margin") for _ in range(3)),
        *(lambda r=reader: take_next(worklist=worklist, reader=r) for reader in (team.annotator, team.reviewer)),
    )
    assert errors_of(answers) == []
    worklist.refresh_from_db()
    assert worklist.items.count() == 8
    assert Ranking.objects.get(pk=worklist.ranking_id).entries.filter(slots_open=1).count() == 6
