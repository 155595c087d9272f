"""A reading's life at the service level: versions, locks, what is shown when. (Over HTTP: test_api_readings.)"""

from __future__ import annotations

from typing import Any

import pytest

from annotation.models import (
    CurrentObservation,
    Finding,
    Observation,
    Reading,
    ReadingMode,
    ReadingVersion,
    Region,
    ReportPolicy,
)
from annotation.services import events
from annotation.services.readings import (
    TRANSITIONS,
    amend_reading,
    lock_unaided,
    may_see_report,
    may_see_suggestions,
    my_reading,
    progress_of,
    record_shown,
    save_draft,
    skip_reading,
    submit_reading,
)
from core.errors import Conflict, Invalid, NotFound
from core.models import AuditEvent, Project, User
from tests.annotation.bare import bare_studies, image_of
from tests.factories import add_member, content, make_findings, make_project, make_worklist, open_next, submit
from tests.racing import errors_of, race

pytestmark = pytest.mark.django_db

TRACK = "7d1cbb83-1b6f-4b6a-9b5a-0f3a5a2f3b11"
SHOWN_BOX = {"id": "b1", "x": 1, "y": 1, "w": 9, "h": 9}
SUGGESTION = {"id": "s1", "finding": "nodule", "probability": 0.83, "boxes": [SHOWN_BOX]}


@pytest.fixture
def project() -> Project:
    return make_project()


@pytest.fixture
def nodule(project: Project) -> Finding:
    return make_findings(project, ["nodule", "effusion"])["nodule"]


@pytest.fixture
def anna(project: Project) -> User:
    return add_member(project)


def opened(project: Project, reader: User, mode: str = "concurrent", **fields: Any) -> Reading:
    return open_next(make_worklist(project, bare_studies(project, 1), mode=mode, unaided_share=0.0, **fields), reader)


def box(reading: Reading, finding: Finding, x: float = 4.0, track: str = TRACK) -> dict[str, Any]:
    return {
        "track": track, "finding_id": finding.pk, "instance_id": image_of(reading.item.study).pk,
        "geometry": {"x": x, "y": 5.0, "w": 10.0, "h": 8.0},
    }


def save(reading: Reading, base: int, **said: Any) -> int:
    return save_draft(
        reading=reading, reader=reading.reader, base_version=base, content=content(**said), active_seconds=2.0
    )


def test_every_save_is_a_version_and_a_stale_one_gets_both(project: Project, nodule: Finding, anna: User) -> None:
    reading = opened(project, anna)
    assert [save(reading, 0, comment="a"), save(reading, 1, comment="b")] == [1, 2]
    with pytest.raises(Conflict, match="another tab") as refused:
        save(reading, 1, comment="mine")
    assert refused.value.detail["yours"]["comment"] == "mine"
    assert refused.value.detail["theirs"]["comment"] == "b"
    assert refused.value.detail["version"] == 2
    reading.refresh_from_db()
    assert (reading.draft["comment"], reading.active_seconds) == ("b", 4.0)


@pytest.mark.django_db(transaction=True)
def test_of_two_tabs_that_save_at_once_one_wins_and_one_is_told(project: Project, nodule: Finding, anna: User) -> None:
    reading = opened(project, anna)
    answers = race(*(lambda n=n: save(Reading.objects.get(pk=reading.pk), 0, comment=str(n)) for n in range(4)))
    errors = errors_of(answers)
    assert len(errors) == 3
    assert all(isinstance(error, Conflict) for error in errors)
    reading.refresh_from_db()
    assert reading.draft_version == 1
    assert answers[int(reading.draft["comment"])] == 1


@pytest.mark.django_db(transaction=True)
def test_many_clicks_on_submit_write_one_version(project: Project, nodule: Finding, anna: User) -> None:
    reading = opened(project, anna)

    def click() -> int:
        mine = Reading.objects.get(pk=reading.pk)
        return submit_reading(
            reading=mine, reader=anna, base_version=0, content=content({nodule.pk: "present"})
        ).number

    answers = race(*(click for _ in range(4)))
    assert answers == [1, 1, 1, 1]
    assert (ReadingVersion.objects.count(), Observation.objects.count()) == (1, 1)


def test_a_submit_writes_version_ledger_and_audit_together(project: Project, nodule: Finding, anna: User) -> None:
    reading = submit(opened(project, anna), {nodule.pk: "present"})
    version = reading.versions.get()
    line = Observation.objects.get()
    assert (version.number, version.batch) == (1, line.batch)
    assert (line.state, str(line.source), line.subject) == ("present", f"reader:{anna.username}", "study")
    event = AuditEvent.objects.get(action="reading.submitted")
    assert (event.actor, event.subject, event.detail) == (anna, f"reading:{reading.pk}", {"version": 1})


def test_a_submit_that_fails_half_way_leaves_nothing(
    project: Project, nodule: Finding, anna: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    from annotation.services import readings

    def down(**_: object) -> None:
        raise RuntimeError("disk full")

    reading = opened(project, anna)
    monkeypatch.setattr(readings, "record_observations", down)
    with pytest.raises(RuntimeError):
        submit(reading, {nodule.pk: "present"})
    reading.refresh_from_db()
    assert (reading.state, reading.version, reading.draft_version) == ("draft", 0, 0)
    assert not ReadingVersion.objects.exists()


def test_listeners_hear_of_a_submit_after_its_commit(
    project: Project, nodule: Finding, anna: User, monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: Any,
) -> None:
    heard: list[ReadingVersion] = []
    monkeypatch.setattr(events, "SUBMITTED", [heard.append])
    reading = opened(project, anna)
    with django_capture_on_commit_callbacks(execute=True):
        submit(reading, {nodule.pk: "present"})
        assert heard == []
    assert [version.reading for version in heard] == [reading]


def test_untouched_is_not_absent_and_no_finding_is_absent_for_all(
    project: Project, nodule: Finding, anna: User
) -> None:
    submit(opened(project, anna), {nodule.pk: "present"})
    assert list(CurrentObservation.objects.values_list("finding__code", flat=True)) == ["nodule"]
    submit(opened(project, add_member(project)))
    latest = CurrentObservation.objects.exclude(source__name=anna.username)
    assert set(latest.values_list("finding__code", "observation__state")) == {
        ("nodule", "absent"), ("effusion", "absent")
    }


def test_a_box_says_that_its_finding_is_there(project: Project, nodule: Finding, anna: User) -> None:
    reading = opened(project, anna)
    submit(reading, {nodule.pk: "absent"}, regions=[box(reading, nodule)])
    states = dict(CurrentObservation.objects.values_list("subject", "observation__state"))
    assert states == {"study": "present", f"region:{TRACK}": "present"}


def test_a_moved_box_is_a_new_region_on_the_same_track_and_an_unmoved_one_is_not(
    project: Project, nodule: Finding, anna: User
) -> None:
    reading = opened(project, anna)
    for x, regions in ((4.0, 1), (4.0, 1), (9.0, 2)):
        if reading.version:
            amend_reading(reading=reading, reader=anna)
        submit(reading, {nodule.pk: "present"}, regions=[box(reading, nodule, x)], comment=str(reading.version))
        assert Region.objects.count() == regions
    line = CurrentObservation.objects.get(subject=f"region:{TRACK}").observation
    assert line.region is not None
    assert line.region.geometry["x"] == 9.0
    assert Observation.objects.filter(subject=f"region:{TRACK}").count() == 3


def test_a_deleted_box_is_withdrawn_and_the_finding_stays(project: Project, nodule: Finding, anna: User) -> None:
    reading = opened(project, anna)
    submit(reading, {nodule.pk: "present"}, regions=[box(reading, nodule)])
    amend_reading(reading=reading, reader=anna)
    submit(reading, {nodule.pk: "present"})
    assert list(CurrentObservation.objects.values_list("subject", flat=True)) == ["study"]
    last = Observation.objects.filter(subject=f"region:{TRACK}").latest("pk")
    assert (last.state, last.supersedes is not None) == ("withdrawn", True)


def test_not_assessable_replaces_every_answer(project: Project, nodule: Finding, anna: User) -> None:
    reading = submit(opened(project, anna), {nodule.pk: "present"})
    amend_reading(reading=reading, reader=anna)
    submit(reading, not_assessable={"reason": "motion"}, no_finding=False)
    assert set(CurrentObservation.objects.values_list("finding__code", "observation__state")) == {
        ("nodule", "not_assessable"), ("effusion", "not_assessable")
    }


def test_the_old_version_counts_until_the_amendment_is_submitted(project: Project, nodule: Finding, anna: User) -> None:
    reading = submit(opened(project, anna), {nodule.pk: "present"})
    amend_reading(reading=reading, reader=anna)
    amend_reading(reading=reading, reader=anna)
    save(reading, reading.draft_version, answers={nodule.pk: "absent"})
    assert CurrentObservation.objects.get().observation.state == "present"
    reading.refresh_from_db()
    submit(reading, {nodule.pk: "absent"})
    assert CurrentObservation.objects.get().observation.state == "absent"
    assert [version.number for version in reading.versions.all()] == [1, 2]
    assert reading.versions.get(number=1).content["findings"][str(nodule.pk)]["state"] == "present"


def test_a_submitted_reading_is_changed_only_by_amending(project: Project, nodule: Finding, anna: User) -> None:
    reading = submit(opened(project, anna), {nodule.pk: "present"})
    with pytest.raises(Conflict, match="choose Amend"):
        save(reading, reading.draft_version, comment="late thought")
    with pytest.raises(Conflict):
        skip_reading(reading=reading, reader=anna, reason="no")


@pytest.mark.parametrize(
    ("mode", "at_first", "after_lock"),
    [("unaided", False, False), ("second_reader", False, True), ("concurrent", True, True)],
)
def test_suggestions_are_withheld_until_they_are_allowed(
    project: Project, nodule: Finding, anna: User, mode: str, at_first: bool, after_lock: bool
) -> None:
    reading = opened(project, anna, mode)
    assert may_see_suggestions(reading) is at_first
    said = content({nodule.pk: "absent"})
    if mode == "second_reader":
        lock_unaided(reading=reading, reader=anna, base_version=0, content=said)
    else:
        with pytest.raises(Invalid, match="Only second-reader"):
            lock_unaided(reading=reading, reader=anna, base_version=0, content=said)
    assert may_see_suggestions(reading) is after_lock


def test_the_first_answer_stays_locked_whatever_is_answered_after_the_suggestions(
    project: Project, nodule: Finding, anna: User
) -> None:
    reading = opened(project, anna, "second_reader")
    lock_unaided(reading=reading, reader=anna, base_version=0, content=content({nodule.pk: "absent"}))
    record_shown(reading=reading, suggestions=[SUGGESTION])
    lock_unaided(reading=reading, reader=anna, base_version=1, content=content({nodule.pk: "present"}))
    reading.refresh_from_db()
    submit(reading, {nodule.pk: "present"})
    assert reading.unaided["findings"][str(nodule.pk)]["state"] == "absent"
    assert reading.versions.get().content["findings"][str(nodule.pk)]["state"] == "present"


@pytest.mark.parametrize("policy", ReportPolicy.values)
@pytest.mark.parametrize("answered", [False, True])
def test_the_report_is_shown_by_policy(
    project: Project, nodule: Finding, anna: User, policy: str, answered: bool
) -> None:
    reading = opened(project, anna, "unaided", report_policy=policy)
    if answered:
        submit(reading, {nodule.pk: "present"})
    assert may_see_report(reading) is {"never": False, "after": answered, "always": True}[policy]


def test_what_was_shown_is_remembered_once_and_a_readers_act_points_at_it(
    project: Project, nodule: Finding, anna: User
) -> None:
    reading = opened(project, anna)
    record_shown(reading=reading, suggestions=[SUGGESTION])
    record_shown(reading=reading, suggestions=[])
    assert reading.shown == [SUGGESTION]
    answer = {"state": "present", "suggestion": {"id": "s1", "act": "accepted"}}
    region = box(reading, nodule) | {"suggestion": {"id": "b1", "act": "corrected"}}
    said = {"findings": {str(nodule.pk): answer}, "regions": [region]}
    submit_reading(reading=reading, reader=anna, base_version=0, content=said)
    shown = dict(Observation.objects.values_list("subject", "shown"))
    assert shown["study"] == {"act": "accepted", "suggestion": SUGGESTION}
    assert shown[f"region:{TRACK}"] == {"act": "corrected", "suggestion": SUGGESTION}
    assert set(Observation.objects.values_list("source__kind", flat=True)) == {"reader"}


def test_an_act_on_something_that_was_never_shown_points_at_nothing(
    project: Project, nodule: Finding, anna: User
) -> None:
    reading = opened(project, anna, "unaided")
    answer = {"state": "present", "suggestion": {"id": "invented", "act": "accepted"}}
    submit_reading(reading=reading, reader=anna, base_version=0, content={"findings": {str(nodule.pk): answer}})
    assert Observation.objects.get().shown is None


def test_a_reading_belongs_to_its_reader(project: Project, nodule: Finding, anna: User) -> None:
    reading = opened(project, anna)
    assert my_reading(reading_id=reading.pk, reader=anna) == reading
    with pytest.raises(NotFound):
        my_reading(reading_id=reading.pk, reader=add_member(project))
    with pytest.raises(Conflict):
        save_draft(reading=reading, reader=add_member(project), base_version=0, content=content())


def test_seconds_that_no_reader_can_have_spent_are_cut(project: Project, nodule: Finding, anna: User) -> None:
    reading = opened(project, anna)
    for base, seconds in enumerate((-5.0, 1e9)):
        save_draft(
            reading=reading, reader=anna, base_version=base, content=content(comment=str(base)), active_seconds=seconds
        )
    reading.refresh_from_db()
    assert reading.active_seconds == 3600.0


def test_progress_counts_the_list_and_the_reader(project: Project, nodule: Finding, anna: User) -> None:
    ben = add_member(project)
    worklist = make_worklist(project, bare_studies(project, 3), readings_needed=2)
    for reader in (anna, ben):
        submit(open_next(worklist, reader))
    submit(open_next(worklist, anna))
    assert progress_of(worklist=worklist, reader=anna) == {"total": 3, "done": 2, "mine": 2}
    assert progress_of(worklist=worklist, reader=ben) == {"total": 3, "done": 2, "mine": 1}


MOVES = {
    ("draft", "submitted"), ("draft", "skipped"), ("draft", "expired"), ("submitted", "amending"),
    ("amending", "submitted"), ("expired", "submitted"), ("expired", "draft"), ("expired", "skipped"),
    ("skipped", "draft"),
}


def test_the_states_move_along_this_table_and_no_other() -> None:
    """Reviewed by eye when it changes: what may follow what."""
    found = {(origin, to) for to, origins in TRANSITIONS.moves.items() for origin in origins}
    assert found == MOVES


@pytest.mark.parametrize("mode", ReadingMode.values)
def test_a_version_remembers_the_mode_it_was_read_in(project: Project, nodule: Finding, anna: User, mode: str) -> None:
    reading = opened(project, anna, mode)
    if mode == "second_reader":
        lock_unaided(reading=reading, reader=anna, base_version=0, content=content({nodule.pk: "present"}))
    reading.refresh_from_db()
    assert submit(reading, {nodule.pk: "present"}).versions.get().mode == mode


def test_undo_after_the_lock_leaves_the_locked_answer_and_after_handing_in_makes_a_version(
    project: Project, anna: User, nodule: Finding
) -> None:
    """What the room sends when its reader undoes: an earlier content, saved on top of what is there."""
    before, locked = content(no_finding=True), content({nodule.pk: "present"})
    reading = opened(project, anna, "second_reader")
    lock_unaided(reading=reading, reader=anna, base_version=0, content=locked)
    assert save_draft(reading=reading, reader=anna, base_version=1, content=before) == 2
    reading.refresh_from_db()
    assert reading.unaided["findings"][str(nodule.pk)]["state"] == "present"
    first = submit_reading(reading=reading, reader=anna, base_version=2, content=before)
    assert (first.unaided["findings"][str(nodule.pk)]["state"], first.content["no_finding"]) == ("present", True)
    lines = Observation.objects.count()

    reading.refresh_from_db()
    with pytest.raises(Conflict, match="choose Amend"):
        save_draft(reading=reading, reader=anna, base_version=reading.draft_version, content=locked)
    amend_reading(reading=reading, reader=anna)
    reading.refresh_from_db()
    save_draft(reading=reading, reader=anna, base_version=reading.draft_version, content=locked)
    assert Observation.objects.count() == lines, "nothing counts before it is handed in"
    reading.refresh_from_db()
    second = submit_reading(reading=reading, reader=anna, base_version=reading.draft_version, content=locked)
    first.refresh_from_db()
    assert (first.number, first.content["no_finding"], second.number) == (1, True, 2)
    assert second.content["findings"][str(nodule.pk)]["state"] == "present"
