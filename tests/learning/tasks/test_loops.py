"""The loop on masks and on change: teacher, gate, suggestions, worklist; the next turn against the champion."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import numpy as np
import pytest

from annotation.models import ReservedCase, ReservedSet, Worklist
from annotation.services.readings import submit_reading
from core.errors import Invalid
from frontend.services.case import case_of
from imaging.models import Patient, Split, Study
from learning.models import Iteration, Loop, ModelVersion, PredictedMask
from learning.recipe import Recipe, load_recipe
from learning.selectors.loop_story import story_of
from learning.selectors.turns import curve_of, turn_rows
from learning.services.gate_masks import paired_masks
from learning.services.loops import recipe_of, start_loop, step_loop
from learning.services.outlines import outliner_of
from learning.services.predictions import champion_of, suggestions_for
from learning.services.promotion import judge, promote
from tests.factories import make_studies, make_worklist, open_next
from tests.learning.tasks.conftest import Small, Words
from tests.learning.world import run_here
from workers.models import Job

ABSENT, PRESENT = ("absent", None), ("present", None)
FIRST = 520
"""Phantoms of their own."""
Say = Callable[[int], Words]


def outlined(number: int) -> Words:
    mask = np.zeros((64, 64), bool)
    mask[20:40, 10 : 30 + number % 7] = True
    return Words({"nodule": PRESENT}, {"nodule": mask}) if number % 3 else Words({"nodule": ABSENT})


def reserve(small: Small, studies: list[Study]) -> None:
    """These are the gate set: their patients leave the pool."""
    Patient.objects.filter(studies__in=studies).update(split=Split.GATE)
    gate = ReservedSet.objects.create(project=small.project, purpose="gate", seed=1)
    ReservedCase.objects.bulk_create(
        ReservedCase(reserved_set=gate, project=small.project, study=study) for study in studies
    )


def reads(small: Small, studies: list[Study], say: Say) -> None:
    worklist = make_worklist(small.project, studies, mode="concurrent")
    for _ in studies:
        answer(small, worklist, say)


def answer(small: Small, worklist: Worklist, say: Say) -> Study:
    """The reader's next case of the list, read; which it was."""
    reading = open_next(worklist, small.reader)
    place = [study.pk for study in small.studies].index(reading.item.study_id)
    submit_reading(
        reading=reading, reader=small.reader, base_version=reading.draft_version,
        content=small.content(reading, say(place)),
    )
    return reading.item.study


def tiny(kind: str, **sections: Any) -> Recipe:
    return load_recipe({
        "targets": {"kind": kind, "findings": ["nodule"]}, "input": {"size": 32}, "augmentation": {"kind": "none"},
        "regularisation": {"dropout_hidden": 0},
        "optimiser": {"max_steps": 30, "batch_size": 8, "patience": 0, "keep": "last", "learning_rate": 0.01},
        **sections,
    })


def turn_of(loop: Loop, job: Job) -> Iteration:
    ended = run_here(job)
    assert ended.state == "done", ended.failure
    return loop.iterations.get(job=job)


@pytest.fixture
def masks(small: Small) -> Loop:
    """Five read, four in the gate set, the rest on the list; the first teacher trained."""
    reads(small, [*small.studies[8:], *small.studies[:5]], outlined)
    reserve(small, small.studies[8:])
    main = make_worklist(small.project, small.studies[5:8], mode="concurrent", name="Main")
    loop = start_loop(project=small.project, user=small.manager, worklist=main, recipe=tiny("segmentation"))
    turn_of(loop, Job.objects.get(kind="learning.turn", project=small.project))
    return loop


def test_the_first_outlining_teacher_is_judged_suggests_and_ranks(small: Small, masks: Loop):
    assert_ranked_by_the_entropy_of_what_would_be_outlined(small, masks)
    (first,) = masks.iterations.all()
    assert first.gate["kind"] == "segmentation"
    assert (first.gate["n"], first.gate["n_patients"], first.gate["simulated_readers"]) == (4, 4, False)
    assert 0 <= first.gate["mean_dice"]["low"] <= first.gate["mean_dice"]["value"] <= 1
    champion = champion_of(small.project)
    assert champion == outliner_of(small.project) == first.challenger
    assert PredictedMask.objects.filter(prediction__model_version=champion).exists()
    assert_masks_alone_are_suggested(small)
    assert story_of(masks).figure.startswith("Gate Dice ")
    assert "its Dice minus the champion's" in story_of(masks).rule


def assert_masks_alone_are_suggested(small: Small) -> None:
    for study in small.studies[5:8]:
        told = suggestions_for(study=study, project=small.project)
        assert all(one["masks"] and not one["boxes"] for one in told)
    shown = case_of(reading=open_next(Worklist.objects.get(name="Main"), small.manager))["suggestions"]
    assert all("rle" in mask for one in shown for mask in one["masks"])


def assert_ranked_by_the_entropy_of_what_would_be_outlined(small: Small, masks: Loop) -> None:
    main = Worklist.objects.get(name="Main")
    assert masks.query == main.ranking.query == "outline_entropy"
    champion = champion_of(small.project)
    unsure = {
        one.instance.series.study_id: one.uncertainty["nodule"]
        for one in champion.predictions.filter(instance__series__study__in=small.studies[5:8])
    }
    entries = list(main.ranking.entries.order_by("-priority"))
    assert [entry.item.study_id for entry in entries] == sorted(unsure, key=lambda pk: -unsure[pk])
    assert entries[0].reason.startswith("outline of Nodule")


def test_a_student_is_compared_with_the_champion_in_dice_and_has_no_simulated_arm(small: Small, masks: Loop):
    assert_not_compared_with_a_model_of_another_kind(small, masks)
    answer(small, Worklist.objects.get(name="Main"), outlined)
    turn = turn_of(masks, step_loop(loop=masks, user=None))
    assert turn.labels_spent == 6
    assert not turn.promoted
    assert "Only 4 patients" in turn.decision
    assert turn.control["missing"]
    assert turn.control_run is None
    result = paired_masks(turn.challenger, turn.champion, margin=0.02)
    assert (result.n, result.n_patients, result.figure) == (4, 4, "Dice")
    assert result.delta == pytest.approx(turn.gate["mean_dice"]["value"] - turn.champion.gate["mean_dice"]["value"])
    assert "Dice (95 % interval" in result.sentence
    same = paired_masks(turn.champion, turn.champion, margin=0.02)
    assert (same.delta, same.low, same.high, same.verdict) == (0, 0, 0, "equivalent")
    assert [point["figure"] for point in curve_of(turn_rows(masks))] == ["Dice", "Dice"]
    assert_ranks_by_what_fits_the_task(small, masks)


def assert_ranks_by_what_fits_the_task(small: Small, masks: Loop) -> None:
    with pytest.raises(Invalid, match="ranks nothing for"):
        start_loop(project=small.project, user=small.manager, query="margin")
    Loop.objects.filter(pk=masks.pk).update(pseudolabel_weight=0.4)
    masks.refresh_from_db()
    assert recipe_of(masks).pseudolabels.weight == 0
    back = start_loop(project=small.project, user=small.manager, recipe=load_recipe({"input": {"size": 32}}))
    assert back.query == "margin"


def assert_not_compared_with_a_model_of_another_kind(small: Small, masks: Loop) -> None:
    version = champion_of(small.project)
    other = ModelVersion(project=small.project, number=9, card={"recipe": {"targets": {"kind": "binary"}}})
    decision = judge(challenger=other, champion=version, loop=masks)
    assert not decision.promote
    assert "no figure compares the two" in decision.sentence
    ModelVersion.objects.filter(pk=version.pk).update(suggests_masks=False)
    promote(version=champion_of(small.project))
    assert outliner_of(small.project) == version


def second_studies(small: Small, count: int) -> None:
    """The first patients come again, a year later; all studies get dates."""
    again = make_studies(small.project, count, first=FIRST)
    for study, later in zip(small.studies[:count], again, strict=True):
        Study.objects.filter(pk=study.pk).update(date=date(2024, 1, 1))
        Study.objects.filter(pk=later.pk).update(patient=study.patient, date=date(2024, 1, 1) + timedelta(days=365))
    small.studies = list(Study.objects.filter(projects=small.project).select_related("patient").order_by("pk"))


def came_up(number: int) -> Words:
    """First studies (0 to 11) have none; of the second ones every other."""
    return Words({"nodule": PRESENT if number >= 12 and number % 2 else ABSENT})


def test_a_loop_on_change_judges_and_ranks_pairs_of_studies(small: Small):
    second_studies(small, 12)
    firsts, seconds = small.studies[:12], small.studies[12:]
    reads(small, [*firsts, *seconds[:6], *seconds[8:]], came_up)
    reserve(small, [*firsts[8:], *seconds[8:]])
    main = make_worklist(small.project, seconds[6:8], mode="concurrent", name="Main")
    loop = start_loop(project=small.project, user=small.manager, worklist=main, recipe=tiny("progression"))
    first = turn_of(loop, Job.objects.get(kind="learning.turn", project=small.project))
    assert (first.gate["n"], first.gate["n_patients"]) == (4, 4)  # pairs, not studies
    assert first.gate["findings"]["nodule:worse"]["n_positive"] == 2
    champion = champion_of(small.project)
    predicted = set(champion.predictions.values_list("instance__series__study", flat=True))
    assert predicted == {study.pk for study in seconds[:8]}
    main.refresh_from_db()
    assert main.ranking.model_version == f"model {champion.number}"
    assert suggestions_for(study=seconds[6], project=small.project) == []
    told = judge(challenger=champion, champion=champion, loop=loop)
    assert "Only 4 patients" in told.sentence
