"""The texts and the memory watch that the benchmark of many reports stands on."""

from __future__ import annotations

import os
import subprocess
import sys

from benchmarks.memory import Watch, family, resident_mb
from benchmarks.report_texts import WHOLE, report, reports, sentences


def test_the_same_number_is_the_same_text_and_texts_differ() -> None:
    assert report(7) == report(7)
    assert len(set(reports(500))) > 490
    assert not any(sentence[:2] in ("1.", "2)") for sentence in sentences())
    assert len(report(3, WHOLE).split()) > len(report(3).split())


def test_memory_is_seen_in_a_child_and_gone_with_it() -> None:
    child = subprocess.Popen(
        [sys.executable, "-c", "held = bytearray(80_000_000); print('held', flush=True); input()"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    )
    assert child.stdout is not None
    child.stdout.readline()
    assert child.pid in family(os.getpid())
    assert resident_mb(child.pid) > 75
    child.communicate(b"\n")
    assert resident_mb(child.pid) == 0


def test_growth_leaves_out_the_start_and_sees_a_leak() -> None:
    flat, leaking = Watch(), Watch()
    flat.seen = [50.0] * 20 + [200.0] * 80
    leaking.seen = [float(n) for n in range(100)]
    assert flat.growth == 0
    assert leaking.growth == 50
