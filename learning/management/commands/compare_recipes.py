"""Compare recipes from the command line."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from core.management.named import project_named
from learning.management.projects import refusals
from learning.models import Comparison
from learning.recipe import PRESETS
from learning.selectors.comparisons import arm_rows, headline
from learning.services.comparisons.making import start_comparison
from learning.services.comparisons.wishes import wish_named
from workers.following import follow


class Command(BaseCommand):
    help = "Compare recipes on one snapshot and one set of folds; every arm against the control arm. Research use only."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("project", metavar="PROJECT")
        parser.add_argument(
            "--recipes", nargs="+", required=True, metavar="RECIPE",
            help=f"presets ({', '.join(PRESETS)}), JSON files, saved:NAME or run:NUMBER; NAME=RECIPE gives one a "
            "name of its own",
        )
        parser.add_argument("--control", metavar="NAME", default="", help="which of them is the control arm (first)")
        parser.add_argument("--seeds", type=int, default=3)
        parser.add_argument("--folds", type=int, default=5)
        parser.add_argument("--margin", type=float, default=0.02, help="differences within it are a tie, in AUROC")
        parser.add_argument("--findings", nargs="+", default=[], metavar="CODE")
        parser.add_argument("--name", default="")
        parser.add_argument("--wait", action="store_true", help="until it has ended; exit code 1 if something failed")

    def handle(
        self, *, project: str, recipes: list[str], control: str, wait: bool, **settings: Any
    ) -> None:
        chosen = {key: settings[key] for key in ("seeds", "folds", "margin", "findings", "name")}
        with refusals():
            found = project_named(project)
            arms = [wish_named(found, text) for text in recipes]
            if control and control not in [arm.name for arm in arms]:
                raise CommandError(f"No recipe is called {control!r}; there are: {', '.join(a.name for a in arms)}.")
            arms = [replace(arm, is_control=arm.name == control) for arm in arms]
            comparison = start_comparison(project=found, user=None, arms=arms, **chosen)
        job = comparison.jobs.get()
        self.stdout.write(f"Comparison {comparison.pk}: {len(arms)} recipes, job {job.pk}.")
        if not wait:
            self.stdout.write("Queued; a running service (manage.py up) trains it.")
            return
        ended = follow(job, say=self._say)
        self._tell(Comparison.objects.get(pk=comparison.pk))
        if ended.state != "done":
            raise CommandError(f"The comparison {ended.state}: {ended.failure or 'cancelled'}")

    def _say(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()

    def _tell(self, comparison: Comparison) -> None:
        rows = arm_rows(comparison)
        self.stdout.write(f"{headline(comparison, rows)} Research use only.")
        for row in rows:
            figure = row.judged["auroc"] if row.judged else None
            value = f"AUROC {figure['value']:.3f}" if figure else (row.failure or "not finished")
            word = "control arm" if row.arm.is_control else row.verdict
            self.stdout.write(f"  {row.arm.name:<28} {value}  {word}  {row.seconds / 60:.1f} min")
