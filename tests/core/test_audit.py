"""The audit log: one chain, whatever is written at once, and every change to it is found or refused."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core import audit
from core.models import AuditEvent
from tests.factories import make_project, make_user
from tests.racing import errors_of, race

TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=12)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3), max_leaves=8,
)


@pytest.mark.django_db
def test_an_untouched_chain_is_whole() -> None:
    assert audit.first_break() is None
    anna, project = make_user("anna"), make_project()
    first = audit.record("study.opened", actor=anna, project=project, subject="study:1")
    second = audit.record("study.opened", actor=anna, project=project, subject="study:2", way="dicomweb")
    assert (first.sequence, second.sequence) == (1, 2)
    assert second.previous_hash == first.hash
    assert audit.first_break() is None


@dataclass(frozen=True)
class Tampering:
    field: str
    value: Any


def _copy(events: list[AuditEvent]) -> list[AuditEvent]:
    return [AuditEvent.objects.get(pk=event.pk) for event in events]


@pytest.mark.django_db
@pytest.mark.parametrize(
    "change",
    [
        Tampering("action", "study.closed"), Tampering("subject", "study:9"), Tampering("detail", {"way": "page"}),
        Tampering("actor_id", None), Tampering("project_id", 77), Tampering("at", timedelta(seconds=1)),
        Tampering("previous_hash", "f" * 64), Tampering("hash", "f" * 64), Tampering("sequence", 8),
    ],
    ids=lambda change: change.field,
)
def test_a_changed_line_is_found_where_it_stands(change: Tampering) -> None:
    anna, project = make_user("anna"), make_project()
    events = _copy([audit.record("study.opened", actor=anna, project=project, way="dicomweb") for _ in range(4)])
    value = events[1].at + change.value if change.field == "at" else change.value
    setattr(events[1], change.field, value)
    assert audit.first_break(events) == 2


@pytest.mark.django_db
@pytest.mark.parametrize(("missing", "found_at"), [(0, 1), (1, 2), (2, 3)])
def test_a_removed_line_is_found(missing: int, found_at: int) -> None:
    events = _copy([audit.record("a") for _ in range(4)])
    del events[missing]
    assert audit.first_break(events) == found_at


@pytest.mark.django_db
def test_exchanged_lines_are_found() -> None:
    events = _copy([audit.record("a", n=n) for n in range(4)])
    events[1], events[2] = events[2], events[1]
    assert audit.first_break(events) == 2


@pytest.mark.django_db
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(detail=st.dictionaries(st.text("abcdefgh", min_size=1, max_size=6), JSON, max_size=4))
def test_whatever_detail_is_written_verifies_when_it_is_read_back(detail: dict[str, Any]) -> None:
    with transaction.atomic():
        audit.record("a", **{f"x_{key}": value for key, value in detail.items()})
        assert audit.first_break() is None
        transaction.set_rollback(True)


@pytest.mark.django_db
@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_what_is_no_number_is_refused(value: float) -> None:
    with pytest.raises(ValueError, match="not a number"):
        audit.record("a", figure=value)


@pytest.mark.django_db(transaction=True)
def test_the_database_refuses_to_change_or_delete_a_line() -> None:
    event = audit.record("a")
    for act in (
        lambda: AuditEvent.objects.filter(pk=event.pk).update(action="b"),
        lambda: AuditEvent.objects.filter(pk=event.pk).delete(),
        lambda: connection.cursor().execute("DELETE FROM core_auditevent"),
    ):
        with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
            act()
    assert AuditEvent.objects.get().action == "a"


@pytest.mark.django_db(transaction=True)
def test_concurrent_writers_append_to_one_chain() -> None:
    def write(name: int) -> None:
        for _ in range(8):
            audit.record("a", writer=name)

    assert errors_of(race(*(lambda n=n: write(n) for n in range(6)))) == []
    assert list(AuditEvent.objects.values_list("sequence", flat=True)) == list(range(1, 49))
    assert audit.first_break() is None


@pytest.mark.django_db(transaction=True)
def test_an_act_that_is_rolled_back_leaves_no_gap() -> None:
    audit.record("kept")
    with transaction.atomic():
        audit.record("undone")
        transaction.set_rollback(True)
    audit.record("kept too")
    assert list(AuditEvent.objects.values_list("action", flat=True)) == ["kept", "kept too"]
    assert audit.first_break() is None
