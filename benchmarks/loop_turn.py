"""Does the loop gain? Three turns, several seeds: ranked against random cases, student against teacher.

    python -m benchmarks.loop_turn [--quick] [--seeds 5]

Phantoms, and with RADLOOP_DATA the children's radiographs (bacterial or viral). All arms spend the same labels, begin
with the same cases and train by the loop's own recipe. Intervals cover gate patients and seeds; no figure is the best
of several.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context
from typing import TYPE_CHECKING, Any

from benchmarks.results import exit_status, result

if TYPE_CHECKING:
    from benchmarks.loop.arms import Arm, Played
    from benchmarks.loop.data import Task

TURNS = 3
ARM_CPU_SECONDS, WHOLE_SECONDS = 50, 1200
"""An arm of 25 seconds on two cores; wall-clock time of the whole run on an otherwise idle machine."""


@contextmanager
def own_home() -> Iterator[None]:
    """An installation of its own, thrown away afterwards."""
    home = tempfile.mkdtemp(prefix="radloop-loop-turn-")
    # The vault's key orders patients for the reserved sets: with one key the same gate is drawn every time.
    os.environ |= {
        "RADLOOP_HOME": home, "RADLOOP_VAULT_KEY": "loop-turn", "DJANGO_SETTINGS_MODULE": "config.settings"
    }
    os.environ.pop("DATABASE_URL", None)
    try:
        import django
        from django.core.management import call_command

        django.setup()
        call_command("migrate", verbosity=0, interactive=False)
        yield
    finally:
        shutil.rmtree(home, ignore_errors=True)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="two seeds, few phantoms: to see that it runs")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--only", choices=["phantoms", "paed_pneumonia"])
    parser.add_argument("--phantom-seed", type=int, default=0, help="0 draws one now; figures must hold on any")
    options = parser.parse_args(arguments)
    began = time.perf_counter()
    with own_home():
        seeds = range(2 if options.quick else options.seeds)
        drawn = options.phantom_seed or int.from_bytes(os.urandom(3), "big")
        for task in _tasks(options.quick, drawn, options.only):
            _report(task, _play_all(task, seeds))
    result("whole_run", time.perf_counter() - began, "s", f"<={WHOLE_SECONDS}")
    return exit_status()


def _tasks(quick: bool, phantom_seed: int, only: str | None) -> Iterator[Task]:
    from benchmarks.loop.data import Plan, phantom_task, pneumonia_task
    from imaging.phantoms.version import PHANTOM_VERSION

    size = _recipe().input.size
    if only in (None, "phantoms"):
        print(f"phantoms: version {PHANTOM_VERSION}, seed {phantom_seed}", flush=True)
        plan = Plan(200, 60, 40, 30, 15) if quick else Plan(1000, 300, 80, 60, 40)
        yield phantom_task(plan, seed=phantom_seed, size=size)
    if only == "paed_pneumonia" or (only is None and not quick):
        pneumonia = pneumonia_task(Plan(450, 140, 60, 24, 16), size=size)
        if pneumonia is not None:
            yield pneumonia
        else:
            print("paed_pneumonia: left out, RADLOOP_DATA does not lead to the shared data", flush=True)


def _recipe() -> Any:
    from learning.recipe import load_recipe
    from learning.services.loops import DEFAULT_RECIPE

    return load_recipe(DEFAULT_RECIPE)


def _play_all(task: Task, seeds: range) -> dict[str, list[Played]]:
    """Every (seed, arm) in a process of one thread, two at a time: the same figures on any machine of this class."""
    from benchmarks.loop.arms import ARMS

    work = [(task, arm, seed) for seed in seeds for arm in ARMS]
    with ProcessPoolExecutor(2, mp_context=get_context("spawn"), initializer=_prepare) as pool:
        played = list(pool.map(_play, work))
    return {arm.name: [p for p, (_, a, _) in zip(played, work, strict=True) if a == arm] for arm in ARMS}


def _prepare() -> None:
    import django
    import torch

    django.setup()
    torch.set_num_threads(1)


def _play(work: tuple[Task, Arm, int]) -> Played:
    from benchmarks.loop.arms import play

    task, arm, seed = work
    return play(task, arm, _recipe(), turns=TURNS, seed=seed)


def _report(task: Task, arms: dict[str, list[Played]]) -> None:
    from benchmarks.loop.arms import LOOP, RANDOM, RANKED

    n, patients = len(task.gate), len(set(task.gate.patients))
    pool, seeds = len(task.pool), len(arms["loop"])
    print(f"{task.name}: {pool} in the pool, gate {n} images of {patients} patients, {seeds} seeds", flush=True)
    _trivial(task)
    for name, runs in arms.items():
        for turn in range(TURNS + 1):
            values = [_macro(task, run.tables[turn]) for run in runs]
            pseudo = sum(run.pseudo[turn] for run in runs) / len(runs)
            print(
                f"  {name:<7} turn {turn}: {runs[0].spent[turn]:>4} labels, {pseudo:5.1f} pseudolabelled, "
                f"AUROC {_mean(values):.3f} ± {_spread(values):.3f}", flush=True,
            )
    _difference(task, "loop_minus_random", arms[LOOP.name], arms[RANDOM.name])
    _difference(task, "ranked_minus_random", arms[RANKED.name], arms[RANDOM.name])
    _difference(task, "pseudolabels_minus_none", arms[LOOP.name], arms[RANKED.name])
    _difference(task, "student_minus_teacher", arms[LOOP.name], arms[LOOP.name], second_turn=0)
    budget = task.plan.first + TURNS * task.plan.per_turn
    spent = {run.spent[-1] for runs in arms.values() for run in runs}
    result(f"{task.name}_labels_spent_max", max(spent), "labels", str(budget))
    result(f"{task.name}_labels_spent_min", min(spent), "labels", str(budget))
    slowest = max(run.seconds for runs in arms.values() for run in runs)
    result(f"{task.name}_slowest_arm", slowest, "cpu_s", f"<={ARM_CPU_SECONDS}")


def _difference(
    task: Task, name: str, firsts: list[Played], seconds: list[Played], *, second_turn: int = TURNS
) -> None:
    """The figure and its interval, whatever they say: only time and budget have a target."""
    from learning.toolkit.comparison import compare_runs

    found = compare_runs(
        [run.tables[TURNS] for run in firsts], [run.tables[second_turn] for run in seconds], task.gate.targets,
        findings=task.gate.findings, patients=task.gate.patients,
    )
    print(f"  {name.replace('_', ' ')}: {found.sentence}", flush=True)
    for part, value in (("", found.delta), ("_low", found.low), ("_high", found.high)):
        result(f"{task.name}_{name}{part}", round(value, 4), "auroc")


def _trivial(task: Task) -> None:
    """What brightness alone achieves with every label of the pool (C6)."""
    from learning.toolkit.baselines import predict_baseline

    p = predict_baseline("trivial", task.pool, task.gate.images, _recipe().input)
    result(f"{task.name}_trivial_statistics_all_labels", round(_macro(task, p), 4), "auroc")


def _macro(task: Task, table: Any) -> float:
    from learning.toolkit.ranks import auroc

    values = [auroc(table[:, i], task.gate.targets[:, i]) for i in range(len(task.gate.findings))]
    return _mean([v for v in values if v is not None])


def _mean(values: list[float]) -> float:
    return sum(values) / len(values)


def _spread(values: list[float]) -> float:
    """Standard deviation over seeds."""
    middle = _mean(values)
    return (sum((v - middle) ** 2 for v in values) / max(1, len(values) - 1)) ** 0.5


if __name__ == "__main__":
    sys.exit(main())
