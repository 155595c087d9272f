"""Resident memory of running processes, looked at while they work (Linux)."""

from __future__ import annotations

import contextlib
import statistics
from collections.abc import Iterable
from pathlib import Path


def resident_mb(pid: int) -> float:
    """MB; 0 for a process that is gone."""
    with contextlib.suppress(OSError, ValueError):
        for line in Path(f"/proc/{pid}/status").read_text(encoding="ascii", errors="replace").splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) / 1024
    return 0.0


def family(pid: int) -> list[int]:
    """The process and all its descendants."""
    members = [pid]
    for member in members:
        with contextlib.suppress(OSError, ValueError):
            for thread in Path(f"/proc/{member}/task").iterdir():
                members.extend(int(n) for n in (thread / "children").read_text(encoding="ascii").split())
    return members


class Watch:
    """The largest process at each look."""

    def __init__(self) -> None:
        self.seen: list[float] = []

    def look(self, pids: Iterable[int]) -> None:
        largest = max((resident_mb(member) for pid in pids for member in family(pid)), default=0.0)
        if largest:
            self.seen.append(largest)

    @property
    def peak(self) -> float:
        return max(self.seen, default=0.0)

    @property
    def growth(self) -> float:
        """MB between the second quarter of the time and the last one: start-up does not count, a leak does."""
        quarter = len(self.seen) // 4
        if not quarter:
            return 0.0
        return statistics.median(self.seen[-quarter:]) - statistics.median(self.seen[quarter : 2 * quarter])
