"""The loop from the command line: start, step, status, stop, simulate."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from annotation.models import Worklist
from core.management.named import project_named
from core.models import Project
from learning.management.projects import refusals
from learning.models import Iteration, Loop
from learning.selectors.headline import gate_figure
from learning.selectors.loop_story import story_of
from learning.services.loops import (
    SIMULATE,
    TURN,
    corrections_waiting,
    simulate_readings,
    start_loop,
    step_loop,
    stop_loop,
)
from learning.services.runs import recipe_named
from workers.following import follow
from workers.models import Job


class Command(BaseCommand):
    help = (
        "Turn the loop: train a student on readers' answers and pseudolabels, judge it on the gate set, rank the pool "
        "anew. With --wait the command shows how it goes, and does the work itself when no service is running."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("project", metavar="PROJECT", help="slug of the project")
        parser.add_argument("act", choices=list(_ACTS), help="; ".join(f"{k}: {v[1]}" for k, v in _ACTS.items()))
        parser.add_argument("--wait", action="store_true", help="until the work has ended; exit code 1 if it failed")
        start = parser.add_argument_group("start")
        start.add_argument("--worklist", help="name of the ranked worklist (default: the longest)")
        start.add_argument("--recipe", metavar="FILE|PRESET", help="what each turn trains (default: small and quick)")
        start.add_argument("--query", help="what makes a case worth reading (default margin)")
        start.add_argument("--rule", choices=[r for r, _ in Loop.RULES], help="when a student takes over")
        start.add_argument("--margin", type=float, help="non-inferiority margin, in AUROC or Dice")
        start.add_argument("--corrections", type=int, metavar="N", help="readings that set off a turn (default 10)")
        simulate = parser.add_argument_group("simulate")
        simulate.add_argument("--readings", type=int, default=100)
        simulate.add_argument("--turns", type=int, default=3)

    def handle(self, *, project: str, act: str, wait: bool, **options: Any) -> None:
        found = project_named(project)
        with refusals():
            _ACTS[act][0](self, found, options)
        if wait and act in ("start", "step", "simulate"):
            self._wait(found)
            self.status(found, options)

    def start(self, project: Project, options: dict[str, Any]) -> None:
        names = {"query": "query", "rule": "rule", "margin": "margin", "corrections": "corrections_per_turn"}
        settings = {field: options[name] for name, field in names.items() if options[name] is not None}
        recipe = recipe_named(options["recipe"])[0] if options["recipe"] else None
        worklist = _worklist(project, options["worklist"])
        start_loop(project=project, user=None, worklist=worklist, recipe=recipe, **settings)
        self.stdout.write("The loop is running.")

    def step(self, project: Project, options: dict[str, Any]) -> None:
        self.stdout.write(f"Queued: {step_loop(loop=_loop(project), user=None).label}.")

    def stop(self, project: Project, options: dict[str, Any]) -> None:
        stop_loop(loop=_loop(project))
        self.stdout.write("Stopped. What was learned stays.")

    def simulate(self, project: Project, options: dict[str, Any]) -> None:
        job = simulate_readings(
            loop=_loop(project), user=None, readings=options["readings"], turns=options["turns"]
        )
        self.stdout.write(f"Queued: {job.label}, a turn after each of {options['turns']} shares.")

    def status(self, project: Project, options: dict[str, Any]) -> None:
        loop = _loop(project)
        state = "running" if loop.is_running else "stopped"
        waiting = f"{corrections_waiting(loop)} of {loop.corrections_per_turn} corrections since the last turn"
        self.stdout.write(f"{project.name}: {state}; {waiting}. Research use only.")
        story = story_of(loop)
        self.stdout.write(f"{story.headline}\n{story.rule}")
        for turn in loop.iterations.all():
            self.stdout.write(_line(turn))
            if turn.decision:
                self.stdout.write(f"        {turn.decision}")

    def _wait(self, project: Project) -> None:
        """One job sets off the next, so wait until none is left."""
        kinds = [TURN, SIMULATE]
        while True:
            open_jobs = Job.objects.filter(project=project, kind__in=kinds, state__in=["queued", "running"])
            job = open_jobs.order_by("created_at").first()
            if job is None:
                return
            ended = follow(job, say=self._say)
            if ended.state != "done":
                raise CommandError(f"{ended.label} {ended.state}: {ended.failure or 'on request'}")

    def _say(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()


_Act = Callable[[Command, Project, dict[str, Any]], None]
_ACTS: dict[str, tuple[_Act, str]] = {
    "start": (Command.start, "begin or go on; the first turn trains the first teacher"),
    "step": (Command.step, "a turn now"),
    "status": (Command.status, "every turn with its figures and decision"),
    "stop": (Command.stop, "no more turns; one under way is cancelled"),
    "simulate": (Command.simulate, "let simulated readers read, with turns in between"),
}


def _loop(project: Project) -> Loop:
    loop = Loop.objects.filter(project=project).select_related("project", "worklist").first()
    if loop is None:
        raise CommandError(f"{project.slug} has no loop yet. Begin with: manage.py loop {project.slug} start")
    return loop


def _worklist(project: Project, name: str | None) -> Worklist | None:
    if name is None:
        return None
    found = Worklist.objects.filter(project=project, name=name).first()
    if found is None:
        known = ", ".join(repr(n) for n in project.worklists.values_list("name", flat=True)) or "none"
        raise CommandError(f"No worklist {name!r}; known: {known}.")
    return found


def _line(turn: Iteration) -> str:
    promoted = {None: "", True: "promoted", False: "not promoted"}[turn.promoted]
    overridden = " (overridden)" if turn.overridden_by_id else ""
    return (
        f"  turn {turn.number:<3} {turn.state:<9} {turn.labels_spent:>5} labels   gate {_figure(turn.gate)}   "
        f"random arm {_figure(turn.control)}   {promoted}{overridden}"
    )


def _figure(figure: dict[str, Any] | None) -> str:
    _, macro = gate_figure(figure)
    if not macro:
        return "-".ljust(22)
    if macro["low"] is None:
        return f"{macro['value']:.3f}".ljust(22)
    return f"{macro['value']:.3f} ({macro['low']:.3f} to {macro['high']:.3f})"
