"""The benchmark of lost work runs, loses nothing, and notices a saver that keeps no copy."""

from __future__ import annotations

import shutil
import subprocess
import sys

from benchmarks.stacks import ROOT
from tests.conftest import absent


def test_tabs_and_a_bad_network_lose_nothing_and_a_broken_saver_is_noticed() -> None:
    if shutil.which("node") is None or not (ROOT / "frontend/node_modules/rolldown").exists():
        absent("node", "no node, or the front end's packages are missing; run `make frontend`")
    answer = subprocess.run(
        [sys.executable, "-m", "benchmarks.lost_work", "--quick"], cwd=ROOT, capture_output=True, text=True,
        timeout=280, check=False,
    )
    told = answer.stdout + answer.stderr[-1500:]
    # An interleaving that got stuck proves nothing, so it fails as well.
    for claim in ("acknowledged_missing", "conflicts_not_shown", "unacknowledged_missing", "stuck"):
        assert f"RESULT lost_work.{claim} 0 " in answer.stdout, told
    assert "RESULT lost_work.fault.no-copy.noticed" in answer.stdout, told
    assert answer.returncode == 0, told
