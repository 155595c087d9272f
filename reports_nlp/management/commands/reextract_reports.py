"""`manage.py reextract_reports PROJECT`: read a project's reports under the rules in force."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from core.management.named import project_named
from reports_nlp.models import Report
from reports_nlp.services.extraction import enqueue_extraction, extract_reports, outdated
from reports_nlp.services.rules_versions import rules_in_force


class Command(BaseCommand):
    help = (
        "Read a project's reports under the rules in force. Only those that these rules have not been through are "
        "read, and only what changed is written; cut off and started again, it goes on."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("project", help="its short name, as in its address")
        parser.add_argument("--queue", action="store_true", help="leave the work to the workers of the queue nlp")

    def handle(self, *args: Any, **options: Any) -> None:
        project = project_named(options["project"])
        waiting = outdated(project=project, rules=rules_in_force(project=project)).count()
        if options["queue"]:
            job = enqueue_extraction(project=project)
            self.stdout.write(f"Queued as job {job.pk}: {waiting} reports to read.")
            return
        written = extract_reports(
            project=project, progress=lambda done: self.stdout.write(f"{done} of {waiting} read")
            if done % 1000 == 0 else None,
        )
        total = Report.objects.filter(project=project, is_latest=True).count()
        self.stdout.write(f"{waiting} of {total} reports read, {written} with other findings than before.")
