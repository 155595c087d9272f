"""The queue: who gets what, in which order, whatever happens at once."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from annotation.models import RankingEntry, Reading, Slot, Worklist, WorklistItem
from annotation.services.readings import open_reading, save_draft, skip_reading
from annotation.services.worklists import (
    NOT_RANKED,
    add_items,
    create_worklist,
    finish_slot,
    give_back,
    next_slot,
    release_expired,
    reserve_ahead,
    take_next,
    write_ranking,
)
from core.errors import Conflict, Invalid
from core.models import Project, Role, User
from imaging.models import Split, Study
from imaging.services.patients import withdraw_patient
from tests.annotation.bare import bare_studies
from tests.factories import add_member, content, make_findings, make_project, make_worklist, submit
from tests.racing import errors_of, race

pytestmark = pytest.mark.django_db
TOGETHER = pytest.mark.django_db(transaction=True)


@pytest.fixture
def project() -> Project:
    made = make_project()
    make_findings(made, ["nodule"])
    return made


def readers(project: Project, number: int) -> list[User]:
    return [add_member(project, Role.ANNOTATOR) for _ in range(number)]


def listed(project: Project, number: int, **fields: object) -> tuple[Worklist, list[Study]]:
    """A worklist and its studies, the first to be read first."""
    studies = bare_studies(project, number)
    return make_worklist(project, studies, unaided_share=0.0, **fields), studies


def rank(worklist: Worklist, studies: list[Study]) -> None:
    entries = [(study.pk, -float(n), f"place {n}") for n, study in enumerate(studies)]
    write_ranking(worklist=worklist, entries=entries, query="q")


def take(worklist: Worklist, reader: User) -> Study:
    slot = take_next(worklist=worklist, reader=reader)
    assert slot is not None
    return slot.item.study


def expire(slot: Slot) -> None:
    Slot.objects.filter(pk=slot.pk).update(reserved_until=timezone.now() - timedelta(seconds=1))


def open_places(worklist: Worklist) -> dict[int, int]:
    """Study → open places on the ranking in force."""
    worklist.refresh_from_db()
    return dict(RankingEntry.objects.filter(ranking=worklist.ranking).values_list("item__study_id", "slots_open"))


@TOGETHER
@pytest.mark.parametrize(
    ("callers", "takes", "items", "needed"),
    [(8, 3, 40, 1), (6, 4, 20, 1), (2, 10, 20, 1), (6, 3, 8, 3), (4, 2, 4, 2), (3, 4, 4, 2)],
    ids=["more than enough", "not enough", "two busy readers", "three readings each", "just enough", "all read all"],
)
def test_callers_at_once_get_the_top_and_nobody_gets_a_taken_place(
    project: Project, callers: int, takes: int, items: int, needed: int
) -> None:
    worklist, studies = listed(project, items, readings_needed=needed)
    people = readers(project, callers)

    def act(reader: User) -> list[int]:
        slots = [take_next(worklist=worklist, reader=reader) for _ in range(takes)]
        return [slot.item.study_id for slot in slots if slot is not None]

    answers = race(*(lambda r=r: act(r) for r in people))
    assert errors_of(answers) == []
    given = Counter(study for answer in answers if isinstance(answer, list) for study in answer)
    places = [study.pk for study in studies for _ in range(needed)]
    if needed == 1:
        assert given == Counter(places[: callers * takes])
    assert all(count <= needed for count in given.values())
    assert Slot.objects.count() == given.total()
    assert all(len(set(a)) == len(a) for a in answers if isinstance(a, list)), "nobody reads a case twice"
    left = open_places(worklist)
    assert all(left[study.pk] == needed - given[study.pk] for study in studies)


@TOGETHER
def test_an_item_with_several_places_is_not_passed_over_while_one_of_them_is_taken(project: Project) -> None:
    worklist, studies = listed(project, 6, readings_needed=4)
    answers = race(*(lambda r=r: take(worklist, r).pk for r in readers(project, 4)))
    assert Counter(answers) == {studies[0].pk: 4}


@TOGETHER
def test_a_new_ranking_and_takers_at_once_lose_and_double_nothing(project: Project) -> None:
    worklist, studies = listed(project, 24)
    people = readers(project, 4)

    def read(reader: User) -> list[int]:
        return [take(worklist, reader).pk for _ in range(4)]

    def rerank() -> None:
        for turn in range(4):
            rank(worklist, studies[::-1] if turn % 2 else studies)

    answers = race(*(lambda r=r: read(r) for r in people), rerank)
    assert errors_of(answers) == []
    given = [study for answer in answers if isinstance(answer, list) for study in answer]
    assert len(given) == len(set(given)) == 16
    assert open_places(worklist) == {s.pk: int(s.pk not in given) for s in studies}


@TOGETHER
def test_giving_back_while_a_new_ranking_is_written_loses_no_place(project: Project) -> None:
    worklist, studies = listed(project, 8)
    slots = [take_next(worklist=worklist, reader=reader) for reader in readers(project, 8)]
    acts = [lambda s=s: give_back(slot=s) for s in slots if s is not None]
    answers = race(*acts[:6], lambda: rank(worklist, studies))
    assert errors_of(answers) == []
    assert sum(open_places(worklist).values()) == 6


def test_the_highest_item_that_this_reader_may_read_comes_first(project: Project) -> None:
    worklist, studies = listed(project, 3, readings_needed=2)
    anna, ben = readers(project, 2)
    assert take(worklist, anna) == studies[0]
    assert take(worklist, anna) == studies[1]
    assert take(worklist, ben) == studies[0]
    assert [take(worklist, ben), take(worklist, ben)] == [studies[1], studies[2]]
    assert take(worklist, anna) == studies[2]
    assert take_next(worklist=worklist, reader=anna) is None


def test_equal_priorities_keep_the_order_in_which_they_were_written(project: Project) -> None:
    worklist, studies = listed(project, 4)
    write_ranking(worklist=worklist, entries=[(s.pk, 1.0, "same") for s in studies[::-1]], query="q")
    anna = readers(project, 1)[0]
    assert [take(worklist, anna) for _ in studies] == studies[::-1]


def test_a_closed_list_hands_out_nothing(project: Project) -> None:
    worklist, _ = listed(project, 1)
    Worklist.objects.filter(pk=worklist.pk).update(is_open=False)
    assert take_next(worklist=worklist, reader=readers(project, 1)[0]) is None


def test_what_is_reserved_survives_a_new_ranking(project: Project) -> None:
    worklist, studies = listed(project, 3)
    anna, ben = readers(project, 2)
    held = next_slot(worklist=worklist, reader=anna)
    assert held is not None
    rank(worklist, studies[::-1])
    again = next_slot(worklist=worklist, reader=anna)
    assert again is not None
    assert again.pk == held.pk
    assert [take(worklist, ben), take(worklist, ben)] == [studies[2], studies[1]]
    assert take_next(worklist=worklist, reader=ben) is None


def test_a_case_given_back_after_a_new_ranking_that_did_not_name_it_is_handed_out_again(project: Project) -> None:
    """A model ranks what is open; what a reader holds meanwhile must not vanish when they give it back."""
    worklist, studies = listed(project, 3)
    anna, ben = readers(project, 2)
    held = take_next(worklist=worklist, reader=anna)
    assert held is not None
    rank(worklist, [studies[2], studies[1]])
    give_back(slot=held)
    assert [take(worklist, ben) for _ in studies] == [studies[2], studies[1], studies[0]]


def test_cases_added_while_an_order_was_made_stand_behind_it(project: Project) -> None:
    worklist, studies = listed(project, 2)
    late = bare_studies(project, 1)[0]
    add_items(worklist=worklist, studies=[late])
    rank(worklist, studies[::-1])
    slots = reserve_ahead(worklist=worklist, reader=readers(project, 1)[0], count=9)
    assert [slot.item.study for slot in slots] == [studies[1], studies[0], late]
    assert open_reading(slot=slots[2]).reason == NOT_RANKED


def test_what_has_been_read_does_not_come_back(project: Project) -> None:
    worklist, studies = listed(project, 2)
    anna, ben = readers(project, 2)
    slot = next_slot(worklist=worklist, reader=anna)
    assert slot is not None
    submit(open_reading(slot=slot))
    rank(worklist, studies)
    assert open_places(worklist) == {studies[0].pk: 0, studies[1].pk: 1}
    assert take(worklist, ben) == studies[1]


def test_an_order_by_something_that_is_no_number_is_refused(project: Project) -> None:
    worklist, studies = listed(project, 1)
    for priority in (float("nan"), float("inf")):
        with pytest.raises(ValueError, match="can't be ranked by"):
            write_ranking(worklist=worklist, entries=[(studies[0].pk, priority, "")], query="q")


def test_a_reservation_that_runs_out_goes_to_the_next_reader_and_the_draft_stays(project: Project) -> None:
    worklist, studies = listed(project, 2)
    anna, ben = readers(project, 2)
    slot = next_slot(worklist=worklist, reader=anna)
    assert slot is not None
    reading = open_reading(slot=slot)
    save_draft(reading=reading, reader=anna, base_version=0, content=content(no_finding=True))
    assert release_expired() == 0
    expire(slot)
    assert (release_expired(), release_expired()) == (1, 0)
    assert take(worklist, ben) == studies[0]
    reading.refresh_from_db()
    assert (reading.state, reading.draft["no_finding"]) == ("expired", True)
    assert take(worklist, anna) == studies[1]


def test_a_reader_who_comes_back_in_time_finds_the_draft_where_it_was(project: Project) -> None:
    worklist, studies = listed(project, 2)
    anna = readers(project, 1)[0]
    slot = next_slot(worklist=worklist, reader=anna)
    assert slot is not None
    reading = open_reading(slot=slot)
    save_draft(reading=reading, reader=anna, base_version=0, content=content(no_finding=True))
    expire(slot)
    release_expired()
    again = next_slot(worklist=worklist, reader=anna)
    assert again is not None
    assert again.item.study == studies[0]
    taken_up = open_reading(slot=again)
    assert (taken_up.pk, taken_up.state, taken_up.draft_version) == (reading.pk, "draft", 1)


def test_every_save_moves_the_expiry(project: Project) -> None:
    worklist, _ = listed(project, 1)
    anna = readers(project, 1)[0]
    slot = next_slot(worklist=worklist, reader=anna)
    assert slot is not None
    reading = open_reading(slot=slot)
    expire(slot)
    save_draft(reading=reading, reader=anna, base_version=0, content=content(no_finding=True))
    assert release_expired() == 0
    assert Slot.objects.filter(pk=slot.pk).exists()


@pytest.mark.parametrize("taken_by_another", [False, True])
def test_a_late_submit_is_kept_whether_or_not_the_place_is_still_free(project: Project, taken_by_another: bool) -> None:
    worklist, studies = listed(project, 1)
    anna, ben = readers(project, 2)
    slot = next_slot(worklist=worklist, reader=anna)
    assert slot is not None
    reading = open_reading(slot=slot)
    expire(slot)
    release_expired()
    reading.refresh_from_db()
    if taken_by_another:
        assert take(worklist, ben) == studies[0]
    submit(reading)
    assert (reading.state, reading.version) == ("submitted", 1)
    assert list(Slot.objects.values_list("reader", flat=True)) == [ben.pk if taken_by_another else anna.pk]
    assert open_places(worklist) == {studies[0].pk: 0}


@TOGETHER
def test_late_submits_and_takers_at_once_all_succeed(project: Project) -> None:
    worklist, _ = listed(project, 1)
    anna, ben, *others = readers(project, 5)
    late = []
    for reader in (anna, ben):
        slot = next_slot(worklist=worklist, reader=reader)
        assert slot is not None
        late.append(open_reading(slot=slot))
        expire(slot)
        release_expired()
    late = [Reading.objects.get(pk=reading.pk) for reading in late]
    takers = [lambda r=r: take_next(worklist=worklist, reader=r) for r in others]
    answers = race(*(lambda r=r: submit(r) for r in late), *takers)
    assert errors_of(answers) == []
    assert Slot.objects.count() == 1
    assert Reading.objects.filter(state="submitted").count() == 2


@TOGETHER
def test_a_submit_at_the_moment_of_expiry_is_never_undone(project: Project) -> None:
    worklist, _ = listed(project, 4)
    people = readers(project, 4)
    slots = [next_slot(worklist=worklist, reader=reader) for reader in people]
    readings = [open_reading(slot=slot) for slot in slots if slot is not None]
    Slot.objects.update(reserved_until=timezone.now() - timedelta(seconds=1))
    answers = race(*(lambda r=r: submit(r) for r in readings), release_expired)
    assert errors_of(answers) == []
    assert set(Reading.objects.values_list("state", flat=True)) == {"submitted"}
    assert set(Slot.objects.values_list("state", flat=True)) == {"done"}
    assert sum(open_places(worklist).values()) == 0


def test_a_skipped_case_goes_to_others_and_is_not_handed_to_this_reader_again(project: Project) -> None:
    worklist, studies = listed(project, 2)
    anna, ben = readers(project, 2)
    slot = next_slot(worklist=worklist, reader=anna)
    assert slot is not None
    reading = open_reading(slot=slot)
    with pytest.raises(Invalid, match="Say in a word"):
        skip_reading(reading=reading, reader=anna, reason="  ")
    skip_reading(reading=reading, reader=anna, reason="upside down")
    assert take(worklist, anna) == studies[1]
    assert take_next(worklist=worklist, reader=anna) is None
    assert take(worklist, ben) == studies[0]


def test_a_place_is_given_back_once(project: Project) -> None:
    worklist, studies = listed(project, 1)
    slot = next_slot(worklist=worklist, reader=readers(project, 1)[0])
    assert slot is not None
    give_back(slot=slot)
    with pytest.raises(Conflict, match="not reserved any more"):
        give_back(slot=slot)
    assert open_places(worklist) == {studies[0].pk: 1}


def test_reserving_ahead_tops_up_and_keeps_the_order(project: Project) -> None:
    worklist, studies = listed(project, 5)
    anna = readers(project, 1)[0]
    ahead = [slot.item.study for slot in reserve_ahead(worklist=worklist, reader=anna, count=2)]
    assert ahead == studies[:2]
    more = [slot.item.study for slot in reserve_ahead(worklist=worklist, reader=anna, count=3)]
    assert more == studies[:3]
    slot = next_slot(worklist=worklist, reader=anna)
    assert slot is not None
    assert slot.item.study == studies[0]


def test_a_share_of_the_cases_is_read_unaided_and_the_study_alone_decides_which(project: Project) -> None:
    studies = bare_studies(project, 400)
    worklist = create_worklist(project=project, name="shared", unaided_share=0.25)
    add_items(worklist=worklist, studies=studies[:200])
    add_items(worklist=worklist, studies=studies)
    drawn = WorklistItem.objects.filter(worklist=worklist, is_always_unaided=True)
    assert 70 <= drawn.count() <= 130
    chosen = set(drawn.values_list("study_id", flat=True))
    drawn.update(is_always_unaided=False)
    WorklistItem.objects.filter(worklist=worklist).delete()
    add_items(worklist=worklist, studies=studies[::-1])
    assert set(drawn.values_list("study_id", flat=True)) == chosen


@pytest.mark.parametrize(("share", "mode"), [(1.0, "unaided"), (0.0, "concurrent")])
def test_an_always_unaided_case_is_read_unaided_on_any_list(project: Project, share: float, mode: str) -> None:
    worklist = make_worklist(project, bare_studies(project, 1), unaided_share=share)
    slot = next_slot(worklist=worklist, reader=readers(project, 1)[0])
    assert slot is not None
    assert open_reading(slot=slot).mode == mode


@pytest.mark.parametrize(
    ("kind", "split", "fits"),
    [("ranked", "pool", True), ("ranked", "gate", False), ("ranked", "test", False), ("ranked", "calibration", False),
     ("ranked", "", False), ("reference", "gate", True), ("reference", "pool", False), ("reference", "test", True)],
)
def test_a_list_holds_only_the_splits_of_its_kind(project: Project, kind: str, split: str, fits: bool) -> None:
    worklist = create_worklist(project=project, name="l", kind=kind)
    study = bare_studies(project, 1, split=Split(split))[0]
    if fits:
        assert (add_items(worklist=worklist, studies=[study]), add_items(worklist=worklist, studies=[study])) == (1, 0)
    else:
        with pytest.raises(Invalid, match="must not hold"):
            add_items(worklist=worklist, studies=[study])


def test_a_withdrawn_patients_case_leaves_the_queue_also_from_a_readers_hands(project: Project) -> None:
    worklist, studies = listed(project, 3)
    anna, ben = readers(project, 2)
    assert take(worklist, anna) == studies[0]
    for study in studies[:2]:
        withdraw_patient(patient=study.patient, user=None)
    assert take(worklist, ben) == studies[2]
    assert next_slot(worklist=worklist, reader=anna) is None
    rank(worklist, studies)
    assert sum(open_places(worklist).values()) == 0


def test_the_database_refuses_a_second_holder(project: Project) -> None:
    worklist, _ = listed(project, 1)
    anna, ben = readers(project, 2)
    slot = take_next(worklist=worklist, reader=anna)
    assert slot is not None
    for wrong in ({"reader": ben, "ordinal": 0}, {"reader": anna, "ordinal": 1}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Slot.objects.create(item=slot.item, reserved_until=timezone.now(), **wrong)
    with pytest.raises(IntegrityError), transaction.atomic():
        RankingEntry.objects.filter(item=slot.item).update(slots_open=-1)


def test_finishing_twice_takes_one_place(project: Project) -> None:
    worklist, studies = listed(project, 1, readings_needed=2)
    anna = readers(project, 1)[0]
    slot = take_next(worklist=worklist, reader=anna)
    assert slot is not None
    for _ in range(2):
        finish_slot(item=slot.item, reader=anna)
    assert open_places(worklist) == {studies[0].pk: 1}
