"""`manage.py publish_reports PROJECT`: report labels become observations of the ledger."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from core.management.named import project_named, user_named
from reports_nlp.services.publishing import preview_publication, publish_labels


class Command(BaseCommand):
    help = (
        "Bring the ledger to what a project's reports say: only lines that differ are written, what no report says any "
        "more is withdrawn, and withdrawing the batch undoes it."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("project", help="its short name, as in its address")
        parser.add_argument("--user", help="username of the person who publishes")
        parser.add_argument("--dry-run", action="store_true", help="only say what would be written")

    def handle(self, *args: Any, **options: Any) -> None:
        project = project_named(options["project"])
        user = user_named(options["user"])
        if options["dry_run"]:
            self.stdout.write(f"Would write: {preview_publication(project=project, most=None).sentence}")
            return
        done = publish_labels(project=project, user=user)
        batches = ", ".join(str(pk) for pk in done.batches) or "none"
        self.stdout.write(f"{done.sentence} Batches: {batches}.")
