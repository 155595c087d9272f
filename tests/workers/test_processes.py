"""The engine among real processes, on both stacks. What is claimed stands in tests/workers/scenarios.py."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator

import pytest

from benchmarks.stacks import ROOT, Stack, embedded, served

SETTINGS = "benchmarks.service.settings"
CLAIMS = (
    "a_deferred_job_is_picked_up_by_a_worker",
    "a_running_job_in_the_worker_stops_when_it_is_cancelled",
    "cancelling_an_isolated_job_ends_its_process_and_gives_its_memory_back",
    "a_killed_isolated_process_is_tried_again_and_says_why",
    "a_killed_workers_job_is_resumed_by_another_from_its_checkpoint",
    "wake_ups_that_were_lost_are_repaired_by_the_sweep",
    "a_broker_that_nobody_serves_delays_a_request_but_never_fails_it",
)


@pytest.fixture(scope="module")
def embedded_stack() -> Iterator[Stack]:
    with embedded(SETTINGS) as stack:
        yield stack


@pytest.fixture(scope="module")
def served_stack(postgres_url: str, redis_url: str) -> Iterator[Stack]:
    with served(SETTINGS, postgres=postgres_url, broker=redis_url) as stack:
        yield stack


@pytest.fixture(params=["embedded", pytest.param("served", marks=[pytest.mark.postgres, pytest.mark.redis])])
def stack(request: pytest.FixtureRequest) -> Stack:
    found: Stack = request.getfixturevalue(f"{request.param}_stack")
    return found


@pytest.mark.parametrize("claim", CLAIMS)
def test_among_real_processes(stack: Stack, claim: str) -> None:
    act_out(stack, claim)


@pytest.mark.parametrize("claim", [
    "sigterm_ends_the_service_and_all_it_started", "ctrl_c_ends_the_service_and_all_it_started",
    "a_killed_service_leaves_nothing_behind",
])
def test_one_command_starts_the_service_and_takes_it_down(embedded_stack: Stack, claim: str) -> None:
    act_out(embedded_stack, claim)


def act_out(stack: Stack, claim: str) -> None:
    answer = subprocess.run(
        [sys.executable, "-m", "tests.workers.scenarios", claim], cwd=ROOT, env=stack.environment, capture_output=True,
        text=True, timeout=240, check=False,
    )
    logs = "".join(path.read_text()[-1500:] for path in stack.home.glob("*.log"))
    assert answer.returncode == 0, f"{answer.stderr[-1500:]}\n{logs}"


@pytest.mark.parametrize("name", ["embedded", pytest.param("served", marks=[pytest.mark.postgres, pytest.mark.redis])])
def test_chaos_loses_and_doubles_nothing(name: str, request: pytest.FixtureRequest) -> None:
    if name == "served":
        for needed in ("postgres_url", "redis_url"):
            request.getfixturevalue(needed)
    answer = subprocess.run(
        [sys.executable, "-m", "benchmarks.jobs_chaos", "--quick", name], cwd=ROOT, capture_output=True, text=True,
        timeout=280, check=False,
    )
    assert answer.returncode == 0, answer.stdout + answer.stderr[-1500:]
    assert f"RESULT jobs_chaos.{name}.lost 0 jobs target=0 pass" in answer.stdout
