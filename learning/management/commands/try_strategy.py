"""Hold a researcher's own function against its control, on this machine."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from annotation.models import SourceKind
from core import audit
from core.management.named import project_named
from learning.management.projects import refusals

SOURCES = [kind for kind in SourceKind.values if kind != SourceKind.MODEL]


class Command(BaseCommand):
    help = (
        "Train your own function (docs/toolkit.md: train, val, seed, knob → object with predict) on a project's labels "
        "under the controls C1 to C7, against itself with knob 0. The file is run here and stored nowhere. "
        "Exit code 3: a control did not hold. Research use only."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("strategy", metavar="FILE.py:NAME")
        parser.add_argument("--project", required=True, metavar="PROJECT", help="slug of the project")
        parser.add_argument("--size", type=int, default=96, help="side of the square images in pixels (96)")
        parser.add_argument("--folds", type=int, default=5)
        parser.add_argument("--seeds", type=int, default=5, help="at least 5")
        parser.add_argument("--knob", type=float, default=1.0, help="how much of the idea is used (1)")
        parser.add_argument("--margin", type=float, default=0.02, help="differences within it are a tie, in AUROC")
        parser.add_argument("--findings", nargs="+", default=[], metavar="CODE")
        parser.add_argument("--sources", nargs="+", choices=SOURCES, default=["reader"], metavar="KIND")
        parser.add_argument("--out", type=Path, metavar="JSON", help="where the verdict card and the controls go")

    def handle(self, *, strategy: str, project: str, out: Path | None, **how: Any) -> None:
        from learning.toolkit.data import DataError
        from learning.toolkit.own_strategy import StrategyError, load_strategy, try_strategy

        try:
            function = load_strategy(strategy)
            with refusals():
                found, snapshot, examples = self._examples(project, how)
            verdict = try_strategy(
                function, examples, name=strategy.rpartition(":")[2], folds=how["folds"], seeds=range(how["seeds"]),
                knob=how["knob"], margin=how["margin"], tell=self._say,
            )
        except (StrategyError, DataError) as error:
            raise CommandError(str(error)) from None
        audit.record(
            "strategy.tried", project=found, subject=f"snapshot:{snapshot.pk}", verdict=verdict.card.comparison.verdict,
            controls_held=verdict.passed,
        )
        for control in verdict.controls:
            self.stdout.write(f"  {'held   ' if control.passed else 'FAILED '} {control.name}: {control.sentence}")
        self.stdout.write(f"{verdict.sentence} Snapshot {snapshot.hash[:16]}. Research use only.")
        if out is not None:
            told = verdict.as_dict() | {"snapshot": snapshot.hash, "project": found.slug}
            out.write_text(json.dumps(told, indent=2) + "\n", encoding="utf-8")
            self.stdout.write(f"Wrote {out}.")
        if not verdict.passed:
            raise CommandError("A control did not hold, so there is no verdict.", returncode=3)

    def _examples(self, slug: str, how: dict[str, Any]) -> Any:
        from learning.recipe import load_recipe
        from learning.services.examples import examples_of
        from learning.services.snapshots import freeze_snapshot

        project = project_named(slug)
        snapshot = freeze_snapshot(project=project, sources=how["sources"], findings=how["findings"])
        examples = examples_of(snapshot, load_recipe({"input": {"size": how["size"]}}))
        if examples is None:
            raise CommandError("The snapshot holds no image that a network can read.")
        return project, snapshot, examples

    def _say(self, part: float, words: str) -> None:
        self.stdout.write(f"{part:4.0%}  {words}")
        self.stdout.flush()
