"""Many reports in little time and memory, and none lost.

python -m benchmarks.reports [--only speed|file|jobs] [--reports N] [--quick] [embedded] [served]

speed  one process on one core: labels only, all attributes, medspaCy's default pipeline (`make peers`) in the same run
file   `extract_reports` over a file of N reports: every row answered, memory flat
jobs   N reports in a project, read by two `nlp` workers, killed -9 meanwhile: none unread, none twice, memory flat
N is 100,000 for the file and 20,000 for the jobs unless given; --reports 1000000 is the whole claim.
"""

from __future__ import annotations

import argparse
import subprocess
import sys

from benchmarks.report_bulk import SETTINGS, prepare, stream_file, torment_jobs, watch_jobs
from benchmarks.results import exit_status
from benchmarks.stacks import ROOT, STACKS, chosen

PARTS = ("speed", "file", "jobs")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("stacks", nargs="*", help=f"for the jobs: {', '.join(STACKS)}; embedded by default")
    parser.add_argument("--only", choices=PARTS)
    parser.add_argument("--reports", type=int, help="for file and jobs")
    parser.add_argument("--kills", type=int, default=3)
    parser.add_argument("--minutes", type=float, default=0, help="stop the jobs after so long, wherever they are")
    parser.add_argument("--quick", action="store_true", help="few of everything: does it run at all?")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--drive", choices=["prepare", "watch"], help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.drive:
        return _drive(options.drive, options.stacks[0], options.reports, options.minutes)
    parts = [options.only] if options.only else PARTS
    well = True
    if "speed" in parts:
        well = _speed(200 if options.quick else 2000)
    if "file" in parts:
        stream_file(options.reports or (2000 if options.quick else 100_000))
    if "jobs" in parts:
        count = options.reports or (400 if options.quick else 20_000)
        for name in chosen(options.stacks or ["embedded"]):
            with STACKS[name](SETTINGS) as stack:
                well = torment_jobs(stack, count, options.kills, options.seed, options.minutes) and well
    return 0 if well and not exit_status() else 1


def _speed(count: int) -> bool:
    """In a process of its own, which alone is tied to one core."""
    return not subprocess.run(
        [sys.executable, "-m", "benchmarks.report_speed", str(count)], cwd=ROOT, check=False
    ).returncode


def _drive(what: str, name: str, count: int, minutes: float) -> int:
    """Inside a stack's own environment."""
    import django

    django.setup()
    if what == "prepare":
        prepare(count)
    else:
        watch_jobs(name, count, minutes)
    return exit_status()


if __name__ == "__main__":
    sys.exit(main())
