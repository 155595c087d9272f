"""Old rankings are forgotten; nobody misses what goes."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from annotation.models import Ranking, RankingEntry
from annotation.services.retention import forget_old_rankings
from annotation.services.worklists import take_next, write_ranking
from core.models import Role
from tests.annotation.bare import bare_studies
from tests.factories import add_member, make_project, make_worklist

pytestmark = pytest.mark.django_db


def test_only_rankings_that_still_hand_out_or_explain_cases_keep_their_entries() -> None:
    project = make_project()
    studies = bare_studies(project, 3)
    worklist = make_worklist(project, studies, unaided_share=0.0)
    orders = [Ranking.objects.get(worklist=worklist)]
    reader = add_member(project, Role.ANNOTATOR)
    slot = None
    for turn in range(4):
        orders.append(write_ranking(
            worklist=worklist, entries=[(s.pk, float(n), f"turn {turn}") for n, s in enumerate(studies)], query="q"
        ))
        if turn == 1:
            slot = take_next(worklist=worklist, reader=reader)
    assert slot is not None
    assert slot.ranking_id == orders[2].pk
    assert forget_old_rankings() == 6
    kept = set(RankingEntry.objects.values_list("ranking_id", flat=True))
    assert kept == {orders[2].pk, orders[3].pk, orders[4].pk}
    assert Ranking.objects.count() == 5
    assert forget_old_rankings() == 0
    worklist.refresh_from_db()
    assert take_next(worklist=worklist, reader=add_member(project, Role.ANNOTATOR)) is not None


def test_a_ranking_whose_writer_was_lost_goes_and_one_being_written_stays() -> None:
    worklist = make_worklist(make_project(), [])
    writing = Ranking.objects.create(worklist=worklist, query="q")
    lost = Ranking.objects.create(worklist=worklist, query="q")
    Ranking.objects.filter(pk=lost.pk).update(created_at=timezone.now() - timedelta(days=2))
    forget_old_rankings()
    assert list(Ranking.objects.filter(is_complete=False)) == [writing]
