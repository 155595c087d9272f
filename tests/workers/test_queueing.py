"""Into the queue: in the caller's transaction, once per key, whatever the broker does."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, OperationalError, transaction
from django.db.models.functions import Now

from core.errors import Conflict
from tests.racing import errors_of, race
from tests.workers import chores  # noqa: F401  (registers the handlers)
from workers import schedule
from workers.celery import app
from workers.engine import claims, defer, handler, retry, run_pending
from workers.engine.registry import HANDLERS
from workers.models import Job
from workers.schedule import sweep_once

pytestmark = pytest.mark.django_db


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The ids that wake-ups were sent for."""
    ids: list[str] = []
    monkeypatch.setattr(app, "send_task", lambda name, args, **_: ids.append(args[0]))
    return ids


def add(**fields: Any) -> Job:
    return defer("tests.add", payload={"numbers": [1]}, **fields)


def long_ago(job: Job, seconds: float, *fields: str) -> None:
    Job.objects.filter(pk=job.pk).update(**{field: Now() - timedelta(seconds=seconds) for field in fields})


@pytest.mark.django_db(transaction=True)
def test_the_wake_up_leaves_when_the_transaction_commits(sent: list[str]) -> None:
    with transaction.atomic():
        job = add()
        assert sent == []
    assert sent == [str(job.pk)]
    job.refresh_from_db()
    assert job.woken_at is not None


@pytest.mark.django_db(transaction=True)
def test_a_rolled_back_act_leaves_no_job_and_wakes_nobody(sent: list[str]) -> None:
    with transaction.atomic():
        add()
        transaction.set_rollback(True)
    assert (sent, Job.objects.count()) == ([], 0)


@pytest.mark.django_db(transaction=True)
def test_a_broker_that_is_down_never_fails_the_request(monkeypatch: pytest.MonkeyPatch) -> None:
    def down(*_: object, **__: object) -> None:
        raise ConnectionRefusedError("nobody listens")

    monkeypatch.setattr(app, "send_task", down)
    job = add()
    job.refresh_from_db()
    assert (job.state, job.woken_at) == ("queued", None)


@pytest.mark.django_db(transaction=True)
def test_a_wake_up_that_was_never_sent_is_sent_by_the_sweep(sent: list[str]) -> None:
    job = add()
    sent.clear()
    Job.objects.filter(pk=job.pk).update(woken_at=None)
    assert (sweep_once(), sent) == (0, [])
    long_ago(job, 11, "created_at")
    assert (sweep_once(), sent) == (1, [str(job.pk)])
    assert sweep_once() == 0


@pytest.mark.parametrize(
    ("age", "since", "again"), [(20, 5, False), (20, 11, True), (3600, 11, False), (3600, 61, True)]
)
def test_a_wake_up_that_was_lost_is_sent_again_but_more_rarely_the_longer_a_job_has_waited(
    sent: list[str], age: float, since: float, again: bool
) -> None:
    job = add()
    sent.clear()
    long_ago(job, age, "created_at")
    long_ago(job, since, "woken_at")
    sweep_once()
    assert sent == ([str(job.pk)] if again else [])


def test_the_sweep_outlives_a_database_that_is_away_and_periodic_work_that_breaks(
    monkeypatch: pytest.MonkeyPatch, sent: list[str]
) -> None:
    def away() -> int:
        raise OperationalError("the server closed the connection")

    def broken() -> None:
        raise RuntimeError("periodic")

    job = add()
    sent.clear()
    long_ago(job, 20, "created_at", "woken_at")
    with monkeypatch.context() as patch:
        patch.setattr(schedule, "_repair", away)
        schedule.sweep_and_go_on()
    monkeypatch.setitem(schedule.PERIODIC, "tests.broken", schedule._Periodic(broken, 0))
    schedule.sweep_and_go_on()
    assert sent == [str(job.pk)]


def test_the_sweep_finds_a_worker_that_was_lost(sent: list[str]) -> None:
    job = add()
    claims.claim(job.pk, worker="gone")
    sent.clear()
    assert sweep_once() == 0
    long_ago(job, 1, "lease_expires_at")
    assert (sweep_once(), sent) == (1, [str(job.pk)])


def test_a_job_that_is_not_due_is_not_woken(sent: list[str]) -> None:
    job = add()
    sent.clear()
    long_ago(job, 100, "created_at", "woken_at")
    Job.objects.filter(pk=job.pk).update(not_before=Now() + timedelta(seconds=60))
    assert sweep_once() == 0
    long_ago(job, 1, "not_before")
    assert sweep_once() == 1


def test_one_unfinished_job_per_key() -> None:
    first = add(dedupe_key="k")
    assert add(dedupe_key="k").pk == first.pk
    claims.claim(first.pk, worker="w")
    assert add(dedupe_key="k").pk == first.pk
    claims.finish(first.pk, 1, {})
    assert add(dedupe_key="k").pk != first.pk
    assert add(dedupe_key="other") != add()


@pytest.mark.django_db(transaction=True)
def test_of_racing_callers_with_one_key_all_get_the_same_job() -> None:
    answers = race(*(lambda: add(dedupe_key="k").pk for _ in range(6)))
    assert errors_of(answers) == []
    assert len(set(answers)) == 1
    assert Job.objects.count() == 1


def test_a_key_inside_a_failed_insert_does_not_spoil_the_callers_transaction() -> None:
    with transaction.atomic():
        first = add(dedupe_key="k")
        assert add(dedupe_key="k").pk == first.pk
        assert Job.objects.count() == 1


def test_an_error_that_is_not_about_the_key_is_raised() -> None:
    with pytest.raises(IntegrityError):
        Job.objects.create(kind="tests.add", progress=3)


def test_the_same_work_is_not_tried_again_while_it_is_queued_under_its_key() -> None:
    first = add(dedupe_key="k")
    claims.claim(first.pk, worker="w")
    claims.fail(first.pk, 1, "no")
    second = add(dedupe_key="k")
    assert second.pk != first.pk
    first.refresh_from_db()
    with pytest.raises(Conflict, match="queued or running already"):
        retry(first)


def test_jobs_run_by_priority_then_age() -> None:
    jobs = [add(priority=p, label=str(p)) for p in (0, 5, 0, 9)]
    run_pending()
    order = Job.objects.filter(pk__in=[j.pk for j in jobs]).order_by("started_at", "finished_at")
    assert [job.priority for job in order] == [9, 5, 0, 0]


def test_a_kind_belongs_to_one_function_and_a_known_queue() -> None:
    with pytest.raises(ValueError, match=r"handled by tests\.workers\.chores\.add already"):
        handler("tests.add")(lambda job: None)
    with pytest.raises(ValueError, match="known: cpu, gpu, nlp"):
        handler("tests.new", queue="tpu")
    assert HANDLERS["tests.other"].queue == "nlp"
    assert defer("tests.other", payload={}).queue == "nlp"
