from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from annotation.models import CurrentObservation, Observation, RankingEntry
from annotation.services.worklists import add_items
from core.errors import Invalid
from imaging.models import Study
from learning.models import ModelVersion, Prediction
from learning.services.pseudolabels import read_studies, write_pseudolabels
from learning.services.ranking import AUDIT_EVERY, rank_pool
from tests.learning.world import World, read


def believe(world: World, probability: Any) -> ModelVersion:
    """The teacher's predictions replaced: `probability(n)` for the n-th image in order of pk, all findings alike."""
    rows = list(Prediction.objects.filter(model_version=world.teacher).order_by("instance_id"))
    for n, row in enumerate(rows):
        row.probabilities = {code: probability(n) for code in world.teacher.findings}
    Prediction.objects.bulk_update(rows, ["probabilities"])
    return world.teacher


def sure(n: int) -> float:
    return (0.99, 0.6, 0.01)[n % 3]


def test_the_teacher_predicts_the_pool_and_nothing_else(world: World) -> None:
    predicted = Prediction.objects.filter(model_version=world.teacher)
    studies = set(predicted.values_list("instance__series__study", flat=True))
    assert studies == {s.pk for s in world.pool()}


def test_pseudolabels_are_confident_unread_and_of_the_pool(world: World) -> None:
    batch, audits = write_pseudolabels(loop=world.loop, version=believe(world, sure), seed=0)
    lines = Observation.objects.filter(batch=batch)
    assert lines.exists()
    assert all(o.probability >= 0.95 or o.probability <= 0.05 for o in lines)
    assert {o.state for o in lines} == {"present", "absent"}
    studies = set(lines.values_list("study_id", flat=True))
    assert not studies & read_studies(world.loop)
    assert not studies & world.reserved()
    assert len(audits) == math.ceil(world.loop.audited_share * len(studies))
    assert set(audits) <= studies


def test_a_finding_may_have_a_threshold_of_its_own(world: World) -> None:
    world.loop.pseudolabel_thresholds = {"nodule": 0.995}
    batch, _ = write_pseudolabels(loop=world.loop, version=believe(world, sure), seed=0)
    found = set(Observation.objects.filter(batch=batch).values_list("finding__code", flat=True))
    assert found == set(world.teacher.findings) - {"nodule"}


def test_a_teacher_without_calibration_pseudolabels_nothing(world: World) -> None:
    teacher = believe(world, sure)
    teacher.card = teacher.card | {"temperatures": None}
    assert write_pseudolabels(loop=world.loop, version=teacher, seed=0) == (None, [])


def test_weight_zero_pseudolabels_nothing(world: World) -> None:
    world.loop.pseudolabel_weight = 0.0
    assert write_pseudolabels(loop=world.loop, version=believe(world, sure), seed=0) == (None, [])


def test_a_newer_batch_replaces_the_older(world: World) -> None:
    first, _ = write_pseudolabels(loop=world.loop, version=believe(world, sure), seed=0)
    second, _ = write_pseudolabels(loop=world.loop, version=believe(world, sure), seed=1)
    assert first is not None
    assert second is not None
    first.refresh_from_db()
    assert first.withdrawn_at is not None
    assert second.withdrawn_at is None
    current = CurrentObservation.objects.filter(project=world.project, source__kind="model")
    assert set(current.values_list("observation__batch", flat=True)) == {second.pk}


def test_every_open_case_is_ranked_with_its_reason_most_unsure_first(world: World) -> None:
    version = believe(world, lambda n: 0.5 + n / 1000)
    ranking, _ = rank_pool(worklist=world.main, version=version, query="margin", seed=0, audits=[])
    entries = list(RankingEntry.objects.filter(ranking=ranking).order_by("-priority").select_related("item"))
    assert {e.item.study_id for e in entries} == {s.pk for s in world.pool()}
    fresh = [e for e in entries if "nearest to undecided" in e.reason]
    ranked = [e.item.study_id for e in fresh]
    by_doubt = Prediction.objects.filter(model_version=version).order_by("instance_id")
    assert ranked == [s for s in by_doubt.values_list("instance__series__study", flat=True) if s in ranked]


def test_cases_answered_on_another_list_come_last(world: World) -> None:
    ranking, _ = rank_pool(worklist=world.main, version=world.teacher, query="margin", seed=0, audits=[])
    reasons = list(RankingEntry.objects.filter(ranking=ranking).order_by("-priority").values_list("reason", flat=True))
    last = [r == "answered on another worklist already" for r in reasons]
    assert sum(last) == len(world.first)
    assert last == sorted(last)


def test_audits_take_every_eighth_place_and_say_so(world: World) -> None:
    audits = [s.pk for s in world.pool() if s.pk not in read_studies(world.loop)][:2]
    ranking, _ = rank_pool(worklist=world.main, version=world.teacher, query="margin", seed=0, audits=audits)
    entries = list(RankingEntry.objects.filter(ranking=ranking).order_by("-priority").select_related("item"))
    places = [n for n, e in enumerate(entries) if e.reason.startswith("audit:")]
    assert [entries[n].item.study_id for n in places] == audits
    assert places == [AUDIT_EVERY, 2 * AUDIT_EVERY + 1]


def test_a_read_case_is_not_ranked_again_and_reserved_ones_never(world: World) -> None:
    read(world.main, "simulated-late", 3)
    ranking, moved = rank_pool(worklist=world.main, version=world.teacher, query="core_set", seed=0, audits=[])
    ranked = set(RankingEntry.objects.filter(ranking=ranking).values_list("item__study_id", flat=True))
    assert len(ranked) == len(world.pool()) - 3
    assert not ranked & world.reserved()
    assert all(m["why"] and m["from"] != m["to"] for m in moved)
    with pytest.raises(Invalid, match="belong to sets"):
        add_items(worklist=world.main, studies=Study.objects.filter(pk__in=world.reserved()))


def test_an_unknown_query_names_the_known_ones(world: World) -> None:
    with pytest.raises(Invalid, match=r"Unknown query 'best'; known: random, entropy, margin"):
        rank_pool(worklist=world.main, version=world.teacher, query="best", seed=0, audits=[])


def test_the_same_seed_ranks_alike(world: World) -> None:
    def order(seed: int) -> list[int]:
        ranking, _ = rank_pool(worklist=world.main, version=world.teacher, query="random", seed=seed, audits=[])
        entries = RankingEntry.objects.filter(ranking=ranking).order_by("-priority")
        return list(entries.values_list("item_id", flat=True))

    assert order(1) == order(1) != order(2)
    assert np.array_equal(sorted(order(1)), sorted(order(2)))


def test_when_everything_is_read_there_is_nothing_to_rank_and_the_turn_goes_on(world: World) -> None:
    read(world.main, "simulated-late", len(world.pool()))
    assert rank_pool(worklist=world.main, version=world.teacher, query="margin", seed=0, audits=[]) == (None, [])
