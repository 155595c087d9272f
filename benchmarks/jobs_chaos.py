"""Nothing is lost and nothing happens twice while workers are killed and the broker is wiped.

python -m benchmarks.jobs_chaos [--quick] [embedded] [served]

Jobs of every shape (short, in a process of its own with checkpoints, parents with children) are deferred while workers
are killed -9 at random moments and started again. Every effect is a row written in the transaction that ends its job.
"""

from __future__ import annotations

import argparse
import os
import random
import subprocess
import sys
import time
from dataclasses import dataclass

from benchmarks.results import exit_status, result
from benchmarks.stacks import ROOT, STACKS, Stack, chosen, kill

SETTINGS = "benchmarks.service.settings"


@dataclass(frozen=True)
class Plan:
    jobs: int
    kills: int
    patience: float

    @property
    def isolated(self) -> int:
        return max(2, self.jobs // 12)


FULL, QUICK = Plan(jobs=130, kills=5, patience=300), Plan(jobs=24, kills=2, patience=120)


def torment(stack: Stack, plan: Plan, seed: int) -> bool:
    """Start the service and the driver that defers jobs, kill workers; whether the driver found all its targets met."""
    generator = random.Random(seed)
    workers = [stack.start_worker(), stack.start_worker()]
    stack.start("manage.py", "sweep", log="sweep")
    driver = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.jobs_chaos", "--drive", str(plan.jobs), stack.name], cwd=ROOT,
        env=stack.environment | {"CHAOS_PATIENCE": str(plan.patience)},
    )
    time.sleep(4)
    for number in range(plan.kills):
        time.sleep(generator.uniform(1.0, 2.5))
        victim = generator.randrange(len(workers))
        kill(workers[victim])
        if number == plan.kills // 2:
            stack.wipe_broker()
        workers[victim] = stack.start_worker()
    result(f"jobs_chaos.{stack.name}.kills", plan.kills, "workers")
    return driver.wait() == 0


def drive(name: str, number: int) -> None:
    """Defer jobs while the service suffers, wait for the last of them, count."""
    import django

    django.setup()
    from benchmarks.service import effects
    from workers.celery import app
    from workers.models import Job, JobState

    app.loader.import_default_modules()
    effects.make_table()
    started = time.monotonic()
    _defer_all(Plan(number, 0, 0))
    unfinished = Job.objects.filter(state__in=[JobState.QUEUED, JobState.RUNNING])
    deadline = time.monotonic() + float(os.environ["CHAOS_PATIENCE"])
    while unfinished.exists() and time.monotonic() < deadline:
        time.sleep(0.25)
    _report(name, Job, effects.counts(), time.monotonic() - started)


def _defer_all(plan: Plan) -> None:
    from workers.engine import defer

    defer("bench.family", payload={"children": 8})
    for number in range(plan.jobs - 9):
        if number < plan.isolated:
            defer("bench.steps", payload={"steps": 20, "pause": 0.1})
        else:
            defer("bench.short", payload={"seconds": 0.02 * (number % 10)})
        time.sleep(6.0 / plan.jobs)


def _report(name: str, job: type, counted: dict[str, int], seconds: float) -> None:
    jobs = list(job.objects.all())
    expected = {str(j.pk) for j in jobs if j.kind != "bench.family"}
    result(f"jobs_chaos.{name}.jobs", len(jobs), "jobs", ">=1")
    result(f"jobs_chaos.{name}.lost", sum(j.state != "done" for j in jobs), "jobs", "0")
    result(f"jobs_chaos.{name}.effects_missing", len(expected - set(counted)), "jobs", "0")
    result(f"jobs_chaos.{name}.effects_doubled", sum(n > 1 for n in counted.values()), "jobs", "0")
    result(f"jobs_chaos.{name}.tried_again", sum(j.attempt > 1 for j in jobs), "jobs")
    result(f"jobs_chaos.{name}.wall", round(seconds, 1), "s")
    for failed in (j for j in jobs if j.state != "done"):
        print(f"  {failed.kind} is {failed.state} in attempt {failed.attempt}: {failed.failure or failed.message}")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("stacks", nargs="*", help=f"{', '.join(STACKS)}; both by default")
    parser.add_argument("--quick", action="store_true", help="few jobs, two kills: does it run at all?")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--drive", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.drive:
        drive(options.stacks[0], options.drive)
        return exit_status()
    well = True
    for name in chosen(options.stacks):
        with STACKS[name](SETTINGS) as stack:
            well = torment(stack, QUICK if options.quick else FULL, options.seed) and well
    return 0 if well else 1


if __name__ == "__main__":
    sys.exit(main())
