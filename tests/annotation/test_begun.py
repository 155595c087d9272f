"""A case that was begun and whose place ran out comes back to its reader before anything new, and harms nobody else."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from annotation.models import RankingEntry, Reading, Slot, Worklist
from annotation.selectors.begun import drafts_out_of_turn
from annotation.services.next_case import hand_out
from annotation.services.readings import open_reading, save_draft, skip_reading
from annotation.services.worklists import next_slot, release_expired, take_next, write_ranking
from core.models import Project, Role, User
from imaging.models import Study
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


@pytest.fixture
def anna(project: Project) -> User:
    return add_member(project, Role.ANNOTATOR)


@pytest.fixture
def ben(project: Project) -> User:
    return add_member(project, Role.ANNOTATOR)


def listed(project: Project, number: int, **fields: object) -> tuple[Worklist, list[Study]]:
    studies = bare_studies(project, number)
    return make_worklist(project, studies, **fields), studies


def begin(worklist: Worklist, reader: User) -> Reading:
    """Something is said about the reader's next case."""
    slot = next_slot(worklist=worklist, reader=reader)
    assert slot is not None
    reading = open_reading(slot=slot)
    save_draft(reading=reading, reader=reader, base_version=0, content=content(no_finding=True))
    return reading


def leave(*readers: User) -> None:
    """They go away for longer than their reservations last."""
    Slot.objects.filter(reader__in=readers).exclude(state="done").update(reserved_until=timezone.now() - timedelta(1))
    release_expired()


def handed(worklist: Worklist, reader: User, ahead: int = 0) -> list[str]:
    """Studies in the order of reading, the open one first."""
    out = hand_out(worklist=worklist, reader=reader, ahead=ahead)
    return [case.study_uid for case in ([out.current] if out.current else []) + out.ahead]


def uids(*studies: Study) -> list[str]:
    return [study.uid for study in studies]


def test_the_begun_case_comes_first_even_where_others_stand_higher_now(
    project: Project, anna: User, ben: User
) -> None:
    worklist, (first, second, third) = listed(project, 3)
    reading = begin(worklist, anna)
    leave(anna)
    write_ranking(worklist=worklist, entries=[(third.pk, 2.0, ""), (second.pk, 1.0, "")], query="q")
    worklist.refresh_from_db()
    assert handed(worklist, anna, ahead=1) == uids(first, third)
    reading.refresh_from_db()
    assert (reading.state, reading.draft["no_finding"]) == ("draft", True)
    assert handed(worklist, ben, ahead=2) == uids(second)
    open_to_all = RankingEntry.objects.filter(ranking=worklist.ranking).values_list("slots_open", flat=True)
    assert sum(open_to_all) == 0


def test_several_come_back_the_last_saved_first(project: Project, anna: User) -> None:
    worklist, (first, second, third) = listed(project, 3)
    hand_out(worklist=worklist, reader=anna, ahead=1)
    for study in (first, second):
        reading = Reading.objects.get(item__study=study)
        save_draft(reading=reading, reader=anna, base_version=0, content=content(no_finding=True))
    leave(anna)
    assert handed(worklist, anna, ahead=2) == uids(second, first, third)


def test_what_was_only_laid_ready_goes_back_to_the_queue(project: Project, anna: User) -> None:
    worklist, (first, second) = listed(project, 2)
    hand_out(worklist=worklist, reader=anna, ahead=0)
    leave(anna)
    write_ranking(worklist=worklist, entries=[(second.pk, 2.0, ""), (first.pk, 1.0, "")], query="q")
    worklist.refresh_from_db()
    assert handed(worklist, anna) == uids(second)


@pytest.mark.parametrize(("places", "comes_back"), [(1, False), (2, True)])
def test_it_comes_back_only_while_one_of_its_places_is_free(
    project: Project, anna: User, ben: User, places: int, comes_back: bool
) -> None:
    worklist, (first, second) = listed(project, 2, readings_needed=places)
    begin(worklist, anna)
    leave(anna)
    assert handed(worklist, ben) == uids(first)
    assert drafts_out_of_turn(worklist=worklist, reader=anna) == int(not comes_back)
    assert handed(worklist, anna) == uids(first if comes_back else second)
    assert Slot.objects.filter(item__study=first).count() == places


def _close(worklist: Worklist, reading: Reading) -> None:
    Worklist.objects.filter(pk=worklist.pk).update(is_open=False)


def _withdraw(worklist: Worklist, reading: Reading) -> None:
    withdraw_patient(patient=reading.item.study.patient, user=None)


def _skip(worklist: Worklist, reading: Reading) -> None:
    reading.refresh_from_db()
    skip_reading(reading=reading, reader=reading.reader, reason="upside down")


def _hand_in(worklist: Worklist, reading: Reading) -> None:
    reading.refresh_from_db()
    submit(reading)


@pytest.mark.parametrize("act", [_close, _withdraw, _skip, _hand_in])
def test_a_case_that_is_over_for_its_reader_does_not_come_back(project: Project, anna: User, act: object) -> None:
    worklist, (first, _) = listed(project, 2)
    reading = begin(worklist, anna)
    leave(anna)
    assert callable(act)
    act(worklist, reading)
    worklist.refresh_from_db()
    assert first.uid not in handed(worklist, anna, ahead=1)


def test_a_reread_comes_back_as_any_case_does(project: Project, anna: User) -> None:
    worklist, (first, _) = listed(project, 2, reread_share=0.5)
    behind = Worklist.objects.create(project=project, name="again", mode="unaided", rereads_of=worklist)
    item = behind.items.create(study=first, slots_total=9, is_always_unaided=True)
    slot = Slot.objects.create(item=item, reader=anna, ordinal=0, reserved_until=timezone.now())
    again = open_reading(slot=slot)
    save_draft(reading=again, reader=anna, base_version=0, content=content(no_finding=True))
    leave(anna)
    out = hand_out(worklist=worklist, reader=anna, ahead=0)
    assert out.current is not None
    assert out.current.reading == again.pk


@TOGETHER
@pytest.mark.parametrize("places", [1, 2])
def test_the_reader_who_comes_back_and_takers_at_once_never_share_a_place(project: Project, places: int) -> None:
    worklist, studies = listed(project, 2, readings_needed=places)
    people = [add_member(project, Role.ANNOTATOR) for _ in range(5)]
    back = people[:2]
    for reader in back:
        begin(worklist, reader)
        leave(reader)
    acts = [lambda r=r: hand_out(worklist=worklist, reader=r, ahead=0) for r in back]
    acts += [lambda r=r: take_next(worklist=worklist, reader=r) for r in people[2:]]
    assert errors_of(race(*acts)) == []
    for study in studies:
        held = list(Slot.objects.filter(item__study=study).values_list("ordinal", flat=True))
        assert sorted(held) == list(range(len(held)))
        left = RankingEntry.objects.get(ranking=worklist.ranking, item__study=study).slots_open
        assert len(held) + left == places


@TOGETHER
def test_two_tabs_that_come_back_at_once_get_the_same_case(project: Project, anna: User) -> None:
    worklist, (first, _) = listed(project, 2, readings_needed=2)
    begin(worklist, anna)
    leave(anna)
    answers = race(*[lambda: handed(worklist, anna) for _ in range(3)])
    assert answers == [uids(first)] * 3
