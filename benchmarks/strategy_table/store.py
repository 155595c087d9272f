"""Measured verdicts as a committed file: one entry per row, with the hash of the code that produced it."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

PLACE = Path(__file__).parent / "results.json"


@dataclass(frozen=True)
class Measured:
    """A row's verdict. delta, low, high: strategy minus control in `metric`, 95 % interval over patients and seeds."""

    row: str
    code: str
    verdict: str
    metric: str
    delta: float
    low: float
    high: float
    strategy: float
    control: float
    n: int
    seeds: int
    cases_to_decide: int | None
    margin: float
    seconds: float
    measured: str
    told: str = ""

    @property
    def figure(self) -> str:
        """For the table."""
        more = f", about {self.cases_to_decide} cases would decide" if self.cases_to_decide else ""
        return (
            f"{self.verdict}: {self.strategy:.3f} against {self.control:.3f} {self.metric}, difference "
            f"{self.delta:+.3f} ({self.low:+.3f} to {self.high:+.3f}), {self.seeds} seeds, {self.n} cases{more}"
        )


def read(place: Path = PLACE) -> dict[str, Measured]:
    """Row id → verdict; empty when nothing was measured yet."""
    if not place.exists():
        return {}
    return {entry["row"]: Measured(**entry) for entry in json.loads(place.read_text(encoding="utf-8"))["rows"]}


def write(found: dict[str, Measured], place: Path = PLACE) -> None:
    """Replaces the file at once, rows in order of their ids."""
    rows = [asdict(found[row]) for row in sorted(found, key=_order)]
    partial = place.with_suffix(".partial")
    partial.write_text(json.dumps({"rows": rows}, indent=1) + "\n", encoding="utf-8")
    partial.replace(place)


def _order(row: str) -> tuple[str, int]:
    letters = row.rstrip("0123456789")
    return letters, int(row[len(letters):] or 0)
