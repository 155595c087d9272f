"""Train a model on what readers have said."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from annotation.models import SourceKind
from core.management.named import project_named
from learning.management.projects import refusals
from learning.models import ModelVersion, Run
from learning.recipe import PRESETS
from learning.services.runs import recipe_named, start_run
from learning.services.saved_recipes import recipe_saved_as
from workers.following import follow

SOURCES = [kind for kind in SourceKind.values if kind != SourceKind.MODEL]


class Command(BaseCommand):
    help = (
        "Freeze a snapshot of the project's answers and queue a training on it. With --wait the command shows how it "
        "goes, and does the work itself when no service is running."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("project", metavar="PROJECT", help="slug of the project")
        parser.add_argument(
            "--recipe", default="small-data", metavar="FILE|PRESET|saved:NAME",
            help=f"a JSON file, a recipe saved in the project, or a preset: {', '.join(PRESETS)} (default small-data)",
        )
        parser.add_argument(
            "--sources", nargs="+", choices=SOURCES, default=[SourceKind.READER.value], metavar="KIND",
            help=f"whose answers to learn from (default reader; readers win over the others): {', '.join(SOURCES)}",
        )
        parser.add_argument("--wait", action="store_true", help="until it has ended; exit code 1 if it failed")

    def handle(self, *, project: str, recipe: str, sources: list[str], wait: bool, **_: Any) -> None:
        with refusals():
            found = project_named(project)
            saved = recipe.removeprefix("saved:")
            chosen, name = recipe_named(recipe) if saved == recipe else recipe_saved_as(found, saved)
            run = start_run(project=found, recipe=chosen, user=None, recipe_name=name, sources=sources)
        self.stdout.write(f"Run {run.pk}: {run.snapshot.rows.count()} images, recipe {name}, job {run.job_id}.")
        if not wait:
            self.stdout.write("Queued; a running service (manage.py up) trains it.")
            return
        job = follow(run.job, say=self._say)
        if job.state != "done":
            raise CommandError(f"The training {job.state}: {job.failure or 'cancelled'}")
        self._tell(Run.objects.get(pk=run.pk))

    def _say(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()

    def _tell(self, run: Run) -> None:
        version = ModelVersion.objects.get(run=run)
        self.stdout.write(f"Model {run.project.slug}/{version.number} ({run.outcome}). Research use only.")
        held_out = (run.metrics or {}).get("held_out")
        for name, metrics in (("held-out patients", held_out), ("gate set", version.gate)):
            if metrics is not None and metrics["macro_auroc"]:
                self.stdout.write(f"  {name}: AUROC {_figure(metrics['macro_auroc'])}, {metrics['n']} cases")


def _figure(estimate: dict[str, Any]) -> str:
    if estimate["low"] is None:
        return f"{estimate['value']:.3f} (too few cases for an interval)"
    return f"{estimate['value']:.3f} ({estimate['low']:.3f} to {estimate['high']:.3f})"
