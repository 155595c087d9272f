"""The next case, for fifty readers at once on a list of 100,000.

python -m benchmarks.worklist_next [--quick] [embedded] [served]

Service level: `take_next` in a transaction of its own, full durability; callers are threads spread over processes.
Every round starts with nothing taken. After it: nobody holds a place twice, and what was taken is exactly the top.
The figure over HTTP (one web process, reading opened, progress counted) stands beside it without a target.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import threading
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from benchmarks.results import exit_status, result
from benchmarks.stacks import ROOT, STACKS, Stack, chosen
from benchmarks.worklist_http import measure_http, sign_in

SIGNED_IN = "signed-in.json"
TARGET_P95_MS = {"embedded": 250, "served": 60}


@dataclass(frozen=True)
class Plan:
    items: int
    callers: int
    processes: int
    takes: int
    """Per caller and round."""
    rounds: int
    asks: int
    """Over HTTP, per caller: each by a reader of its own, since a reader gets a new case only after submitting."""


FULL = Plan(items=100_000, callers=50, processes=4, takes=40, rounds=5, asks=6)
QUICK = Plan(items=500, callers=8, processes=2, takes=5, rounds=2, asks=2)


def setup_django() -> None:
    import django

    django.setup()


def prepare(plan: Plan) -> None:
    """A project with a ranked list; bulk rows, as an import and a ranking would leave them."""
    setup_django()
    from annotation.models import Worklist, WorklistItem
    from annotation.services.worklists import write_ranking
    from core.models import Project, User
    from imaging.models import Patient, Study

    usernames = [f"reader{n}" for n in range(plan.callers * plan.asks)]
    User.objects.bulk_create(User(username=name) for name in usernames)
    project = Project.objects.create(slug="bench", name="Bench")
    patient = Patient.objects.create(pseudonym="P-BENCH", split="pool", split_digest="0", day_shift=-1)
    studies = Study.objects.bulk_create(
        (Study(uid=f"2.25.{n}", patient=patient) for n in range(plan.items)), batch_size=2000
    )
    worklist = Worklist.objects.create(project=project, name="Bench", unaided_share=0)
    WorklistItem.objects.bulk_create(
        (WorklistItem(worklist=worklist, study=study) for study in studies), batch_size=2000
    )
    entries = ((study.pk, float((n * 7919) % plan.items), "bench") for n, study in enumerate(studies))
    write_ranking(worklist=worklist, query="bench", entries=entries)
    sign_in(usernames, "bench", Path(os.environ["RADLOOP_HOME"]) / SIGNED_IN)


def call(plan: Plan, share: range) -> None:
    """One process of callers: waits for a line on its input, takes, prints the milliseconds of every take."""
    setup_django()
    from annotation.models import Worklist
    from annotation.services.worklists import take_next
    from core.models import User

    worklist = Worklist.objects.get()
    readers = list(User.objects.order_by("pk")[share.start:share.stop])
    waits: list[float] = []
    gate = threading.Barrier(len(readers))

    def take(reader: User) -> None:
        from django.db import connection

        connection.ensure_connection()
        gate.wait()
        for _ in range(plan.takes):
            started = time.perf_counter()
            slot = take_next(worklist=worklist, reader=reader)
            waits.append((time.perf_counter() - started) * 1000)
            assert slot is not None
        connection.close()

    print("ready", flush=True)
    sys.stdin.readline()
    threads = [threading.Thread(target=take, args=[reader]) for reader in readers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print(json.dumps(waits), flush=True)


def check(plan: Plan) -> dict[str, int]:
    """Doubles and strays of the round just played; then everything is given back."""
    setup_django()
    from django.db.models import Count

    from annotation.models import Ranking, Slot, Worklist

    ranking = Worklist.objects.get().ranking
    assert isinstance(ranking, Ranking)
    taken = list(Slot.objects.values_list("item_id", flat=True))
    doubled = Slot.objects.values("item").annotate(n=Count("pk")).filter(n__gt=1).count()
    order = ranking.entries.order_by("-priority", "pk").values_list("item_id", flat=True)
    top = set(order[: plan.callers * plan.takes])
    found = {"taken": len(taken), "doubled": doubled, "not_top": len(set(taken) ^ top)}
    Slot.objects.all().delete()
    ranking.entries.filter(slots_open=0).update(slots_open=1)
    return found


def play(stack: Stack, plan: Plan) -> tuple[list[float], float]:
    """One round; the milliseconds of each take and the seconds it all took."""
    size = -(-plan.callers // plan.processes)
    shares = [range(n, min(n + size, plan.callers)) for n in range(0, plan.callers, size)]
    processes = [_inside(stack, plan, "call", share.start, share.stop) for share in shares]
    for process in processes:
        assert process.stdout is not None
        process.stdout.readline()
    started = time.perf_counter()
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    answers = [process.stdout.readline() for process in processes if process.stdout is not None]
    seconds = time.perf_counter() - started
    for process in processes:
        process.communicate()
    if any(process.returncode for process in processes):
        raise SystemExit("a caller failed; its error stands above")
    return [wait for answer in answers for wait in json.loads(answer)], seconds


def _inside(stack: Stack, plan: Plan, act: str, *numbers: int) -> subprocess.Popen[str]:
    """This module in a process on the stack."""
    return subprocess.Popen(
        [sys.executable, "-m", "benchmarks.worklist_next", "--act", act, *map(str, numbers)], cwd=ROOT, text=True,
        env=stack.environment | {"WORKLIST_PLAN": json.dumps(asdict(plan))}, stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )


def _answer(stack: Stack, plan: Plan, act: str) -> str:
    process = _inside(stack, plan, act)
    out, _ = process.communicate()
    if process.returncode:
        raise SystemExit(f"{act} failed; its error stands above")
    return out


def measure(stack: Stack, plan: Plan) -> None:
    _answer(stack, plan, "prepare")
    p95s, rates, faults = [], [], {"doubled": 0, "not_top": 0}
    for _ in range(plan.rounds):
        waits, seconds = play(stack, plan)
        found: dict[str, Any] = json.loads(_answer(stack, plan, "check"))
        faults = {key: faults[key] + found[key] for key in faults}
        p95s.append(statistics.quantiles(waits, n=20)[-1])
        rates.append(len(waits) / seconds)
    name = f"worklist_next.{stack.name}"
    result(f"{name}.doubled", faults["doubled"], "items", "0")
    result(f"{name}.not_exactly_the_top", faults["not_top"], "items", "0")
    target = f"<={TARGET_P95_MS[stack.name]}" if plan is FULL else ""
    result(f"{name}.p95", round(statistics.median(p95s), 1), "ms", target)
    result(f"{name}.rate", round(statistics.median(rates)), "takes/s")
    p95, doubled = measure_http(stack, stack.home / SIGNED_IN, plan.callers)
    result(f"{name}.http_doubled", doubled, "cases", "0")
    result(f"{name}.http_p95", round(p95, 1), "ms")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("stacks", nargs="*", help=f"{', '.join(STACKS)}; both by default")
    parser.add_argument("--quick", action="store_true", help="few items, few callers: does it run at all?")
    parser.add_argument("--act", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.act:
        plan = Plan(**json.loads(os.environ["WORKLIST_PLAN"]))
        if options.act == "call":
            call(plan, range(*map(int, options.stacks)))
        elif options.act == "check":
            print(json.dumps(check(plan)))
        else:
            prepare(plan)
        return 0
    for name in chosen(options.stacks):
        with STACKS[name]() as stack:
            measure(stack, QUICK if options.quick else FULL)
    return exit_status()


if __name__ == "__main__":
    sys.exit(main())
