"""The pool in the order in which reading it teaches most, each case with its reason."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from django.db.models import QuerySet

from annotation.models import Finding, Ranking, RankingEntry, ReadingVersion, Worklist
from annotation.services.worklists import write_ranking
from core.errors import Invalid
from learning.models import ModelVersion, Prediction
from learning.selectors.headline import task_of
from learning.services.snapshots import RANDOM_ARM

AUDIT_EVERY = 8
"""Every eighth place of the queue goes to an audit of a pseudolabel while there are any."""


def rank_pool(
    *, worklist: Worklist, version: ModelVersion, query: str, seed: int, audits: list[int]
) -> tuple[Ranking | None, list[dict[str, Any]]]:
    """Rank the worklist's open items by the model; returns the ranking and which cases moved most, and why.

    Without an open item there is no ranking: the one in force stays.

    Raises Invalid for an unknown query or a pool without predictions.
    """
    from learning.toolkit.active import PoolView, QueryError, query_named

    before = positions(worklist)
    open_studies = _open_studies(worklist)
    if not open_studies:
        return None, []
    answered = _answered_elsewhere(worklist, open_studies)
    rows = _predictions(version, open_studies)
    if not rows:
        raise Invalid("No case on this worklist has a prediction; nothing can be ranked.")
    names = dict(Finding.objects.filter(project=worklist.project).values_list("code", "name"))
    labelled = _embeddings(version, exclude=open_studies - answered)
    pool = PoolView(
        keys=tuple(str(study) for study in rows), findings=tuple(names.get(c, c) for c in version.findings),
        probabilities=np.array([r[0] for r in rows.values()]), embeddings=np.stack([r[1] for r in rows.values()]),
        labelled_embeddings=labelled,
        outline_entropy=np.array([r[2] for r in rows.values()]) if task_of(version) == "segmentation" else None,
    )
    try:
        order = query_named(query)(pool, count=len(pool), generator=np.random.default_rng(seed))
    except QueryError as error:
        raise Invalid(str(error)) from None
    queue = [(int(pool.keys[row]), reason) for row, reason in zip(order.order, order.reasons, strict=True)]
    queue = _with_audits(_answered_last(queue, answered), audits, version)
    entries = [(study, float(-place), reason) for place, (study, reason) in enumerate(queue)]
    ranking = write_ranking(
        worklist=worklist, entries=entries, query=query, model_version=f"model {version.number}"
    )
    return ranking, moved(before, queue)


def _open_studies(worklist: Worklist) -> set[int]:
    """Items with a place left: slots taken are fewer than slots there are."""
    from django.db.models import Count, F

    items = worklist.items.filter(retired_at=None).annotate(taken=Count("slots")).filter(taken__lt=F("slots_total"))
    return set(items.values_list("study_id", flat=True))


def _answered_elsewhere(worklist: Worklist, studies: set[int]) -> set[int]:
    """Studies that a reader has answered on another list: reading them here too teaches least."""
    versions = ReadingVersion.objects.filter(reading__item__study__in=studies, reading__project=worklist.project_id)
    others = versions.exclude(reading__item__worklist=worklist).exclude(reading__reader__username=RANDOM_ARM)
    return set(others.values_list("reading__item__study_id", flat=True))


def _answered_last(queue: list[tuple[int, str]], answered: set[int]) -> list[tuple[int, str]]:
    fresh = [entry for entry in queue if entry[0] not in answered]
    return fresh + [(study, "answered on another worklist already") for study, _ in queue if study in answered]


_Row = tuple[list[float], Any, list[float]]
"""Probabilities, embedding, uncertainties of a study's first image."""


def _predictions(version: ModelVersion, studies: set[int]) -> dict[int, _Row]:
    rows: dict[int, _Row] = {}
    found = _whole(version).filter(instance__series__study__in=studies)
    for study, probabilities, embedding, unsure in found.order_by("instance_id").values_list(
        "instance__series__study_id", "probabilities", "embedding", "uncertainty"
    ):
        said, doubts = ([table.get(c, 0.0) for c in version.findings] for table in (probabilities, unsure))
        rows.setdefault(study, (said, _vector(embedding), doubts))
    return rows


def _whole(version: ModelVersion) -> QuerySet[Prediction]:
    """Predictions of images and series; those of single slices of an outlined series hold its masks alone."""
    return Prediction.objects.filter(model_version=version, embedding__isnull=False)


def _embeddings(version: ModelVersion, *, exclude: set[int]) -> Any:
    found = _whole(version).exclude(instance__series__study__in=exclude)
    vectors = [_vector(embedding) for embedding in found.values_list("embedding", flat=True)]
    return np.stack(vectors) if vectors else None


def _vector(embedding: Any) -> npt.NDArray[np.float32]:
    return np.frombuffer(bytes(embedding), "<f2").astype(np.float32)


def _with_audits(
    queue: list[tuple[int, str]], audits: list[int], version: ModelVersion
) -> list[tuple[int, str]]:
    known = {study for study, _ in queue}
    waiting = [a for a in audits if a in known]
    reason = f"audit: model {version.number} is confident here, and a reader should check a share of that"
    mixed: list[tuple[int, str]] = []
    rest = [entry for entry in queue if entry[0] not in set(waiting)]
    for place, entry in enumerate(rest):
        if waiting and place and place % AUDIT_EVERY == 0:
            mixed.append((waiting.pop(0), reason))
        mixed.append(entry)
    return [*mixed, *((study, reason) for study in waiting)]


def positions(worklist: Worklist) -> dict[int, int]:
    """Study → place in the ranking in force, from 1, counting open places only."""
    if worklist.ranking_id is None:
        return {}
    entries = RankingEntry.objects.filter(ranking=worklist.ranking_id, slots_open__gt=0).order_by("-priority", "id")
    return {study: n for n, study in enumerate(entries.values_list("item__study_id", flat=True), start=1)}


def moved(before: dict[int, int], queue: list[tuple[int, str]], *, most: int = 12) -> list[dict[str, Any]]:
    """The cases that moved most, with the reason of their new place."""
    steps: list[dict[str, Any]] = [
        {"study": study, "from": before[study], "to": place, "why": reason}
        for place, (study, reason) in enumerate(queue, start=1) if study in before and before[study] != place
    ]
    steps.sort(key=lambda s: -abs(s["from"] - s["to"]))
    return steps[:most]
