"""One table of allowed moves, one guarded UPDATE."""

from __future__ import annotations

import pytest
from django.utils import timezone

from core.errors import Conflict
from core.transitions import Transitions
from tests.racing import errors_of, race
from workers.models import Job

MOVES = Transitions(
    "state",
    {
        "queued": frozenset(),
        "cancelled": frozenset({"queued", "running"}),
        "failed": frozenset({"running"}),
    },
)


def job(state: str) -> Job:
    lease = timezone.now() if state == "running" else None
    ended = None if state in ("queued", "running") else timezone.now()
    return Job.objects.create(kind="tests.none", state=state, lease_expires_at=lease, finished_at=ended)


@pytest.mark.django_db
@pytest.mark.parametrize("start", ["queued", "running", "done", "failed", "cancelled"])
@pytest.mark.parametrize("to", ["queued", "cancelled", "failed"])
def test_a_row_moves_only_along_the_table(start: str, to: str) -> None:
    row = job(start)
    if start in MOVES.moves[to]:
        MOVES.move(row, to, finished_at=timezone.now())
        assert row.state == to
    else:
        with pytest.raises(Conflict, match=f"is {start}; it cannot become {to}") as refused:
            MOVES.move(row, to, message="must not be written")
        assert refused.value.detail == {"state": start, "wanted": to}
        row.refresh_from_db()
        assert (row.state, row.message) == (start, "")


@pytest.mark.django_db
def test_an_unknown_state_names_the_known_ones() -> None:
    with pytest.raises(ValueError, match="known: cancelled, failed, queued"):
        MOVES.move(job("queued"), "finished")


@pytest.mark.django_db
def test_many_rows_move_at_once_and_the_others_stay() -> None:
    rows = [job(state) for state in ("queued", "running", "done")]
    assert MOVES.apply(Job.objects.all(), "cancelled", finished_at=timezone.now()) == 2
    assert [Job.objects.get(pk=row.pk).state for row in rows] == ["cancelled", "cancelled", "done"]


@pytest.mark.django_db(transaction=True)
def test_of_racing_callers_one_moves_the_row_and_the_others_are_told() -> None:
    row = job("running")

    def fail(number: int) -> None:
        MOVES.move(Job.objects.get(pk=row.pk), "failed", finished_at=timezone.now(), message=str(number))

    answers = race(*(lambda n=n: fail(n) for n in range(6)))
    errors = errors_of(answers)
    assert len(errors) == 5
    assert all(isinstance(error, Conflict) for error in errors)
    row.refresh_from_db()
    assert answers[int(row.message)] is None


@pytest.mark.django_db(transaction=True)
def test_racing_callers_share_the_rows_out() -> None:
    for _ in range(12):
        job("queued")
    now = timezone.now()
    answers = race(*(lambda: MOVES.apply(Job.objects.all(), "cancelled", finished_at=now) for _ in range(4)))
    assert errors_of(answers) == []
    assert sum(n for n in answers if isinstance(n, int)) == 12
