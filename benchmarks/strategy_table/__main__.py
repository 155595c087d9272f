"""python -m benchmarks.strategy_table [--rows T5,I8] [--measure | --stale] [--seeds 5]

Without --measure: prints every row of the review with its code, its tests and its measured verdict. A row whose code
has changed since says `stale`; one that was never measured says so. --measure plays the chosen rows (all of them
without --rows); --stale only those that need it. A verdict is kept in results.json beside this file.
"""

from __future__ import annotations

import argparse
import importlib
import sys
import time
from collections.abc import Iterable
from datetime import UTC, datetime

import numpy as np

from benchmarks.results import exit_status, result
from benchmarks.strategy_table.bench import Bench
from benchmarks.strategy_table.code_hash import code_hash
from benchmarks.strategy_table.paired import judge
from benchmarks.strategy_table.store import Measured, read, write
from learning.toolkit.inventory import ROWS, Row, row_named

LEAST_SEEDS = 5


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", default="", help="ids with commas between; all without")
    parser.add_argument("--measure", action="store_true", help="play both arms of the chosen rows")
    parser.add_argument("--stale", action="store_true", help="measure only rows that are stale or were never measured")
    parser.add_argument("--seeds", type=int, default=LEAST_SEEDS)
    options = parser.parse_args(arguments)
    if options.seeds < LEAST_SEEDS:
        parser.error(f"a verdict needs at least {LEAST_SEEDS} seeds")
    chosen = [row_named(name) for name in options.rows.split(",")] if options.rows else list(ROWS)
    if options.measure or options.stale:
        _measure([row for row in chosen if row.effect and (options.measure or _state(row) != "fresh")], options.seeds)
    _print(chosen)
    return exit_status()


def _measure(rows: Iterable[Row], seeds: int) -> None:
    import torch

    torch.set_num_threads(1)
    for row in rows:
        print(f"{row.id} {row.name}…", flush=True)
        write(read() | {row.id: measure(row, seeds)})


def measure(row: Row, seeds: int) -> Measured:
    """Both arms with each seed, and one verdict."""
    began, code = time.perf_counter(), code_hash(row)
    module, _, name = row.effect.partition(":")
    effect = getattr(importlib.import_module(module), name)
    played = []
    for seed in range(seeds):
        one = effect(Bench(seed))
        played.append(one)
        print(
            f"  seed {seed}: {one.value(one.strategy):.3f} against {one.value(one.control):.3f} {one.metric}"
            f"{'; ' + one.told if one.told else ''}", flush=True,
        )
    found = judge(played)
    arms = [float(np.mean([one.value(table) for one, table in zip(played, tables, strict=True)])) for tables in (
        [one.strategy for one in played], [one.control for one in played]
    )]
    return Measured(
        row=row.id, code=code, verdict=found.verdict, metric=played[0].metric, delta=round(found.delta, 4),
        low=round(found.low, 4), high=round(found.high, 4), strategy=round(arms[0], 4), control=round(arms[1], 4),
        n=found.n, seeds=seeds, cases_to_decide=found.cases_to_decide, margin=found.margin,
        seconds=round(time.perf_counter() - began, 1), measured=datetime.now(UTC).date().isoformat(),
        told=played[-1].told,
    )


def _state(row: Row) -> str:
    """fresh, stale, or never measured."""
    known = read().get(row.id)
    if known is None:
        return "never measured"
    return "fresh" if known.code == code_hash(row) else "stale"


def _print(rows: Iterable[Row]) -> None:
    known, counts = read(), {"fresh": 0, "stale": 0, "never measured": 0}
    for row in rows:
        print(f"{row.id}  {row.name}\n    code {', '.join(row.code)}\n    test {', '.join(row.tests)}")
        if not row.effect:
            print(f"    no effect to measure: {row.why}")
            continue
        state = _state(row)
        counts[state] += 1
        print(f"    against {row.control}")
        told = f"{known[row.id].figure}{' [stale]' if state == 'stale' else ''}" if row.id in known else state
        print(f"    {told}")
        if row.id in known and row.claim != "none":
            print(f"    the review expects {row.claim}: {_held(row, known[row.id])}")
    for state, count in counts.items():
        result(f"rows_{state.replace(' ', '_')}", count, "rows")


def _held(row: Row, measured: Measured) -> str:
    if measured.verdict == "undecided":
        return "undecided here"
    return "it held here" if measured.verdict == row.claim else "it did not hold here"


if __name__ == "__main__":
    sys.exit(main())
