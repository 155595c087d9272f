"""What happens to real processes, acted out on a stack: `python -m tests.workers.scenarios NAME` in its environment.

Each scenario is a claim; it raises AssertionError with what it saw when the claim does not hold.
"""

from __future__ import annotations

import os
import signal
import socket
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import django
import psutil

django.setup()

from django.conf import settings  # noqa: E402

from benchmarks.service import effects  # noqa: E402
from benchmarks.stacks import Stack, kill  # noqa: E402
from workers.celery import app  # noqa: E402
from workers.engine import defer, request_cancel  # noqa: E402
from workers.models import Job  # noqa: E402
from workers.schedule import sweep_once  # noqa: E402

PATIENCE = 60.0


def until(holds: Callable[[], Any], what: str) -> Any:
    """Wait for something that other processes do; what it gave, once it gives something."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        found = holds()
        if found:
            return found
        time.sleep(0.05)
    raise AssertionError(f"did not happen within {PATIENCE:.0f} s: {what}")


def ended(job: Job) -> Job:
    def look() -> bool:
        job.refresh_from_db()
        return job.finished_at is not None

    until(look, f"{job.kind} ends")
    return job


def says(job: Job, text: str) -> str:
    def look() -> str:
        job.refresh_from_db()
        return job.message if text in job.message else ""

    return str(until(look, f"{job.kind} says {text!r}"))


def process_of(job: Job) -> psutil.Process:
    """The isolated job's own process."""
    for process in psutil.process_iter(["cmdline"]):
        if str(job.pk) in (process.info["cmdline"] or []):
            return process
    raise AssertionError(f"no process runs {job.pk}")


def a_deferred_job_is_picked_up_by_a_worker(stack: Stack) -> None:
    stack.start_worker()
    job = ended(defer("bench.short", payload={"seconds": 0}))
    assert (job.state, job.attempt) == ("done", 1), job.failure


def a_running_job_in_the_worker_stops_when_it_is_cancelled(stack: Stack) -> None:
    stack.start_worker()
    job = defer("bench.short", payload={"seconds": 300})
    until(lambda: Job.objects.filter(pk=job.pk, state="running").exists(), "it runs")
    request_cancel(job)
    assert ended(job).state == "cancelled"
    assert ended(defer("bench.short", payload={"seconds": 0})).state == "done", "the worker is free again"


def cancelling_an_isolated_job_ends_its_process_and_gives_its_memory_back(stack: Stack) -> None:
    stack.start_worker()
    job = defer("bench.hog", payload={"megabytes": 200, "seconds": 300})
    says(job, "pid")
    process = process_of(job)
    assert process.memory_info().rss > 200 * 2**20
    request_cancel(job)
    assert ended(job).state == "cancelled", job.failure
    until(lambda: not process.is_running() or process.status() == psutil.STATUS_ZOMBIE, "its process is gone")
    assert job.attempt == 1


def a_killed_isolated_process_is_tried_again_and_says_why(stack: Stack) -> None:
    stack.start_worker()
    job = defer("bench.hog", payload={"megabytes": 1, "seconds": 300})
    says(job, "pid")
    process_of(job).kill()
    until(lambda: Job.objects.filter(pk=job.pk, state="queued").exists(), "it is queued again")
    job.refresh_from_db()
    assert "killed, most likely for want of memory" in job.failure, job.failure
    request_cancel(job)
    assert job.state == "cancelled"


def a_killed_workers_job_is_resumed_by_another_from_its_checkpoint(stack: Stack) -> None:
    first = stack.start_worker()
    job = defer("bench.steps", payload={"steps": 40, "pause": 0.1})
    says(job, "step 5")
    process = process_of(job)
    kill(first)
    until(lambda: not process.is_running(), "the isolated process died with its worker")
    stack.start_worker()
    until(lambda: sweep_once() or Job.objects.filter(pk=job.pk, attempt=2).exists(), "another worker takes it over")
    ended(job)
    assert (job.state, job.attempt) == ("done", 2), job.failure
    assert job.result["begun_at"] >= 5, job.result
    assert effects.counts()[str(job.pk)] == 1


def wake_ups_that_were_lost_are_repaired_by_the_sweep(stack: Stack) -> None:
    jobs = [defer("bench.short", payload={"seconds": 0}) for _ in range(5)]
    stack.wipe_broker()
    stack.start_worker()
    stack.start("manage.py", "sweep", log="sweep")
    assert [ended(job).state for job in jobs] == ["done"] * 5


def a_broker_that_nobody_serves_delays_a_request_but_never_fails_it(stack: Stack) -> None:
    nowhere = "redis://127.0.0.1:1/0" if stack.broker_url else "radloop-filesystem://localhost"
    options = dict(app.conf.broker_transport_options)
    if not stack.broker_url:
        blocked = Path(settings.HOME) / "blocked"
        blocked.write_text("a file where the folder should be")
        options |= {"data_folder_in": str(blocked), "data_folder_out": str(blocked)}
    app.conf.update(broker_url=nowhere, broker_transport_options=options)
    started = time.monotonic()
    job = defer("bench.short", payload={"seconds": 0})
    assert time.monotonic() - started < 10, "the request waited for the broker"
    job.refresh_from_db()
    assert (job.state, job.woken_at) == ("queued", None)


def _the_service_and_all_it_started(stack: Stack, sign: signal.Signals) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    up = stack.start("manage.py", "up", "--port", str(port), "--workers", "1", log="up")
    until(lambda: _answers(port), "the web process answers")
    job = defer("bench.hog", payload={"megabytes": 1, "seconds": 300})
    says(job, "pid")
    family = psutil.Process(up.pid).children(recursive=True)
    names = [" ".join(child.cmdline()) for child in family]
    for part in ("granian", "celery", "run_job"):
        assert any(part in name for name in names), f"{part} is not among {names}"
    up.send_signal(sign)
    up.wait(60)
    until(lambda: not psutil.wait_procs(family, timeout=0.1)[1], f"all of {names} ended")
    assert not _answers(port)


def _answers(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
    except OSError:
        return False
    return True


def sigterm_ends_the_service_and_all_it_started(stack: Stack) -> None:
    _the_service_and_all_it_started(stack, signal.SIGTERM)


def ctrl_c_ends_the_service_and_all_it_started(stack: Stack) -> None:
    _the_service_and_all_it_started(stack, signal.SIGINT)


def a_killed_service_leaves_nothing_behind(stack: Stack) -> None:
    _the_service_and_all_it_started(stack, signal.SIGKILL)


SCENARIOS: dict[str, Callable[[Stack], None]] = {
    act.__name__: act
    for act in (
        a_deferred_job_is_picked_up_by_a_worker, a_running_job_in_the_worker_stops_when_it_is_cancelled,
        cancelling_an_isolated_job_ends_its_process_and_gives_its_memory_back,
        a_killed_isolated_process_is_tried_again_and_says_why,
        a_killed_workers_job_is_resumed_by_another_from_its_checkpoint,
        wake_ups_that_were_lost_are_repaired_by_the_sweep,
        a_broker_that_nobody_serves_delays_a_request_but_never_fails_it, sigterm_ends_the_service_and_all_it_started,
        ctrl_c_ends_the_service_and_all_it_started, a_killed_service_leaves_nothing_behind,
    )
}


def main(name: str) -> None:
    app.loader.import_default_modules()
    effects.make_table()
    where = os.environ
    stack = Stack(
        "scenario", Path(settings.HOME), where["DATABASE_URL"], settings.BROKER_URL, where["DJANGO_SETTINGS_MODULE"]
    )
    stack.wipe_broker()
    try:
        SCENARIOS[name](stack)
    finally:
        stack.end()
        Job.objects.all().delete()


if __name__ == "__main__":
    main(sys.argv[1])
