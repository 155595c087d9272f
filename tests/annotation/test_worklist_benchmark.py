"""The benchmark of the next case runs, and finds nothing doubled, on both stacks."""

from __future__ import annotations

import subprocess
import sys

import pytest

from benchmarks.stacks import ROOT


@pytest.mark.parametrize("name", ["embedded", pytest.param("served", marks=pytest.mark.postgres)])
def test_many_processes_and_the_web_hand_out_exactly_the_top(name: str, request: pytest.FixtureRequest) -> None:
    if name == "served":
        request.getfixturevalue("postgres_url")
        request.getfixturevalue("redis_url")
    answer = subprocess.run(
        [sys.executable, "-m", "benchmarks.worklist_next", "--quick", name], cwd=ROOT, capture_output=True, text=True,
        timeout=280, check=False,
    )
    assert answer.returncode == 0, answer.stdout + answer.stderr[-1500:]
    for claim in ("doubled 0 items", "not_exactly_the_top 0 items", "http_doubled 0 cases"):
        assert f"RESULT worklist_next.{name}.{claim} target=0 pass" in answer.stdout
